using System.Globalization;
using System.Text;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Lexing;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Tests.Cases;

namespace ActorStreams.Sql.Tests.Syntax;

/// <summary>Whatever a text says, it is parsed, or refused with an error that has a place. It never overflows the stack: everything here
/// runs on one of 512 KB, a third of what a thread of a pool has.</summary>
public sealed class HostileTextSpec
{
    private const int StackBytes = 512 * 1024;

    /// <summary>Text before, and after, what stands in itself again and again.</summary>
    public static TheoryData<string, string, string, string> Nested => new()
    {
        { "SELECT ", "(", "1", ")" },
        { "SELECT ", "NOT ", "a", "" },
        { "SELECT ", "- ", "1", "" },
        { "SELECT ", "~ ", "1", "" },
        { "SELECT ", "f(", "1", ")" },
        { "SELECT ", "(SELECT ", "1", ")" },
        { "SELECT ", "ARRAY[", "1", "]" },
        { "SELECT ARRAY", "[", "1", "]" },
        { "SELECT ", "ROW(", "1", ")" },
        { "SELECT ", "(1, ", "1", ")" },
        { "SELECT ", "CAST(", "1", " AS int)" },
        { "SELECT ", "CASE WHEN ", "a", " THEN 1 END" },
        { "SELECT ", "CASE a WHEN 1 THEN ", "1", " END" },
        { "SELECT ", "CASE a WHEN 1 THEN 1 ELSE ", "1", " END" },
        { "SELECT ", "EXISTS (SELECT ", "1", ")" },
        { "SELECT ", "a IN (", "1", ")" },
        { "SELECT ", "a IN (SELECT ", "1", ")" },
        { "SELECT ", "a = ANY (", "1", ")" },
        { "SELECT ", "a BETWEEN ", "1", " AND 2" },
        { "SELECT ", "a LIKE ", "b", "" },
        { "SELECT ", "a AND (", "b", ")" },
        { "SELECT ", "a OR NOT ", "b", "" },
        { "SELECT ", "a IS DISTINCT FROM ", "b", "" },
        { "SELECT ", "a + (", "b", ")" },
        { "SELECT ", "a ^ ", "b", "" },
        { "SELECT a", "[", "1", "]" },
        { "SELECT a", "[1:", "1", "]" },
        { "SELECT a", "[1]", "", "" },
        { "SELECT a", "::int", "", "" },
        { "SELECT (a)", ".b", "", "" },
        { "SELECT a", " IS NULL", "", "" },
        { "SELECT a", " AT TIME ZONE 'UTC'", "", "" },
        { "SELECT a", " COLLATE c", "", "" },
        { "SELECT 1", " + 1", "", "" },
        { "SELECT a", " || a", "", "" },
        { "SELECT ", "extract(day FROM ", "a", ")" },
        { "SELECT ", "substring(", "a", " FROM 1)" },
        { "SELECT ", "trim(BOTH ", "a", " FROM b)" },
        { "SELECT ", "position(", "a", " IN b)" },
        { "SELECT ", "overlay(", "a", " PLACING b FROM 1)" },
        { "SELECT ", "sum(a) FILTER (WHERE ", "b", ")" },
        { "SELECT ", "sum(a) OVER (PARTITION BY ", "b", ")" },
        { "SELECT ", "sum(a) OVER (ROWS ", "1", " PRECEDING)" },
        { "SELECT ", "a(b ORDER BY ", "b", ")" },
        { "SELECT * FROM ", "(", "a JOIN b ON c", ")" },
        { "SELECT * FROM ", "(SELECT * FROM ", "a", ") AS x" },
        { "SELECT * FROM ", "(a CROSS JOIN ", "b", ")" },
        { "SELECT * FROM a", " CROSS JOIN b", "", "" },
        { "SELECT * FROM a", " JOIN b", " ON c", " ON c" },
        { "SELECT * FROM a", " MATCH_RECOGNIZE (ORDER BY t PATTERN (A)) AS m", "", "" },
        { "SELECT * FROM ", "TABLE(f(TABLE (SELECT * FROM ", "a", ")))" },
        { "SELECT * FROM ", "f(", "1", ")" },
        { "SELECT 1", " UNION SELECT 1", "", "" },
        { "", "(", "SELECT 1", ")" },
        { "SELECT 1 UNION ", "(SELECT 1 UNION ", "SELECT 1", ")" },
        { "", "WITH a AS (", "SELECT 1", ") SELECT 1" },
        { "", "EXPLAIN ", "SELECT 1", "" },
        { "SELECT 1 GROUP BY ", "GROUPING SETS (", "a", ")" },
        { "SELECT 1 GROUP BY ", "ROLLUP (", "a", ")" },
        { "SELECT 1 LIMIT ", "(SELECT 1 LIMIT ", "1", ")" },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN ", "(", "A", ")" },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (", "(A | ", "A", ")" },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (", "{- ", "A", " -}" },
        { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (", "PERMUTE(A, ", "A", ")" },
        { "SELECT ", "/* ", "", " */" },
        { "CREATE TABLE t (a int", "[]", "", ")" },
        { "CREATE TABLE t (a int CHECK ", "(", "a", "))" },
        { "INSERT INTO t ", "(", "SELECT 1", ")" },
    };

    [Theory]
    [MemberData(nameof(Nested))]
    public void What_stands_in_itself_100_000_times_is_refused_or_parsed(string start, string before, string inside, string after)
    {
        foreach (int times in (int[])[1, 10, 90, 150, 299, 300, 301, 1_000, 100_000])
        {
            var text = new StringBuilder(start);
            for (int time = 0; time < times; time++)
                text.Append(before);
            text.Append(inside);
            for (int time = 0; time < times; time++)
                text.Append(after);
            IsParsedOrRefused(text.ToString());
        }
    }

    [Theory]
    [InlineData("+")]
    [InlineData("-")]
    [InlineData("a OR ")]
    [InlineData("a, ")]
    [InlineData("1 = ")]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("$a$")]
    [InlineData("/*")]
    [InlineData("--\n")]
    [InlineData("\\")]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("9")]
    [InlineData("1_0")]
    [InlineData("0x")]
    [InlineData("1e")]
    [InlineData(".")]
    [InlineData(";")]
    [InlineData("[")]
    [InlineData("{-")]
    [InlineData("U&'\\0041' ")]
    [InlineData("E'\\n' ")]
    [InlineData("'a'\n")]
    [InlineData("é")]
    [InlineData("\uD800")]
    [InlineData("SELECT ")]
    [InlineData("SELECT 1;")]
    [InlineData("CREATE TABLE ")]
    [InlineData("a.")]
    [InlineData("CASE ")]
    public void A_megabyte_of_the_same_is_refused_or_parsed(string piece)
    {
        string many = string.Concat(Enumerable.Repeat(piece, (1 << 20) / piece.Length));
        foreach (string start in (string[])["", "SELECT ", "SELECT 1 ", "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (", "SELECT a IN (1, "])
            IsParsedOrRefused(start + many);
    }

