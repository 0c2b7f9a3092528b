using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Tests;

/// <summary>An error shows the place in the text, and the name that was meant.</summary>
public sealed class SqlExceptionSpec
{
    [Fact]
    public void The_message_shows_the_line_with_carets_below_the_place()
    {
        var error = new SqlException(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn, "There is no column \"prise\".",
            "Perhaps \"price\" is meant.");

        SqlException placed = error.At("SELECT\n\tprise\nFROM bid", new SourceSpan(8, 5));

        Assert.Equal("""
            Line 2, column 2: There is no column "prise". (SQLSTATE 42703)
               prise
               ^^^^^
            Perhaps "price" is meant.
            """.ReplaceLineEndings("\n"), placed.Message);
        Assert.Equal((9, 2, 2), (placed.Position, placed.Line, placed.Column));
    }

    [Fact]
    public void Of_a_long_line_the_neighbourhood_is_shown()
    {
        SqlException placed = new SqlException(SqlErrorCategory.Syntax, SqlState.SyntaxError, "Unexpected.")
            .At(new string('x', 500) + "!" + new string('y', 500), new SourceSpan(500, 1));

        string[] lines = placed.Message.Split('\n');
        Assert.Equal('!', lines[1][lines[2].IndexOf('^')]);
        Assert.InRange(lines[1].Length, 90, 110);
        Assert.Equal(501, placed.Column);
    }

    [Fact]
    public void A_place_at_the_end_of_the_text_has_a_caret_too() => Assert.EndsWith("\n  SELECT\n        ^",
        new SqlException(SqlErrorCategory.Syntax, SqlState.SyntaxError, "More is expected.").At("SELECT", new SourceSpan(6, 0)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_error_that_has_a_place_keeps_it() => Assert.Equal(2,
        new SqlException(SqlErrorCategory.Type, SqlState.DatatypeMismatch, "No.").At("abc", new SourceSpan(1, 1))
            .At("xyz", new SourceSpan(2, 1)).Column);

    [Theory]
    [InlineData("prise", "price")]
    [InlineData("pirce", "price")]
    [InlineData("PRICE", "price")]
    [InlineData("aution", "auction")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_a_few_letters_away(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Of(name, ["auction", "price", "bidder"]));
}
