using System.Text;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Tests.Cases;

namespace ActorStreams.Sql.Tests.Binding;

/// <summary>Whatever a statement says that is parsed, it is bound, or refused with an error that has a place: on a stack of 1 MB, and
/// however often it doubles what it names.</summary>
public sealed class HostileQuerySpec
{
    private const int StackBytes = 1024 * 1024;

    [Theory]
    [InlineData("SELECT ", "(", "a", ")", " FROM t")]
    [InlineData("SELECT ", "- ", "a", "", " FROM t")]
    [InlineData("SELECT a", " + 1", "", "", " FROM t")]
    [InlineData("SELECT ", "a + (", "a", ")", " FROM t")]
    [InlineData("SELECT ", "NOT ", "a = 1", "", " FROM t")]
    [InlineData("SELECT ", "a = 1 AND (a = 2 OR ", "a = 3", ")", " FROM t")]
    [InlineData("SELECT ", "abs(", "a", ")", " FROM t")]
    [InlineData("SELECT ", "coalesce(a, ", "a", ")", " FROM t")]
    [InlineData("SELECT ", "CASE WHEN a = 1 THEN 1 ELSE ", "a", " END", " FROM t")]
    [InlineData("SELECT ", "CASE ", "a", " WHEN 1 THEN 2 WHEN 2 THEN 3 END", " FROM t")]
    [InlineData("SELECT ", "nullif(", "a", ", 1)", " FROM t")]
    [InlineData("SELECT ", "(", "a = 1", " BETWEEN a = 2 AND a = 3)", " FROM t")]
    [InlineData("SELECT ", "(", "a = 1", " BETWEEN SYMMETRIC a = 2 AND a = 3)", " FROM t")]
    [InlineData("SELECT ", "(", "a", "::bigint)", " FROM t")]
    [InlineData("SELECT ", "(SELECT ", "t.a", ")", " FROM t")]
    [InlineData("SELECT ", "(SELECT max(u.a) + ", "t.a", " FROM t AS u WHERE u.a = t.a)", " FROM t")]
    [InlineData("SELECT a FROM t WHERE ", "EXISTS (SELECT 1 FROM t AS u WHERE u.a = t.a AND ", "t.a = 1", ")", "")]
    [InlineData("SELECT a FROM t WHERE ", "a IN (SELECT a FROM t WHERE ", "a = 1", ")", "")]
    [InlineData("SELECT a FROM ", "(SELECT a FROM ", "t", ") AS x", "")]
    [InlineData("SELECT 1 FROM t AS q", " CROSS JOIN (SELECT 1) AS x", "", "", "")]
    [InlineData("SELECT 1 FROM t AS q ", "CROSS JOIN LATERAL (SELECT q.a FROM t AS q ", "", ") AS x", "")]
    [InlineData("", "(SELECT a FROM t UNION ", "SELECT a FROM t", ")", "")]
    [InlineData("SELECT a FROM t", " UNION ALL SELECT a FROM t", "", "", "")]
    [InlineData("", "WITH x AS (SELECT a FROM t), y AS (", "SELECT a FROM t", ") SELECT * FROM y", "")]
    [InlineData("SELECT sum(a) OVER (ORDER BY ", "abs(", "a", ")", ") FROM t")]
    [InlineData("SELECT sum(", "abs(", "a", ")", ") FROM t")]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (ORDER BY at MEASURES ", "abs(", "a", ")", " AS x PATTERN (A)) AS m")]
    public void What_stands_in_itself_as_deep_as_may_be_is_bound_or_refused(
        string start, string before, string inside, string after, string end)
    {
        foreach (int times in (int[])[1, 12, 40, 70, 95, 140, 290])
        {
            var text = new StringBuilder(start);
            for (int time = 0; time < times; time++)
                text.Append(before);
            text.Append(inside);
            for (int time = 0; time < times; time++)
                text.Append(after);
            SmallStack.Run(StackBytes, () => Holds(text.Append(end).ToString(), Catalog()));
        }
    }

    [Fact]
    public void A_query_of_WITH_that_doubles_the_one_before_it_is_refused()
    {
        var text = new StringBuilder("WITH x0 AS (SELECT a FROM t)");
        for (int at = 1; at < 60; at++)
            text.Append($", x{at} AS (SELECT l.a FROM x{at - 1} AS l, x{at - 1} AS r)");
        SqlException error = Assert.Throws<SqlException>(() => Binder.Bind(text.Append(" SELECT * FROM x59").ToString(), Catalog()));
        Assert.Equal(SqlErrorCategory.Limit, error.Category);
    }

    [Fact]
    public void A_view_that_doubles_the_one_before_it_is_refused()
    {
        SqlCatalog catalog = Catalog();
        CasesBindSpec.Run("CREATE VIEW x0 AS SELECT a FROM t", catalog);
        SqlException error = Assert.Throws<SqlException>(() =>
        {
            for (int at = 1; at < 60; at++)
                CasesBindSpec.Run($"CREATE VIEW x{at} AS SELECT l.a FROM x{at - 1} AS l, x{at - 1} AS r", catalog);
        });
        Assert.Equal(SqlErrorCategory.Limit, error.Category);
    }

    /// <summary>Each token of a case left out, said twice, changed for its neighbour, or for a token of another place.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Statements_of_the_cases_with_a_token_more_or_less_are_refused_or_bound(int seed)
    {
        var random = new Random(seed);
        SmallStack.Run(StackBytes, () =>
        {
            foreach (SqlCase one in SqlCases.All)
            {
                var catalog = new SqlCatalog();
                foreach (string statement in one.Statements)
                {
                    string[] tokens = [.. StatementTokens.Of(statement)];
                    for (int change = 0; change < 4; change++)
                    {
                        List<string> changed = [.. tokens];
                        int at = random.Next(tokens.Length - 1), other = random.Next(tokens.Length);
                        if (change == 0)
                            changed.RemoveAt(at);
                        else if (change == 1)
                            changed.Insert(at, tokens[other]);
                        else if (change == 2)
                            (changed[at], changed[at + 1]) = (changed[at + 1], changed[at]);
                        else
                            changed[at] = tokens[other];
                        Holds(string.Join(' ', changed), catalog);
                    }

                    CasesBindSpec.Run(statement, catalog);
                }
            }
        });
    }

    private static SqlCatalog Catalog()
    {
        var catalog = new SqlCatalog();
        CasesBindSpec.Run("CREATE TABLE t (a int, at timestamp, WATERMARK FOR at AS at)", catalog);
        return catalog;
    }

    private static void Holds(string text, SqlCatalog catalog)
    {
        try
        {
            BoundStatement bound = Binder.Bind(text, catalog);
            if (bound is BoundQuery query)
                WellFormed.Check(query.Relation);
        }
        catch (SqlException error)
        {
            Assert.NotNull(error.Position);
            Assert.True(error.Message.Length < 3_000, error.Message);
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            throw new Xunit.Sdk.XunitException($"{(text.Length < 1_000 ? text : text[..1_000])}\n{error}", error);
        }
    }
}
