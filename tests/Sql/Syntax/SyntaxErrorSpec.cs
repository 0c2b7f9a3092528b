using ActorStreams.Sql.Syntax;

namespace ActorStreams.Sql.Tests.Syntax;

/// <summary>A mistake is told as a good compiler tells it: what was found, what was expected, which word was probably meant.</summary>
public sealed class SyntaxErrorSpec
{
    [Theory]
    [InlineData("SELEC a FROM t", "Unexpected \"SELEC\"; expected", 1, "Perhaps SELECT is meant in place of \"selec\".")]
    [InlineData("SELECT a FORM t", "Unexpected \"t\"; expected", 15, "Perhaps FROM is meant in place of \"form\".")]
    [InlineData("SELECT a FROM t WERE a = 1", "Unexpected \"a\"; expected", 22, "Perhaps WHERE is meant in place of \"were\".")]
    [InlineData("SELECT a FROM t GROUP a", "Unexpected \"a\"; expected BY.", 23, null)]
    [InlineData("SELECT a FROM t ORDER BY", "Unexpected the end of the text; expected an expression.", 25, null)]
    [InlineData("SELECT a, FROM t", "Unexpected \"FROM\"; expected an expression.", 11, null)]
    [InlineData("SELECT a FROM t JOIN u", "Unexpected the end of the text; expected", 23, null)]
    [InlineData("SELECT (1", "Unexpected the end of the text; expected \",\" or \")\".", 10, null)]
    [InlineData("SELECT a = = b", "Unexpected \"=\"; expected an expression.", 12, null)]
    [InlineData("SELECT a < b < c", "Comparisons do not follow one another.", 14, "Put one of them in brackets.")]
    [InlineData("SELECT 'it", "The text does not end: ' is missing.", 8, null)]
    [InlineData("SELECT a FROM t LIMIT 1, 2", "LIMIT takes one number.", 24, "Say LIMIT n OFFSET m.")]
    [InlineData("SELECT INTERVAL '1' SECOND TO DAY", "An interval goes from a larger field to a smaller one", 31, null)]
    [InlineData("CREATE TABEL t (a int)", "Unexpected \"TABEL\"; expected", 8, "Perhaps TABLE is meant in place of \"tabel\".")]
    [InlineData("CREATE TABLE t (a)", "Unexpected \")\"; expected a type.", 18, null)]
    [InlineData("SELECT hop(TABLE t, DESCRIPTOR(at))", "Unexpected \"TABLE\"; expected an expression.", 12, null)]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A{3,2}))", "The upper bound 2 is below the lower bound 3.", 43, null)]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (MEASURES a AS b DEFINE a AS true)", "Unexpected \"DEFINE\"; expected", 50, null)]
    public void The_place_and_what_was_expected_are_told(string text, string fault, int position, string? hint)
    {
        SqlException error = Assert.Throws<SqlException>(() => SqlParser.ParseStatement(text));

        Assert.StartsWith(fault, error.Fault, StringComparison.Ordinal);
        Assert.Equal((SqlErrorCategory.Syntax, "42601", position, hint),
            (error.Category, error.SqlState, error.Position!.Value, error.Hint));
    }

    [Theory]
    [InlineData("SELECT a FROM t FOR UPDATE")]
    [InlineData("SELECT a INTO b FROM t")]
    [InlineData("SELECT a FROM t TABLESAMPLE bernoulli (1)")]
    [InlineData("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING")]
    [InlineData("DELETE FROM t RETURNING a")]
    [InlineData("CREATE TABLE t (a int REFERENCES u)")]
    [InlineData("CREATE TABLE t AS SELECT 1")]
    public void What_PostgreSQL_has_and_we_have_not_is_refused_as_such(string text) =>
        Assert.Equal(SqlErrorCategory.Unsupported, Assert.Throws<SqlException>(() => SqlParser.ParseStatement(text)).Category);

    [Fact]
    public void The_whole_message_reads_like_this() => Assert.Equal("""
        Line 2, column 6: Unexpected "t"; expected ",", INTO, FROM, WHERE, GROUP, HAVING, QUALIFY, WINDOW or something else. (SQLSTATE 42601)
          FORM t
               ^
        Perhaps FROM is meant in place of "form".
        """.ReplaceLineEndings("\n"), Assert.Throws<SqlException>(() => SqlParser.ParseStatement("SELECT a\nFORM t")).Message);
}
