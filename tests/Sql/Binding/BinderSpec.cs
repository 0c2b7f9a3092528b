using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Statements;

namespace ActorStreams.Sql.Tests.Binding;

/// <summary>What names mean, by PostgreSQL's rules, and what is made of a query.</summary>
public sealed class BinderSpec
{
    private readonly SqlCatalog _catalog = new();

    public BinderSpec()
    {
        Run("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text, at timestamp, WATERMARK FOR at AS at - INTERVAL '5' SECOND)");
        Run("CREATE TABLE u (id int PRIMARY KEY, a int, c text)");
        Run("CREATE TABLE log (id int, a int) APPEND ONLY");
        Run("CREATE MATERIALIZED VIEW v AS SELECT id, a + 1 AS next FROM t");
    }

    [Theory]
    [InlineData("SELECT a FROM t", "a integer")]
    [InlineData("SELECT t.*, u.c FROM t, u", "id integer, a integer, b text, at timestamp without time zone, c text")]
    [InlineData("SELECT * FROM t JOIN u USING (id)", "id integer, a integer, b text, at timestamp without time zone, a integer, c text")]
    [InlineData("SELECT * FROM t NATURAL JOIN u", "id integer, a integer, b text, at timestamp without time zone, c text")]
    [InlineData("SELECT id FROM t FULL JOIN u USING (id)", "id integer")]
    [InlineData("SELECT x.id, y FROM t AS x (id, y)", "id integer, y integer")]
    [InlineData("SELECT 1, 'x', NULL, count(*), sum(a), avg(a), sum(a) + 0.5, a::bigint AS big FROM t GROUP BY a",
        "?column? integer, ?column? text, ?column? text, count bigint, sum bigint, avg numeric, ?column? numeric, big bigint")]
    [InlineData("SELECT 1 UNION SELECT 1.5", "?column? numeric")]
    [InlineData("VALUES (1, 'a'), (2, NULL)", "column1 integer, column2 text")]
    [InlineData("SELECT a + 1 AS a FROM t ORDER BY a", "a integer")]
    [InlineData("SELECT a % 2 AS parity, count(*) FROM t GROUP BY parity ORDER BY 2 DESC", "parity integer, count bigint")]
    [InlineData("SELECT t.* FROM t GROUP BY id", "id integer, a integer, b text, at timestamp without time zone")]
    [InlineData("WITH x (n) AS (SELECT a FROM t), y AS (SELECT n FROM x) SELECT y.n, (SELECT max(n) FROM x) AS m FROM y", "n integer, m integer")]
    [InlineData("SELECT row_number() OVER w AS n FROM t WINDOW w AS (PARTITION BY a ORDER BY at) QUALIFY n <= 3", "n bigint")]
    [InlineData("SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, at DESC", "a integer, b text")]
    [InlineData("SELECT n FROM t, LATERAL (SELECT t.a + 1) AS x (n)", "n integer")]
    [InlineData("SELECT t.id, n FROM t, generate_series(1, t.a) AS n", "id integer, n integer")]
    [InlineData("SELECT * FROM t AS x JOIN (u AS y JOIN log AS z ON y.id = z.id) ON x.id = z.id",
        "id integer, a integer, b text, at timestamp without time zone, id integer, a integer, c text, id integer, a integer")]
    [InlineData("SELECT id FROM v", "id integer")]
    [InlineData("SELECT GROUPING(a, b), a, b FROM t GROUP BY ROLLUP (a, b)", "grouping integer, a integer, b text")]
    [InlineData("SELECT window_start, window_end, window_time, count(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w GROUP BY 1, 2, 3",
        "window_start timestamp without time zone, window_end timestamp without time zone, window_time timestamp without time zone, count bigint")]
    public void A_query_gives_columns_with_names_and_types(string text, string columns) =>
        Assert.Equal(columns, string.Join(", ", Query(text).Columns));

