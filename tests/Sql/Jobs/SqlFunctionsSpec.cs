using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>Functions of the application's own in statements: aggregates, functions for each row, and functions that give rows.</summary>
public sealed class SqlFunctionsSpec
{
    private const string Sales = """
        CREATE TABLE sales (id bigint PRIMARY KEY, shop text, price double precision, weight double precision);
        INSERT INTO sales VALUES (1, 'a', 10, 1), (2, 'a', 40, 2), (3, 'b', 5, NULL), (4, 'b', 7, 1), (5, 'a', 10, 1);
        """;

    private static readonly SqlFunctions s_functions = new SqlFunctions()
        .Add("fee", (decimal price) => price * 0.1m)
        .AddAggregate<double, double?>("median", static rows => rows.Percentile(0.5, static value => value))
        .AddAggregate("weighted", Aggregate.Fold<(double Value, double Weight), Mean, double?>(
            static () => default,
            static (mean, row) => new Mean(mean.Sum + (row.Value * row.Weight), mean.Weight + row.Weight),
            static mean => mean.Weight == 0 ? null : mean.Sum / mean.Weight,
            retract: static (mean, row) => new Mean(mean.Sum - (row.Value * row.Weight), mean.Weight - row.Weight)))
        .AddAggregate<string, long>("about_different", static rows => rows.ApproximateDistinctCount(static text => text))
        .AddAggregate("texts", Aggregate.Fold<string, string, string>(
            static () => "", static (all, text) => $"{all}<{text}>", static all => all))
        .AddAggregate<int?, long>("with_nulls", static rows => rows.Count())
        .AddRows("words", (string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .AddRows("letters", (string text) => text
            .Select(static (one, at) => new Letter(one.ToString(), at, char.IsUpper(one) ? at : null)));

    [Fact]
    public async Task An_aggregate_of_several_arguments_takes_rows_back_and_leaves_out_those_with_NULL()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync(Sales + """
            CREATE MATERIALIZED VIEW means AS
                SELECT shop, weighted(price, weight) AS mean, median(price) FILTER (WHERE price > 6) AS mid FROM sales GROUP BY shop;
            CREATE MATERIALIZED VIEW whole AS SELECT weighted(price, weight) AS mean FROM sales WHERE shop = 'c';
            """);
        await ShouldGive(sql, "SELECT * FROM means ORDER BY shop", "a | 25 | 10", "b | 7 | 7");
        await ShouldGive(sql, "SELECT mean IS NULL FROM whole", "true");

        await sql.ExecuteAsync("DELETE FROM sales WHERE id = 2; UPDATE sales SET weight = 3 WHERE id = 3");
        await ShouldGive(sql, "SELECT * FROM means ORDER BY shop", "a | 10 | 10", "b | 5.5 | 7");
    }

    [Fact]
    public async Task An_aggregate_that_cannot_take_rows_back_keeps_them_where_they_may_go_and_EXPLAIN_says_so()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync("""
            CREATE TABLE t (id int PRIMARY KEY, x text);
            CREATE TABLE log (x text) APPEND ONLY;
            CREATE MATERIALIZED VIEW v AS SELECT about_different(x) AS n FROM t;
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b'), (4, NULL);
            """);
        await ShouldGive(sql, "SELECT n FROM v", "2");
        await sql.ExecuteAsync("DELETE FROM t WHERE id IN (2, 3)");
        await ShouldGive(sql, "SELECT n FROM v", "1");
        await sql.ExecuteAsync("DELETE FROM t");
        await ShouldGive(sql, "SELECT n FROM v", "0");

        Assert.Contains("one row and every value for about_different", await Explained(sql, "SELECT about_different(x) FROM t"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("every value", await Explained(sql, "SELECT about_different(x) FROM log"), StringComparison.Ordinal);
        Assert.DoesNotContain("every value", await Explained(sql, "SELECT weighted(id, id) FROM t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DISTINCT_and_ORDER_BY_say_which_rows_an_aggregate_is_given_and_in_which_order()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync("""
            CREATE TABLE t (id int PRIMARY KEY, x text);
            INSERT INTO t VALUES (1, 'b'), (2, 'a'), (3, 'b'), (4, NULL);
            CREATE MATERIALIZED VIEW v AS SELECT texts(DISTINCT x) AS once, texts(x ORDER BY id DESC) AS ordered FROM t;
            """);
        await ShouldGive(sql, "SELECT * FROM v", "<a><b> | <b><a><b>");
        await sql.ExecuteAsync("DELETE FROM t WHERE id = 1");
        await ShouldGive(sql, "SELECT * FROM v", "<a><b> | <b><a>");
    }

    [Fact]
    public async Task A_part_that_may_be_null_takes_NULL()
    {
        await using SqlJob sql = await OpenAsync();
        await ShouldGive(sql, "SELECT with_nulls(x), count(x) FROM (VALUES (1), (NULL), (NULL)) AS t (x)", "3 | 1");
    }

    [Fact]
    public async Task An_aggregate_stands_with_OVER()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync(Sales);
        await ShouldGive(sql, """
            SELECT id, median(price) OVER (PARTITION BY shop ORDER BY id), texts(shop) OVER (ORDER BY id ROWS 1 PRECEDING)
            FROM sales ORDER BY id
            """, "1 | 10 | <a>", "2 | 25 | <a><a>", "3 | 5 | <a><b>", "4 | 6 | <b><b>", "5 | 10 | <b><a>");
    }

    [Theory]
    [InlineData("EMIT CHANGES", "10 | 2", "30 | 1", "7 | 1")]
    [InlineData("EMIT ON WINDOW CLOSE", "10 | 2")]
    public async Task An_aggregate_of_windows_goes_on_after_a_restart(string emit, params string[] expected)
    {
        Store store = Store.InMemory();
        await using (SqlJob before = await OpenAsync(store))
        {
            await before.ExecuteAsync($"""
                CREATE TABLE clicks (x double precision, page text, at timestamp, WATERMARK FOR at AS at) APPEND ONLY;
                CREATE MATERIALIZED VIEW v AS
                    SELECT median(x) AS mid, about_different(page) AS n
                    FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w GROUP BY window_start, window_end {emit};
                INSERT INTO clicks VALUES (5, 'a', '2030-01-01 12:00:10'), (10, 'b', '2030-01-01 12:00:20');
                """);
        }

        await using SqlJob sql = await OpenAsync(store);
        await sql.ExecuteAsync("""
            INSERT INTO clicks VALUES (20, 'a', '2030-01-01 12:00:30'), (30, 'c', '2030-01-01 12:01:30');
            INSERT INTO clicks VALUES (99, 'late', '2030-01-01 12:00:30');
            """);
        if (emit == "EMIT CHANGES")
            await sql.ExecuteAsync("INSERT INTO clicks VALUES (7, 'z', '2030-01-01 12:05:30')");
        await ShouldGive(sql, "SELECT * FROM v ORDER BY n DESC, mid DESC", expected);
    }

    [Fact]
    public async Task An_aggregate_of_a_pattern_folds_the_rows_of_a_variable()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync("""
            CREATE TABLE p (x double precision, at timestamp, WATERMARK FOR at AS at) APPEND ONLY;
            CREATE MATERIALIZED VIEW v AS SELECT * FROM p MATCH_RECOGNIZE (ORDER BY at MEASURES median(UP.x) AS mid
                PATTERN (START_ UP+ DOWN) DEFINE UP AS UP.x > PREV(UP.x), DOWN AS DOWN.x < PREV(DOWN.x)) AS m;
            INSERT INTO p VALUES (1, '2030-01-01 12:00:01'), (3, '2030-01-01 12:00:02'), (9, '2030-01-01 12:00:03'),
                (2, '2030-01-01 12:00:04'), (2, '2030-01-01 12:00:05');
            """);
        await ShouldGive(sql, "SELECT mid FROM v", "6");
    }

    [Fact]
    public async Task A_function_gives_any_number_of_rows_for_each_row_and_takes_them_away_with_it()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync("""
            CREATE TABLE notes (id int PRIMARY KEY, text text);
            CREATE MATERIALIZED VIEW v AS SELECT id, word FROM notes, words(text) AS w (word);
            CREATE MATERIALIZED VIEW counts AS SELECT word, count(*) AS n FROM notes, words(notes.text) AS word GROUP BY word;
            CREATE MATERIALIZED VIEW kept AS
                SELECT id, w.* FROM notes LEFT JOIN LATERAL words(text) WITH ORDINALITY AS w (word, o) ON TRUE;
            INSERT INTO notes VALUES (1, 'to be or  to be'), (2, ''), (3, NULL), (4, 'not to be');
            """);
        await ShouldGive(sql, "SELECT * FROM v ORDER BY id, word", "1 | be", "1 | be", "1 | or", "1 | to", "1 | to", "4 | be", "4 | not",
            "4 | to");
        await ShouldGive(sql, "SELECT * FROM counts ORDER BY word", "be | 3", "not | 1", "or | 1", "to | 3");
        await ShouldGive(sql, "SELECT id, word, o FROM kept WHERE id > 1 ORDER BY id, o", "2 | NULL | NULL", "3 | NULL | NULL",
            "4 | not | 1", "4 | to | 2", "4 | be | 3");

        await sql.ExecuteAsync("DELETE FROM notes WHERE id = 1; UPDATE notes SET text = 'be' WHERE id = 2");
        await ShouldGive(sql, "SELECT * FROM v ORDER BY id, word", "2 | be", "4 | be", "4 | not", "4 | to");
        await ShouldGive(sql, "SELECT * FROM counts ORDER BY word", "be | 2", "not | 1", "to | 1");
        await ShouldGive(sql, "SELECT id, word FROM kept WHERE id < 4 ORDER BY id", "2 | be", "3 | NULL");
        Assert.Contains("flat map words(", await Explained(sql, "SELECT * FROM notes JOIN words(text) AS w (x) ON x <> 'be'"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_properties_of_what_a_function_gives_are_columns()
    {
        await using SqlJob sql = await OpenAsync();
        await ShouldGive(sql, "SELECT * FROM letters('aB')", "a | 0 | NULL", "B | 1 | 1");
        await ShouldGive(sql, "SELECT text, n, \"upper\" FROM letters('aB') WITH ORDINALITY AS l (text, place, \"upper\", n)",
            "a | 1 | NULL", "B | 2 | 1");
        await ShouldGive(sql, "SELECT w.word, l.text FROM words('ab c') AS w (word), letters(w.word) AS l WHERE place = 0", "ab | a",
            "c | c");
    }

    [Fact]
    public async Task The_functions_of_SQL_that_give_rows_do()
    {
        await using SqlJob sql = await OpenAsync();
        await ShouldGive(sql, "SELECT * FROM generate_series(1, 7, 3) AS s", "1", "4", "7");
        await ShouldGive(sql, "SELECT * FROM generate_series(3, 1)");
        await ShouldGive(sql, "SELECT s FROM generate_series(1.5, 0, -0.5) AS s", "1.5", "1.0", "0.5", "0.0");
        await ShouldGive(sql, "SELECT s FROM generate_series(timestamp '2030-01-31', '2030-03-31', '1 month') AS s", "2030-01-31 00:00:00",
            "2030-02-28 00:00:00", "2030-03-28 00:00:00");
        await ShouldGive(sql, "SELECT x, n FROM unnest(ARRAY['a', NULL, 'b']) WITH ORDINALITY AS u (x, n)", "a | 1", "NULL | 2", "b | 3");
        await ShouldGive(sql, "SELECT * FROM unnest(ARRAY[1, NULL]) AS u", "1", "NULL");
        await ShouldGive(sql, "SELECT value FROM json_array_elements_text('[1, \"two\", null]')", "1", "two", "NULL");
        await ShouldGive(sql, "SELECT * FROM regexp_split_to_table('a1b22c', '[0-9]+') AS x", "a", "b", "c");
        Assert.Equal("22023", (await Assert.ThrowsAsync<SqlException>(() => sql.QueryAsync("SELECT * FROM generate_series(1, 2, 0) AS s")))
            .SqlState);
        Assert.Contains("extract elements from a scalar", (await Assert.ThrowsAsync<SqlException>(() =>
            sql.QueryAsync("SELECT * FROM json_array_elements('1') AS x"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT medan(1.0)", "function medan(numeric) does not exist", "median")]
    [InlineData("SELECT * FROM wrods('a b') AS w", "There is no function wrods(unknown) that gives rows.", "words")]
    [InlineData("SELECT median('x'::bytea)", "function median(bytea) does not exist", "There are functions of this name")]
    [InlineData("SELECT words('a b')", "function words(unknown) does not exist", "words gives rows: it stands in FROM.")]
    [InlineData("SELECT * FROM fee(2) AS f", "There is no function fee(integer) that gives rows.", "fee gives one value")]
    [InlineData("SELECT meidan(1) OVER ()", "There is no function meidan.", "median")]
    [InlineData("SELECT fee(DISTINCT 1)", "fee is no aggregate", "")]
    public async Task A_call_of_nothing_names_what_there_is(string query, string fault, string hint)
    {
        await using SqlJob sql = await OpenAsync();
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => sql.QueryAsync(query));
        Assert.Contains(fault, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.Contains("^", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stored_view_whose_function_is_gone_says_which_it_was()
    {
        Store store = Store.InMemory();
        await using (SqlJob sql = await OpenAsync(store))
            await sql.ExecuteAsync("CREATE TABLE t (x double precision); CREATE MATERIALIZED VIEW v AS SELECT median(x) AS m FROM t");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => SqlJob.OpenAsync("functions", store));
        Assert.Contains("function median(double precision) does not exist", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_SQL_has_no_type_for_is_refused_when_it_is_added()
    {
        Assert.Contains("SQL has no type for its argument 1, Object", Refused(static () =>
            new SqlFunctions().AddAggregate<(object X, int Y), long>("bad", static rows => rows.Count())), StringComparison.Ordinal);
        Assert.Contains("SQL has no type for its result", Refused(static () =>
            new SqlFunctions().AddAggregate<int, (long, long)>("bad", static rows => rows.Count().Count())), StringComparison.Ordinal);
        Assert.Contains("SQL has one of this name", Refused(static () =>
            new SqlFunctions().AddAggregate<int, long>("Max", static rows => rows.Count())), StringComparison.Ordinal);
        Assert.Contains("gives Int32, which is no sequence of rows", Refused(static () =>
            new SqlFunctions().AddRows("bad", (int x) => x)), StringComparison.Ordinal);
        Assert.Contains("SQL has no type for parameter 1", Refused(static () =>
            new SqlFunctions().AddRows("bad", (object x) => new[] { 1 })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_of_a_pipeline_calls_them_too()
    {
        var bids = new TestSource<Letter>();
        var results = new TestSink<Change<(string, double?)>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline
            .Sql("q", "SELECT w.text AS item1, median(rows.place) AS item2 FROM rows, letters(rows.text) AS w GROUP BY w.text", from => from
                .Stream("rows", pipeline.Read("rows", bids)).Functions(s_functions))
            .ToChanges<(string, double?)>()
            .Write("out", results));

        bids.Element(new Letter("ab", 4, null)).Element(new Letter("b", 8, null));
        test.CrashAndRestore().Commit();

        Assert.Equal([("a", 4.0, 1), ("b", 4.0, 1), ("b", 4.0, -1), ("b", 6.0, 1)],
            results.Committed.Select(static one => (one.Row.Item1, one.Row.Item2!.Value, one.Weight)).OrderBy(static one => one.Item1)
                .ThenBy(static one => one.Item2));
    }

    private static string Refused(Action add) => Assert.Throws<PipelineException>(add).Message;

    private static Task<SqlJob> OpenAsync(Store? store = null) =>
        SqlJob.OpenAsync("functions", store, new SqlJobOptions { Functions = s_functions });

    private static async Task<string> Explained(SqlJob sql, string query) =>
        string.Join('\n', (await sql.QueryAsync("EXPLAIN " + query)).Select(static row => row.Text(0)));

    private static async Task ShouldGive(SqlJob sql, string query, params string[] rows) =>
        Assert.Equal(rows, (await sql.QueryAsync(query)).Select(static row => row.ToString()));

    private readonly record struct Mean(double Sum, double Weight);

    private sealed record Letter(string Text, int Place, int? Upper);
}
