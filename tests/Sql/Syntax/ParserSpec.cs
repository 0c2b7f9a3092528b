using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Tests.Syntax;

/// <summary>What a text means, told by the canonical text of its tree.</summary>
public sealed class ParserSpec
{
    [Theory]
    [InlineData("1 + 2 * 3 ^ 2", "1 + 2 * 3 ^ 2")]
    [InlineData("(1 + 2) * 3", "(1 + 2) * 3")]
    [InlineData("1 - (2 - 3) - 4", "1 - (2 - 3) - 4")]
    [InlineData("-2 ^ 2", "-2 ^ 2")]
    [InlineData("-(2 ^ 2)", "-(2 ^ 2)")]
    [InlineData("- -1", "- -1")]
    [InlineData("a*-1", "a * -1")]
    [InlineData("a<-1", "a < -1")]
    [InlineData("a@-1", "a @- 1")]
    [InlineData("NOT a = b AND c OR d", "NOT a = b AND c OR d")]
    [InlineData("NOT (a AND b)", "NOT (a AND b)")]
    [InlineData("a AND (b AND c) AND d", "a AND (b AND c) AND d")]
    [InlineData("a || b + c", "a || b + c")]
    [InlineData("a -> 'b' ->> 'c' = 'd'", "a -> 'b' ->> 'c' = 'd'")]
    [InlineData("a != b", "a <> b")]
    [InlineData("a BETWEEN 1 AND 2 AND b", "a BETWEEN 1 AND 2 AND b")]
    [InlineData("a NOT BETWEEN SYMMETRIC 1 + 1 AND 2 OR b", "a NOT BETWEEN SYMMETRIC 1 + 1 AND 2 OR b")]
    [InlineData("a IS NOT DISTINCT FROM b IS TRUE", "a IS NOT DISTINCT FROM b IS TRUE")]
    [InlineData("a ISNULL OR b NOTNULL", "a IS NULL OR b IS NOT NULL")]
    [InlineData("a::int::text || 'x'", "CAST(CAST(a AS int) AS text) || 'x'")]
    [InlineData("-1::int", "-CAST(1 AS int)")]
    [InlineData("a::double precision[]", "CAST(a AS double[])")]
    [InlineData("a::timestamp(3) with time zone", "CAST(a AS timestamptz(3))")]
    [InlineData("a::character varying(3)", "CAST(a AS varchar(3))")]
    [InlineData("a AT TIME ZONE 'UTC' + b", "a AT TIME ZONE 'UTC' + b")]
    [InlineData("at AT TIME ZONE 'UTC'", "at AT TIME ZONE 'UTC'")]
    [InlineData("interval '1-2' year to month", "interval '1-2' YEAR TO MONTH")]
    [InlineData("INTERVAL '5' SECOND (3)", "interval '5' SECOND(3)")]
    [InlineData("timestamp with time zone '2024-01-31 10:00Z'", "timestamptz '2024-01-31 10:00Z'")]
    [InlineData("date '2024-01-31' - 1", "date '2024-01-31' - 1")]
    [InlineData("numeric(10, 2) '1.5'", "numeric(10, 2) '1.5'")]
    [InlineData("extract(epoch FROM at)", "extract('epoch', at)")]
    [InlineData("substring(a FROM 2 FOR 3)", "substring(a, 2, 3)")]
    [InlineData("substring(a FOR 3)", "substring(a, 1, 3)")]
    [InlineData("position('b' IN a)", "strpos(a, 'b')")]
    [InlineData("trim(LEADING 'x' FROM a) || trim(a)", "ltrim(a, 'x') || btrim(a)")]
    [InlineData("overlay(a PLACING 'x' FROM 2)", "overlay(a, 'x', 2)")]
    [InlineData("(a, b) OVERLAPS (c, d)", "\"overlaps\"(a, b, c, d)")]
    [InlineData("(1, 2) IN (SELECT a, b FROM t)", "ROW(1, 2) IN (SELECT a, b FROM t)")]
    [InlineData("a = ANY (ARRAY[1, 2]) AND b <> ALL (SELECT 1)", "a = ANY (ARRAY[1, 2]) AND b <> ALL (SELECT 1)")]
    [InlineData("((SELECT 1) UNION (SELECT 2))", "(SELECT 1 UNION SELECT 2)")]
    [InlineData("((SELECT 1) + 1)", "(SELECT 1) + 1")]
    [InlineData("a[1][2:3] || (b).c", "a[1][2:3] || (b).c")]
    [InlineData("ARRAY[[1, 2], [3]]", "ARRAY[ARRAY[1, 2], ARRAY[3]]")]
    [InlineData("count(DISTINCT a ORDER BY a) FILTER (WHERE b)", "count(DISTINCT a ORDER BY a) FILTER (WHERE b)")]
    [InlineData("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)")]
    [InlineData("first_value(a IGNORE NULLS) OVER w", "first_value(a) IGNORE NULLS OVER w")]
    [InlineData("sum(a) OVER (w ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)",
        "sum(a) OVER (w ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)")]
    [InlineData("FINAL LAST(A.price)", "FINAL last(a.price)")]
    [InlineData("count(A.*)", "count(a.*)")]
    [InlineData("final IN (1, 2)", "\"final\" IN (1, 2)")]
    [InlineData("f(a => 1, VARIADIC b)", "f(a => 1, VARIADIC b)")]
    [InlineData("CASE a WHEN 1 THEN 2 ELSE 3 END", "CASE a WHEN 1 THEN 2 ELSE 3 END")]
    [InlineData("current_timestamp(3) > localtimestamp", "CURRENT_TIMESTAMP(3) > LOCALTIMESTAMP")]
    [InlineData("\"Mixed \"\"Case\"\"\"", "\"Mixed \"\"Case\"\"\"")]
    [InlineData("Mixed", "mixed")]
    [InlineData("'it''s' 'x'", null)]
    [InlineData("'it''s'\n  'two'", "'it''stwo'")]
    [InlineData("E'a\\tb\\'\\u00e9\\x41'", "'a\tb''\u00e9A'")]
    [InlineData("U&'d\\0061t\\+000061'", "'data'")]
    [InlineData("U&'d!0061t!+000061' UESCAPE '!'", "'data'")]
    [InlineData("$tag$it's $$ so$tag$", "'it''s $$ so'")]
    [InlineData("1_000 + 0x1F + 0o17 + 0b11 + .5 + 1e-3", "1000 + 31 + 15 + 3 + .5 + 1e-3")]
    [InlineData("1 /* a /* nested */ comment */ + 2 -- the end", "1 + 2")]
    [InlineData("$1 + $2", "$1 + $2")]
    [InlineData("a < b < c", null)]
    [InlineData("a LIKE b LIKE c", null)]
    public void An_expression_means_what_it_means_in_PostgreSQL(string text, string? canonical)
    {
        if (canonical is null)
            Assert.Throws<SqlException>(() => SqlParser.ParseExpression(text));
        else
            Assert.Equal(canonical, SqlPrinter.Print(SqlParser.ParseExpression(text)));
    }