    [Theory]
    [InlineData("SELECT 'a")]
    [InlineData("SELECT E'a\\")]
    [InlineData("SELECT E'a\\u12")]
    [InlineData("SELECT U&'a\\")]
    [InlineData("SELECT U&'\\D800'")]
    [InlineData("SELECT U&'a' UESCAPE")]
    [InlineData("SELECT \"a")]
    [InlineData("SELECT \"\"")]
    [InlineData("SELECT $a$ b")]
    [InlineData("SELECT $")]
    [InlineData("SELECT $0")]
    [InlineData("SELECT $99999999999")]
    [InlineData("SELECT /* a")]
    [InlineData("SELECT /* /* */")]
    [InlineData("SELECT /*/")]
    [InlineData("SELECT B'2'")]
    [InlineData("SELECT X'g'")]
    [InlineData("SELECT 1a")]
    [InlineData("SELECT 1_")]
    [InlineData("SELECT 1__0")]
    [InlineData("SELECT 0x")]
    [InlineData("SELECT 1e+")]
    [InlineData("SELECT a\0b")]
    [InlineData("SELECT \u0007")]
    [InlineData("SELECT (1")]
    [InlineData("SELECT 1)")]
    [InlineData("SELECT a[1")]
    [InlineData("SELECT a[")]
    [InlineData("SELECT CASE WHEN a THEN 1")]
    [InlineData("SELECT CAST(a AS")]
    [InlineData("SELECT count(*")]
    [InlineData("SELECT a FROM")]
    [InlineData("SELECT a FROM t WHERE")]
    [InlineData("SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A")]
    [InlineData("SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A{")]
    [InlineData("SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A{2,1}))")]
    [InlineData("SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A{99999999999}))")]
    [InlineData("SELECT a FROM t MATCH_RECOGNIZE (PATTERN (A*+))")]
    [InlineData("CREATE TABLE t (")]
    [InlineData("CREATE MATERIALIZED VIEW")]
    [InlineData("")]
    [InlineData(";")]
    [InlineData("SELEKT 1")]
    public void What_does_not_end_or_means_nothing_is_refused_as_a_mistake_of_the_syntax(string text)
    {
        SqlException error = Assert.Throws<SqlException>(() => SqlParser.ParseStatement(text));
        Assert.Equal(SqlErrorCategory.Syntax, error.Category);
        Assert.InRange(error.Position!.Value, 1, text.Length + 1);
    }