    [Theory]
    [InlineData("SELECT x FROM t", SqlErrorCategory.UnknownColumn, "42703", 8, null)]
    [InlineData("SELECT att FROM t", SqlErrorCategory.UnknownColumn, "42703", 8, "Perhaps \"at\" is meant.")]
    [InlineData("SELECT t.att FROM t", SqlErrorCategory.UnknownColumn, "42703", 10, "Perhaps \"at\" is meant.")]
    [InlineData("SELECT x.a FROM t", SqlErrorCategory.UnknownTable, "42P01", 8, null)]
    [InlineData("SELECT u.a FROM t", SqlErrorCategory.InvalidReference, "42P01", 8, "In sight are t: a table with an alias is named by it.")]
    [InlineData("SELECT t.a FROM t AS x", SqlErrorCategory.InvalidReference, "42P01", 8, "In sight are x: a table with an alias is named by it.")]
    [InlineData("SELECT a FROM tt", SqlErrorCategory.UnknownTable, "42P01", 15, "Perhaps \"t\" is meant.")]
    [InlineData("SELECT a FROM t, u", SqlErrorCategory.AmbiguousColumn, "42702", 8, "Say t.a or u.a.")]
    [InlineData("SELECT 1 FROM t, t", SqlErrorCategory.DuplicateAlias, "42712", 18, "Give one of them an alias of its own.")]
    [InlineData("SELECT a FROM t JOIN u USING (b)", SqlErrorCategory.UnknownColumn, "42703", 31, null)]
    [InlineData("SELECT a + b FROM t", SqlErrorCategory.Type, "42883", 8, null)]
    [InlineData("SELECT a FROM t WHERE a", SqlErrorCategory.Type, "42804", 23, null)]
    [InlineData("SELECT a = 'x' FROM t", SqlErrorCategory.Type, "22P02", 12, null)]
    [InlineData("SELECT nosuch(a) FROM t", SqlErrorCategory.UnknownFunction, "42883", 8, null)]
    [InlineData("SELECT CAST(a AS nosuch) FROM t", SqlErrorCategory.Type, "42704", 18, null)]
    [InlineData("SELECT a, count(*) FROM t", SqlErrorCategory.Grouping, "42803", 8, "Add it to GROUP BY, or say which of its values is meant: min(a), say.")]
    [InlineData("SELECT a, b FROM t GROUP BY a", SqlErrorCategory.Grouping, "42803", 11, "Add it to GROUP BY, or say which of its values is meant: min(b), say.")]
    [InlineData("SELECT a FROM t WHERE count(*) > 1", SqlErrorCategory.Grouping, "42803", 23, "Say it in HAVING.")]
    [InlineData("SELECT sum(count(*)) FROM t", SqlErrorCategory.Grouping, "42803", 12, null)]
    [InlineData("SELECT a FROM t GROUP BY count(*)", SqlErrorCategory.Grouping, "42803", 26, null)]
    [InlineData("SELECT a FROM t WHERE row_number() OVER () = 1", SqlErrorCategory.Grouping, "42P20", 23, "Say it in QUALIFY, or in a query around this one.")]
    [InlineData("SELECT row_number() FROM t", SqlErrorCategory.Grouping, "42809", 8, null)]
    [InlineData("SELECT sum(a) OVER w FROM t", SqlErrorCategory.InvalidReference, "42704", 20, null)]
    [InlineData("SELECT sum(a) OVER (ORDER BY a, b RANGE 1 PRECEDING) FROM t", SqlErrorCategory.WindowParameter, "42P20", 35, null)]
    [InlineData("SELECT a FROM t GROUP BY 2", SqlErrorCategory.InvalidReference, "42P10", 26, null)]
    [InlineData("SELECT a FROM t ORDER BY 0", SqlErrorCategory.InvalidReference, "42P10", 26, null)]
    [InlineData("SELECT DISTINCT a FROM t ORDER BY b", SqlErrorCategory.InvalidReference, "42P10", 35, null)]
    [InlineData("SELECT DISTINCT ON (a) a FROM t ORDER BY b", SqlErrorCategory.InvalidReference, "42P10", 42, null)]
    [InlineData("SELECT (SELECT a, b FROM t)", SqlErrorCategory.Type, "42601", 8, null)]
    [InlineData("SELECT a IN (SELECT id, a FROM u) FROM t", SqlErrorCategory.Type, "42601", 8, null)]
    [InlineData("SELECT a FROM t UNION SELECT id, a FROM u", SqlErrorCategory.Type, "42601", 23, null)]
    [InlineData("SELECT a FROM t UNION SELECT c FROM u", SqlErrorCategory.Type, "42804", 23, null)]
    [InlineData("SELECT a FROM t UNION SELECT a FROM u ORDER BY a + 1", SqlErrorCategory.Unsupported, "0A000", 48,
        "Put the set operation into FROM, and order the query around it.")]
    [InlineData("SELECT a FROM t LIMIT -1", SqlErrorCategory.OutOfRange, "2201W", 23, null)]
    [InlineData("WITH x AS (SELECT 1), x AS (SELECT 2) SELECT 1", SqlErrorCategory.DuplicateAlias, "42712", 23, null)]
    [InlineData("WITH RECURSIVE x AS (SELECT 1 UNION SELECT * FROM x) SELECT * FROM x", SqlErrorCategory.Unsupported, "0A000", 16, null)]
    [InlineData("SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(a), INTERVAL '1' DAY)) AS w", SqlErrorCategory.Type, "42804", 48, "\"at\" is one.")]
    [InlineData("SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' MONTH)) AS w", SqlErrorCategory.WindowParameter, "22023", 53, null)]
    [InlineData("SELECT * FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(at), INTERVAL '2' DAY, INTERVAL '3' DAY)) AS w",
        SqlErrorCategory.WindowParameter, "22023", 55, null)]
    [InlineData("SELECT * FROM log AS l JOIN u FOR SYSTEM_TIME AS OF t.at AS r ON l.id = r.id", SqlErrorCategory.InvalidReference, "42P01", 53, "In sight are l: a table with an alias is named by it.")]
    [InlineData("SELECT * FROM t JOIN u FOR SYSTEM_TIME AS OF t.at AS r ON t.id = r.id", SqlErrorCategory.TemporalKey, "42P10", 22,
        "Say WATERMARK FOR in its definition, or AS OF PROCTIME().")]
    [InlineData("SELECT * FROM log AS l EMIT ON WINDOW CLOSE", SqlErrorCategory.Watermark, "42P16", 1,
        "Say WATERMARK FOR time AS time - INTERVAL '5' SECOND in the definition of the table.")]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (ORDER BY at MEASURES z.a AS x PATTERN (a) DEFINE a AS true) AS m",
        SqlErrorCategory.UnknownVariable, "42704", 55, null)]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (ORDER BY at PATTERN (a) DEFINE b AS true) AS m", SqlErrorCategory.UnknownVariable, "42704", 65, null)]
    [InlineData("SELECT * FROM t MATCH_RECOGNIZE (MEASURES 1 AS x PATTERN (a)) AS m", SqlErrorCategory.Watermark, "42P16", 59, null)]
    [InlineData("UPDATE log SET a = 1", SqlErrorCategory.AppendOnly, "42809", 8, null)]
    [InlineData("INSERT INTO t VALUES (1, 2, 3, NULL, 5)", SqlErrorCategory.Type, "42601", 22, null)]
    [InlineData("INSERT INTO t (id, nope) VALUES (1, 2)", SqlErrorCategory.UnknownColumn, "42703", 20, null)]
    [InlineData("INSERT INTO t (id) VALUES ('x')", SqlErrorCategory.Type, "22P02", 28, null)]
    [InlineData("INSERT INTO v VALUES (1, 2)", SqlErrorCategory.Type, "42809", 13, null)]
    [InlineData("CREATE TABLE t (a int)", SqlErrorCategory.DuplicateTable, "42P07", 14, null)]
    [InlineData("CREATE TABLE x (a int, a text)", SqlErrorCategory.DuplicateAlias, "42701", 24, null)]
    [InlineData("CREATE TABLE x (a int, WATERMARK FOR a AS a)", SqlErrorCategory.Watermark, "42804", 38, null)]
    [InlineData("CREATE MATERIALIZED VIEW x AS SELECT a, a FROM t", SqlErrorCategory.DuplicateAlias, "42701", 31, "Give one of them an alias.")]
    [InlineData("DROP TABLE t", SqlErrorCategory.InvalidReference, "2BP01", 1, "Drop it first, or say CASCADE.")]
    [InlineData("DROP VIEW t", SqlErrorCategory.Type, "42809", 11, "Say DROP TABLE t.")]
    [InlineData("DESCRIBE tt", SqlErrorCategory.UnknownTable, "42P01", 10, "Perhaps \"t\" is meant.")]
    public void A_mistake_is_told_with_its_kind_its_place_and_what_to_do(
        string text, SqlErrorCategory category, string state, int position, string? hint)
    {
        SqlException error = Assert.Throws<SqlException>(() => Run(text));
        Assert.Equal((category, state, position, hint), (error.Category, error.SqlState, error.Position!.Value, error.Hint));
    }

    [Theory]
    [InlineData("SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", "semi join on (a$0.1 = a$1.1)")]
    [InlineData("SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", "anti join on (a$0.1 = a$1.1)")]
    [InlineData("SELECT id FROM t WHERE a IN (SELECT a FROM u)", "semi join on (a$0.1 = a$1.0)")]
    [InlineData("SELECT id FROM t WHERE id NOT IN (SELECT id FROM u)", "anti join on (id$0.0 = id$1.0)")]
    [InlineData("SELECT id FROM t WHERE id NOT IN (SELECT a FROM u)", "anti join on ((id$0.0 = a$1.0) IS NOT FALSE)")]
    [InlineData("SELECT id FROM t WHERE a > ALL (SELECT a FROM u)", "anti join on ((a$0.1 > a$1.0) IS NOT TRUE)")]
    [InlineData("SELECT a IN (SELECT a FROM u) FROM t", "mark join on (a$0.1 = a$1.0)")]
    [InlineData("SELECT (SELECT max(a) FROM u) FROM t", "left join")]
    [InlineData("SELECT (SELECT a FROM u) FROM t", "single join")]
    [InlineData("SELECT (SELECT max(u.a) FROM u WHERE u.id = t.a) FROM t", "left join on (a$0.1 = a$1.1)")]
    [InlineData("SELECT x.c FROM t, LATERAL (SELECT c FROM u WHERE u.a = t.a ORDER BY id LIMIT 2) AS x", "inner join on (a$0.1 = a$1.1)")]
    public void A_subquery_becomes_a_join(string text, string join) =>
        Assert.Contains(join, Query(text).All().OfType<JoinRelation>().Select(one => one.Describe()));

    [Theory]
    [InlineData("SELECT (SELECT count(*) FROM u WHERE u.a = t.a) FROM t")]
    [InlineData("SELECT (SELECT count(*) + t.a FROM u WHERE u.a < t.a) FROM t")]
    [InlineData("SELECT (SELECT sum(u.a + t.a) FROM u) FROM t")]
    [InlineData("SELECT id FROM t WHERE a = (SELECT max(a) FROM u WHERE u.id > t.id) AND EXISTS (SELECT 1 FROM log WHERE log.a = t.a)")]
    [InlineData("SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND EXISTS (SELECT 1 FROM log WHERE log.a = u.a AND log.id = t.id))")]
    [InlineData("SELECT id FROM t WHERE EXISTS (SELECT a FROM u WHERE u.a = t.a UNION ALL SELECT a FROM log WHERE log.a < t.a)")]
    [InlineData("SELECT id FROM t WHERE a IN (SELECT a FROM u WHERE u.id = t.id GROUP BY a HAVING count(*) > t.a)")]
    [InlineData("SELECT id FROM t WHERE a IN (SELECT DISTINCT u.a FROM u LEFT JOIN log ON log.id = t.id)")]
    [InlineData("SELECT id, (SELECT row_number() OVER (ORDER BY u.id) FROM u WHERE u.a = t.a LIMIT 1) FROM t")]
    [InlineData("SELECT x.n FROM t, LATERAL (SELECT u.a + y.m AS n FROM u, LATERAL (SELECT u.id + t.id AS m) AS y WHERE u.id < t.id) AS x")]
    [InlineData("SELECT x.n FROM t LEFT JOIN LATERAL (VALUES (t.a), (t.id)) AS x (n) ON x.n > 3")]
    [InlineData("SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t GROUP BY a HAVING (SELECT max(u.id) FROM u WHERE u.a = t.a) > 1")]
    [InlineData("SELECT a, sum((SELECT max(u.id) FROM u WHERE u.a = t.a)) FROM t GROUP BY a")]
    [InlineData("SELECT a FROM t ORDER BY (SELECT max(u.id) FROM u WHERE u.a = t.a)")]
    [InlineData("SELECT CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN 1 ELSE 2 END FROM t")]
    [InlineData("WITH x AS (SELECT a FROM u) SELECT id FROM t WHERE a IN (SELECT a FROM x WHERE x.a > t.id)")]
    [InlineData("SELECT (SELECT n FROM (WITH x AS (SELECT t.a + 1 AS n) SELECT n FROM x) AS y) FROM t")]
    [InlineData("SELECT id FROM t WHERE (a, id) IN (SELECT a, id FROM u)")]
    [InlineData("SELECT id FROM t JOIN u USING (id) WHERE EXISTS (SELECT 1 FROM log WHERE log.id = id)")]
    [InlineData("SELECT t.id FROM t JOIN u ON t.id = u.id AND t.a IN (SELECT log.a FROM log WHERE log.id = u.id)")]
    [InlineData("UPDATE t SET a = (SELECT max(u.a) FROM u WHERE u.id = t.id) WHERE EXISTS (SELECT 1 FROM log WHERE log.id = t.id)")]
    [InlineData("DELETE FROM t USING u WHERE t.id = u.id AND u.a IN (SELECT a FROM log WHERE log.id = t.id)")]
    [InlineData("SELECT id, n FROM t CROSS JOIN LATERAL generate_series(1, a) AS n WHERE EXISTS (SELECT 1 FROM u WHERE u.a = n)")]
    [InlineData("SELECT id FROM t WHERE 1 = ANY (SELECT n FROM generate_series(1, t.a) AS n)")]
    public void Nothing_of_the_query_around_is_left_in_a_subquery(string text) => CasesBindSpec.Run(text, _catalog);

    [Fact]
    public void An_aggregate_of_no_rows_has_its_value_after_the_join()
    {
        string plan = Query("SELECT (SELECT count(*) + 1 FROM u WHERE u.a = t.a) FROM t").ToString();
        Assert.Matches(@"CASE WHEN \(matched\$0\.\d+ IS NOT NULL\) THEN \?column\?\$0\.\d+ ELSE '1'::bigint END", plan);
    }

    [Fact]
    public void A_query_of_WITH_is_one_object_however_often_it_is_named()
    {
        Relation relation = Query("WITH x AS (SELECT a FROM t) SELECT * FROM x AS one, x AS two WHERE one.a IN (SELECT a FROM x)");
        Assert.Single(relation.All().OfType<SharedRelation>().Distinct());
        Assert.Equal(3, relation.All().OfType<SharedRelation>().Count());
    }

    [Theory]
    [InlineData("SELECT at FROM t", nameof(TimeRole.EventTime))]
    [InlineData("SELECT at + INTERVAL '1' SECOND FROM t", nameof(TimeRole.None))]
    [InlineData("SELECT t.at FROM t LEFT JOIN u ON t.id = u.id", nameof(TimeRole.EventTime))]
    [InlineData("SELECT t.at FROM u LEFT JOIN t ON t.id = u.id", nameof(TimeRole.None))]
    [InlineData("SELECT window_time FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' DAY)) AS w", nameof(TimeRole.EventTime))]
    [InlineData("SELECT window_start FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' DAY)) AS w GROUP BY window_start, window_end", nameof(TimeRole.WindowStart))]
    [InlineData("SELECT max(at) FROM t", nameof(TimeRole.None))]
    public void The_event_time_is_known_through_projections_filters_and_joins(string text, string time) =>
        Assert.Equal(time, Query(text).Columns[0].Time.ToString());

    [Fact]
    public void Watermarks_say_how_far_they_are_behind()
    {
        CatalogTable table = _catalog.Find("t")!;
        Assert.Equal((3, 5_000_000L), (table.Watermarks[0].Column, table.Watermarks[0].DelayMicros!.Value));
        Assert.Equal([0], table.Key);
    }

    [Fact]
    public void SHOW_and_DESCRIBE_are_rows()
    {
        Assert.Equal("values ('log'::text), ('t'::text), ('u'::text)", Rows("SHOW TABLES"));
        Assert.Equal("values ('v'::text)", Rows("SHOW MATERIALIZED VIEWS LIKE '_'"));
        Assert.Equal("values ('id'::text, 'integer'::text, 'no'::text, 'primary key'::text), ('a'::text, 'integer'::text, 'yes'::text, NULL::text), " +
            "('c'::text, 'text'::text, 'yes'::text, NULL::text)", Rows("DESCRIBE u"));
        Assert.Equal("values ('v'::text, 'CREATE MATERIALIZED VIEW v AS SELECT id, a + 1 AS next FROM t'::text)", Rows("SHOW CREATE MATERIALIZED VIEW v").Replace("\"next\"", "next", StringComparison.Ordinal));
    }

    [Fact]
    public void INSERT_gives_all_columns_by_their_types()
    {
        var insert = (BoundInsert)Run("INSERT INTO t (at, id, a) VALUES ('2024-01-31 10:00', 1, 2.6)");
        Assert.Equal("id integer, a integer, b text, at timestamp without time zone", string.Join(", ", insert.Rows.Columns));
    }

    private string Rows(string text) => ((BoundShow)Run(text)).Rows.Describe();

    private Relation Query(string text) => ((BoundQuery)Run(text)).Relation;

    private BoundStatement Run(string text) => CasesBindSpec.Run(text, _catalog);
}
