using System.Text.Json;

namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>What queries with an event time show while rows come late, out of order, twice, or not at all: as cases in the format of
/// conformance. The process dies between steps, unless somebody subscribes.</summary>
public sealed class TimedQueriesSpec
{
    private const string Table = "CREATE TABLE t (id int, k varchar, n int, at timestamp, WATERMARK FOR at AS at - INTERVAL '10' SECOND)";
    private const string Other = "CREATE TABLE u (id int, k varchar, n int, at timestamp, WATERMARK FOR at AS at - INTERVAL '10' SECOND)";

    [Fact]
    public Task Sessions_grow_merge_and_split_with_every_change() => Shows(
        [Table],
        """
        SELECT id, window_start, window_end FROM
        TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(at), INTERVAL '5' SECOND)) AS w
        """,
        """
        { "insert": {"t": [[1, "a", 0, "2024-01-01T00:00:10"], [2, "a", 0, "2024-01-01T00:00:18"], [3, "b", 0, "2024-01-01T00:00:14"]]} }
        { "query": "v", "expect": [[1, "2024-01-01T00:00:10", "2024-01-01T00:00:15"], [2, "2024-01-01T00:00:18", "2024-01-01T00:00:23"],
          [3, "2024-01-01T00:00:14", "2024-01-01T00:00:19"]] }
        { "insert": {"t": [[4, "a", 0, "2024-01-01T00:00:14"], [4, "a", 0, "2024-01-01T00:00:14"]]} }
        { "query": "v", "expect": [[1, "2024-01-01T00:00:10", "2024-01-01T00:00:23"], [2, "2024-01-01T00:00:10", "2024-01-01T00:00:23"],
          [3, "2024-01-01T00:00:14", "2024-01-01T00:00:19"], [4, "2024-01-01T00:00:10", "2024-01-01T00:00:23"],
          [4, "2024-01-01T00:00:10", "2024-01-01T00:00:23"]] }
        { "delete": {"t": [[4, "a", 0, "2024-01-01T00:00:14"], [4, "a", 0, "2024-01-01T00:00:14"]]} }
        { "query": "v", "expect": [[1, "2024-01-01T00:00:10", "2024-01-01T00:00:15"], [2, "2024-01-01T00:00:18", "2024-01-01T00:00:23"],
          [3, "2024-01-01T00:00:14", "2024-01-01T00:00:19"]] }
        """);

    [Fact]
    public Task A_row_too_late_for_its_session_is_dropped_and_one_without_a_time_is_in_none() => Shows(
        [Table],
        """
        SELECT window_start, count(*) AS c FROM TABLE(SESSION(TABLE t, DESCRIPTOR(at), INTERVAL '5' SECOND)) AS w
        GROUP BY window_start, window_end
        """,
        """
        { "insert": {"t": [[1, "a", 0, "2024-01-01T00:00:10"], [2, "a", 0, null], [3, "a", 0, "2024-01-01T00:00:40"]]} }
        { "query": "v", "expect": [["2024-01-01T00:00:10", 1], ["2024-01-01T00:00:40", 1]] }
        { "insert": {"t": [[4, "a", 0, "2024-01-01T00:00:12"], [5, "a", 0, "2024-01-01T00:00:28"], [6, "a", 0, "2024-01-01T00:00:24"]]} }
        { "query": "v", "expect": [["2024-01-01T00:00:10", 1], ["2024-01-01T00:00:40", 1], ["2024-01-01T00:00:24", 2]] }
        """);

    [Fact]
    public Task Groups_of_windows_are_forgotten_when_they_close_and_late_rows_change_nothing() => Shows(
        [Table],
        """
        SELECT window_start, k, sum(n) AS s FROM TABLE(HOP(TABLE t, DESCRIPTOR(at), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) AS w
        GROUP BY window_start, window_end, k
        """,
        """
        { "insert": {"t": [[1, "a", 1, "2024-01-01T00:00:15"], [2, null, 2, "2024-01-01T00:00:15"]]} }
        { "query": "v", "expect": [["2024-01-01T00:00:00", "a", 1], ["2024-01-01T00:00:10", "a", 1], ["2024-01-01T00:00:00", null, 2],
          ["2024-01-01T00:00:10", null, 2]] }
        { "watermark": {"t": "2024-01-01T00:00:20"} }
        { "insert": {"t": [[3, "a", 10, "2024-01-01T00:00:16"]]}, "delete": {"t": [[2, null, 2, "2024-01-01T00:00:15"]]} }
        { "query": "v", "expect": [["2024-01-01T00:00:00", "a", 1], ["2024-01-01T00:00:10", "a", 11],
          ["2024-01-01T00:00:00", null, 2]] }
        """);