    [Theory]
    [InlineData("SELECT a at, b \"B\" FROM t x (c, d)", "SELECT a AS at, b AS \"B\" FROM t AS x (c, d)")]
    [InlineData("SELECT ALL t.*, * FROM a, b CROSS JOIN c", "SELECT t.*, * FROM a, b CROSS JOIN c")]
    [InlineData("SELECT DISTINCT ON (a) a FROM t ORDER BY a DESC NULLS LAST OFFSET 1 ROW LIMIT 2",
        "SELECT DISTINCT ON (a) a FROM t ORDER BY a DESC NULLS LAST OFFSET 1 LIMIT 2")]
    [InlineData("SELECT a FROM t FETCH FIRST ROW ONLY", "SELECT a FROM t LIMIT 1")]
    [InlineData("SELECT a FROM t ORDER BY a FETCH NEXT 3 ROWS WITH TIES", "SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS WITH TIES")]
    [InlineData("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3")]
    [InlineData("(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3", "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3")]
    [InlineData("SELECT 1 EXCEPT (SELECT 2 EXCEPT ALL SELECT 3)", "SELECT 1 EXCEPT (SELECT 2 EXCEPT ALL SELECT 3)")]
    [InlineData("(SELECT 1 LIMIT 1) UNION ALL (SELECT 2)", "(SELECT 1 LIMIT 1) UNION ALL SELECT 2")]
    [InlineData("SELECT a FROM b JOIN c JOIN d ON e ON f", "SELECT a FROM b JOIN (c JOIN d ON e) ON f")]
    [InlineData("SELECT a FROM b LEFT OUTER JOIN c USING (d, e) NATURAL FULL JOIN f",
        "SELECT a FROM b LEFT JOIN c USING (d, e) NATURAL FULL JOIN f")]
    [InlineData("SELECT a FROM b ASOF LEFT JOIN c ON d", "SELECT a FROM b ASOF LEFT JOIN c ON d")]
    [InlineData("SELECT a FROM b, LATERAL (SELECT b.c) x", "SELECT a FROM b, LATERAL (SELECT b.c) AS x")]
    [InlineData("SELECT a FROM generate_series(1, 3) WITH ORDINALITY g (a, n)",
        "SELECT a FROM generate_series(1, 3) WITH ORDINALITY AS g (a, n)")]
    [InlineData("SELECT a FROM b JOIN c FOR SYSTEM_TIME AS OF b.at AS d ON e",
        "SELECT a FROM b JOIN c FOR SYSTEM_TIME AS OF b.at AS d ON e")]
    [InlineData("SELECT a FROM TABLE(SESSION(TABLE t PARTITION BY b, c, DESCRIPTOR(at), interval '1' minute)) w",
        "SELECT a FROM TABLE(session(TABLE t PARTITION BY (b, c), DESCRIPTOR(at), interval '1' MINUTE)) AS w")]
    [InlineData("SELECT sum(a) GROUP BY ROLLUP (a, (b, c)), GROUPING SETS (CUBE (d), ()), e HAVING f QUALIFY g",
        "SELECT sum(a) GROUP BY ROLLUP (a, (b, c)), GROUPING SETS (CUBE (d), ()), e HAVING f QUALIFY g")]
    [InlineData("SELECT 1 emit FROM t emit EMIT ON WINDOW CLOSE", "SELECT 1 AS \"emit\" FROM t AS \"emit\" EMIT ON WINDOW CLOSE")]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (ORDER BY at PATTERN (^A+?(B|C{2,3}?)*{-D-}$ PERMUTE(E,F)) WITHIN INTERVAL '1' HOUR DEFINE A AS true)",
        "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY at PATTERN (^ a+? (b | c{2,3}?)* {- d -} $ PERMUTE(e, f)) WITHIN interval '1' HOUR DEFINE a AS TRUE)")]
    [InlineData("WITH RECURSIVE a (b) AS NOT MATERIALIZED (VALUES (1), (2)) TABLE a",
        "WITH RECURSIVE a (b) AS NOT MATERIALIZED (VALUES (1), (2)) TABLE a")]
    [InlineData("CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL DEFAULT 'x', at timestamp, WATERMARK FOR at AS at - INTERVAL '1' SECOND, UNIQUE (b)) WITH ('connector' = 'csv', format.delimiter = ';') APPEND ONLY",
        "CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL DEFAULT 'x', at timestamp, UNIQUE (b), WATERMARK FOR at AS at - interval '1' SECOND) APPEND ONLY WITH (connector = 'csv', format.delimiter = ';')")]
    [InlineData("CREATE OR REPLACE MATERIALIZED VIEW v (a) AS SELECT 1 EMIT CHANGES",
        "CREATE OR REPLACE MATERIALIZED VIEW v (a) AS SELECT 1 EMIT CHANGES")]
    [InlineData("CREATE SINK s FROM v WITH (connector = 'topic', retries = 3)",
        "CREATE SINK s FROM v WITH (connector = 'topic', retries = 3)")]
    [InlineData("INSERT INTO t (a, b) VALUES (1, DEFAULT)", "INSERT INTO t (a, b) VALUES (1, DEFAULT)")]
    [InlineData("UPDATE t SET a = b + 1 FROM u WHERE t.c = u.c", "UPDATE t SET a = b + 1 FROM u WHERE t.c = u.c")]
    [InlineData("DELETE FROM t x USING u WHERE x.a = u.a", "DELETE FROM t AS x USING u WHERE x.a = u.a")]
    [InlineData("SUBSCRIBE TO v WITH (snapshot = false)", "SUBSCRIBE v WITH (snapshot = FALSE)")]
    [InlineData("SUBSCRIBE (SELECT 1)", "SUBSCRIBE SELECT 1")]
    [InlineData("EXPLAIN ANALYZE SELECT 1", "EXPLAIN (\"analyze\") SELECT 1")]
    [InlineData("SHOW MATERIALIZED VIEWS LIKE 'a%'", "SHOW MATERIALIZED VIEWS LIKE 'a%'")]
    [InlineData("SHOW COLUMNS FROM t", "SHOW COLUMNS FROM t")]
    [InlineData("DROP MATERIALIZED VIEW IF EXISTS a, b CASCADE", "DROP MATERIALIZED VIEW IF EXISTS a, b CASCADE")]
    public void A_statement_means_what_it_says(string text, string canonical)
    {
        Statement statement = SqlParser.ParseStatement(text);
        Assert.Equal(canonical, SqlPrinter.Print(statement));
        Assert.Equal(statement, SqlParser.ParseStatement(canonical));
    }

    [Fact]
    public void Every_part_knows_its_place()
    {
        const string Text = "SELECT a + 1 AS b\nFROM t WHERE c IN (1, 2)";
        var select = (SelectQuery)((SelectStatement)SqlParser.ParseStatement(Text)).Query;

        Assert.Equal("a + 1", Of(((SelectExpression)select.Items[0]).Value));
        Assert.Equal("a + 1 AS b", Of(select.Items[0]));
        Assert.Equal("t", Of(select.From[0]));
        Assert.Equal("c IN (1, 2)", Of(select.Where!));

        static string Of(SyntaxNode node) => Text.Substring(node.Span.Start, node.Span.Length);
    }
}