    [Fact]
    public void A_text_that_is_too_long_or_has_too_many_words_is_refused_before_it_is_read_whole()
    {
        var limits = new SqlLimits { MaxLength = 100, MaxTokens = 10 };
        Assert.Equal(SqlErrorCategory.Limit, Refused(new string(' ', 101)));
        Assert.Equal(SqlErrorCategory.Limit, Refused("SELECT 1, 2, 3, 4, 5, 6, 7"));

        SqlErrorCategory Refused(string text) => Assert.Throws<SqlException>(() => SqlParser.ParseStatement(text, limits)).Category;
    }

    [Fact]
    public void However_many_conditions_and_items_follow_one_another_the_statement_is_not_too_deep()
    {
        string conditions = string.Join(" OR ", Enumerable.Range(0, 20_000).Select(at => $"a = {at}"));
        string items = string.Join(", ", Enumerable.Range(0, 20_000));
        Statement statement = SqlParser.ParseStatement($"SELECT a FROM t WHERE ({conditions}) AND a IN ({items})");
        Assert.Equal(statement, SqlParser.ParseStatement(SqlPrinter.Print(statement)));
    }

    /// <summary>Each token of a case left out, said twice, or changed for its neighbour.</summary>
    [Fact]
    public void Statements_of_the_cases_with_a_token_more_or_less_are_refused_or_parsed()
    {
        string[] statements = [.. SqlCases.All.SelectMany(one =>
            one.Statements).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var random = new Random(20261130);
        SmallStack.Run(StackBytes, () =>
        {
            foreach (string statement in statements)
            {
                List<string> tokens = [.. StatementTokens.Of(statement)];
                for (int change = 0; change < 12; change++)
                {
                    List<string> changed = [.. tokens];
                    int at = random.Next(tokens.Count - 1);
                    switch (change % 3)
                    {
                        case 0:
                            changed.RemoveAt(at);
                            break;
                        case 1:
                            changed.Insert(at, tokens[random.Next(tokens.Count)]);
                            break;
                        default:
                            (changed[at], changed[at + 1]) = (changed[at + 1], changed[at]);
                            break;
                    }

                    Holds(string.Join(' ', changed));
                }
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_tokens_are_refused_or_parsed(int seed)
    {
        string[] tokens = [.. SqlCases.All.SelectMany(one => one.Statements).SelectMany(StatementTokens.Of).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal), .. Enum.GetValues<Keyword>().Skip(1).Select(Keywords.TextOf)];
        var random = new Random(seed);
        SmallStack.Run(StackBytes, () =>
        {
            for (int time = 0; time < 5_000; time++)
                Holds("SELECT " + string.Join(' ', Enumerable.Range(0, random.Next(1, 40)).Select(_ =>
                    tokens[random.Next(tokens.Length)])));
        });
    }

    [Fact]
    public void Random_characters_are_refused_or_parsed()
    {
        const string Characters = "aAeEuUxXbB0129_.$'\"\\&|+-*/<>=()[]{},;: \n\t\uFEFFé\uD800\uDC00?^~#@!%`";
        var random = new Random(7);
        SmallStack.Run(StackBytes, () =>
        {
            for (int time = 0; time < 20_000; time++)
                Holds((time % 2 == 0 ? "SELECT " : "") + string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ =>
                    Characters[random.Next(Characters.Length)])));
        });
    }

    private static void IsParsedOrRefused(string text) => SmallStack.Run(StackBytes, () => Holds(text));

    /// <summary>What is parsed is printed so that it is parsed the same; what is refused has a place and a message of bounded
    /// length.</summary>
    private static void Holds(string text)
    {
        Statement[] statements;
        try
        {
            statements = [.. SqlParser.ParseScript(text)];
        }
        catch (SqlException error)
        {
            Assert.True(error.Message.Length < 2_000, error.Message);
            Assert.True(error.Category is SqlErrorCategory.Syntax or SqlErrorCategory.Unsupported or SqlErrorCategory.Limit, error.Message);
            return;
        }

        foreach (Statement statement in statements.Take(10))
        {
            string printed = SqlPrinter.Print(statement);
            Statement again;
            try
            {
                again = SqlParser.ParseStatement(printed, new SqlLimits
                {
                    MaxDepth = 1_000,
                    MaxLength = int.MaxValue,
                    MaxTokens = int.MaxValue
                });
            }
            catch (SqlException error)
            {
                throw new Xunit.Sdk.XunitException($"{Shown(text)}\nis printed as\n{Shown(printed)}\n{error.Message}", error);
            }

            if (!statement.Equals(again))
                throw new Xunit.Sdk.XunitException($"{Shown(text)}\nis printed as\n{Shown(printed)}\nwhich is\n{Shown(SqlPrinter.Print(again))}");
        }
    }

    private static string Shown(string text) => text.Length < 2_000 ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, 2_000)}… ({text.Length} characters)");
}