    [Fact]
    public Task Rows_of_closed_windows_find_no_partner() => Shows(
        [Table, Other],
        """
        SELECT a.id AS x, b.id AS y FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS a
        LEFT JOIN TABLE(TUMBLE(TABLE u, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS b
        ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.k = b.k
        """,
        """
        { "insert": {"t": [[1, "a", 0, "2024-01-01T00:00:01"], [2, "a", 0, "2024-01-01T00:00:11"]],
                     "u": [[7, "a", 0, "2024-01-01T00:00:02"], [7, "a", 0, "2024-01-01T00:00:02"], [8, null, 0, "2024-01-01T00:00:12"]]} }
        { "query": "v", "expect": [[1, 7], [1, 7], [2, null]] }
        { "watermark": {"t": "2024-01-01T00:00:10", "u": "2024-01-01T00:00:10"} }
        { "insert": {"u": [[9, "a", 0, "2024-01-01T00:00:03"], [10, "a", 0, "2024-01-01T00:00:13"]]} }
        { "query": "v", "expect": [[1, 7], [1, 7], [2, 10]] }
        """);

    [Fact]
    public Task What_was_given_when_a_window_closed_never_changes() => Shows(
        [Table],
        "SELECT id, at FROM t WHERE n > 0 EMIT ON WINDOW CLOSE",
        """
        { "insert": {"t": [[1, "a", 1, "2024-01-01T00:00:00"], [2, "a", 0, "2024-01-01T00:00:00"], [3, "a", 1, "2024-01-01T00:00:30"]]} }
        { "subscribe": "v", "expect": [[1, 1, "2024-01-01T00:00:00"]] }
        { "delete": {"t": [[1, "a", 1, "2024-01-01T00:00:00"], [3, "a", 1, "2024-01-01T00:00:30"]]} }
        { "insert": {"t": [[4, "a", 1, "2024-01-01T00:00:05"], [5, "a", 1, "2024-01-01T00:00:31"]]} }
        { "subscribe": "v", "expect": [[1, 4, "2024-01-01T00:00:05"]] }
        { "watermark": {"t": "end"} }
        { "subscribe": "v", "expect": [[1, 5, "2024-01-01T00:00:31"]] }
        """);

    [Fact]
    public Task A_quiet_input_ends_a_match_that_may_last_so_long_only() => Shows(
        [Table],
        """
        SELECT first, n FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY at MEASURES FIRST(id) AS first, COUNT(*) AS n
        PATTERN (A+) WITHIN INTERVAL '5' SECOND DEFINE A AS A.n > 0) AS m
        """,
        """
        { "insert": {"t": [[2, "a", 1, "2024-01-01T00:00:02"], [1, "a", 1, "2024-01-01T00:00:01"], [1, "b", 1, "2024-01-01T00:00:01"],
          [1, "b", 1, "2024-01-01T00:00:01"]]} }
        { "watermark": {"t": "2024-01-01T00:00:05"} }
        { "query": "v", "expect": [] }
        { "watermark": {"t": "2024-01-01T00:00:06"} }
        { "query": "v", "expect": [[1, 2], [1, 2]] }
        { "insert": {"t": [[3, "a", 1, "2024-01-01T00:00:03"], [4, "a", 1, "2024-01-01T00:00:07"], [5, "a", 0, "2024-01-01T00:00:08"]]} }
        { "watermark": {"t": "2024-01-01T00:00:09"} }
        { "query": "v", "expect": [[1, 2], [1, 2], [4, 1]] }
        """);

    [Fact]
    public Task A_row_meets_the_version_of_its_time_whatever_comes_first() => Shows(
        [Table, "CREATE TABLE p (k varchar PRIMARY KEY, price int, at timestamp, WATERMARK FOR at AS at)"],
        "SELECT t.id, p.price FROM t LEFT JOIN p FOR SYSTEM_TIME AS OF t.at AS p ON t.k = p.k",
        """
        { "insert": {"t": [[1, "a", 0, "2024-01-01T00:00:05"], [2, "a", 0, "2024-01-01T00:00:15"], [3, null, 0, "2024-01-01T00:00:05"]]} }
        { "insert": {"p": [["a", 10, "2024-01-01T00:00:00"]]} }
        { "update": {"p": [[["a", 10, "2024-01-01T00:00:00"], ["a", 20, "2024-01-01T00:00:10"]]]} }
        { "query": "v", "expect": [] }
        { "watermark": {"t": "2024-01-01T00:00:06"} }
        { "query": "v", "expect": [[1, 10], [3, null]] }
        { "watermark": {"t": "end", "p": "end"} }
        { "query": "v", "expect": [[1, 10], [2, 20], [3, null]] }
        """);

    private static async Task Shows(string[] tables, string view, string steps)
    {
        var read = new List<object>();
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(steps), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            Dictionary<string, object?> step =
                JsonElement.ParseValue(ref reader).EnumerateObject().ToDictionary(static one => one.Name, static one => (object?)one.Value);
            if (step.ContainsKey("query"))
                step["query"] = "SELECT * FROM v";
            read.Add(step);
        }

        string test = JsonSerializer.Serialize(new
        {
            id = view,
            features = Array.Empty<string>(),
            ddl = tables,
            views = new[] { $"CREATE MATERIALIZED VIEW v AS {view}" },
            steps = read,
        });
        await using var run = new SqlCaseRun(new Case(view, JsonDocument.Parse(test).RootElement), [2, 1],
            step => step % 2 == 1 && !steps.Contains("subscribe", StringComparison.Ordinal));
        string? fault = await run.RunAsync();
        Assert.True(fault is null, fault);
    }
}
