namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>What joins keep of rows that the watermark has passed: nothing where the condition bounds how far apart the times of partners
/// are, and rows only come.</summary>
public sealed class JoinStateSpec
{
    private const int Rows = 400;
    private const string AppendOnly = "APPEND ONLY";
    private const string Bounds = "l.at BETWEEN r.at - INTERVAL '5' SECOND AND r.at + INTERVAL '10' SECOND";

    [Theory]
    [InlineData("JOIN", "")]
    [InlineData("LEFT JOIN", "")]
    [InlineData("RIGHT JOIN", "")]
    [InlineData("FULL JOIN", "")]
    [InlineData("JOIN", "EXISTS")]
    [InlineData("JOIN", "NOT EXISTS")]
    public async Task Rows_whose_partners_are_near_in_time_are_forgotten_once_none_can_come(string join, string how)
    {
        string query = how.Length > 0 ? $"SELECT l.id FROM l WHERE {how} (SELECT 1 FROM r WHERE l.k = r.k AND {Bounds})"
            : $"SELECT l.id AS a, r.id AS b FROM l {join} r ON l.k = r.k AND {Bounds}";
        long nothing = await SizeAsync(null), kept = await SizeAsync("SELECT l.id FROM l JOIN r ON l.k = r.k") - nothing;
        Assert.True(kept > Rows * 10, $"{kept} bytes: an unbounded join keeps every row of both sides.");

        // the two show the same rows
        long whole = await SizeAsync(query.Replace(Bounds, "l.at <> r.at", StringComparison.Ordinal)), bounded = await SizeAsync(query);
        Assert.True(whole - bounded > kept * 3 / 4, $"{whole - bounded} of {kept} bytes are not kept.");
    }

    [Fact]
    public async Task What_is_given_is_what_the_join_of_all_rows_gives()
    {
        string[] expected = await GivenAsync(AppendOnly, $"SELECT l.id AS a, r.id AS b FROM l FULL JOIN r ON l.k = r.k AND {Bounds}", 3);
        string[] all = await GivenAsync("", $"SELECT l.id AS a, r.id AS b FROM l FULL JOIN r ON l.k = r.k AND {Bounds}", 3);
        Assert.Equal(all, expected);
        Assert.True(all.Length > 100);
    }

    [Theory]
    [InlineData("APPEND ONLY", Bounds,
        "bounded by the watermark (left rows until it is 00:00:05 past their time, right rows until 00:00:10 past theirs)")]
    [InlineData("APPEND ONLY", "l.at = r.at",
        "bounded by the watermark (left rows until it is past their time, right rows until past theirs)")]
    [InlineData("APPEND ONLY", "l.at < r.at", "grows for ever (every row of the left side)")]
    [InlineData("APPEND ONLY", "l.at > r.at - INTERVAL '1' SECOND", "grows for ever (every row of the right side)")]
    [InlineData("", Bounds,
        "grows for ever (every row of both sides, since rows may be taken back: over APPEND ONLY the times would bound them)")]
    [InlineData("APPEND ONLY", "l.k = r.k", "grows for ever (every row of both sides)")]
    public async Task EXPLAIN_says_how_long_rows_are_kept(string kind, string condition, string state)
    {
        await using SqlJob sql = await SqlJob.OpenAsync("joins");
        await sql.ExecuteAsync(Tables(kind));
        string plan = string.Join('\n', (await sql.QueryAsync($"EXPLAIN SELECT 1 FROM l JOIN r ON {condition}"))
            .Select(static row => row.Text(0)));
        Assert.Contains($"state {state}]", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_join_is_bounded_also_where_every_change_is_given()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("joins");
        IReadOnlyList<SqlResult> results = await sql.ExecuteAsync(Tables("") + """
            CREATE MATERIALIZED VIEW v AS SELECT a.id FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS a
                JOIN TABLE(TUMBLE(TABLE r, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS b
                ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.k = b.k;
            """);
        Assert.Empty(results[^1].Warnings);
    }

    [Fact]
    public async Task A_row_that_is_late_is_dropped_and_counted_and_one_without_a_time_is_shown_alone()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("joins");
        await sql.ExecuteAsync(Tables("APPEND ONLY") + $"""
            CREATE MATERIALIZED VIEW v AS SELECT l.id AS a, r.id AS b FROM l LEFT JOIN r ON l.k = r.k AND {Bounds};
            INSERT INTO l VALUES (1, 7, '2030-01-01 12:01:00'), (2, 7, NULL);
            INSERT INTO r VALUES (1, 7, '2030-01-01 12:01:00');
            INSERT INTO l VALUES (3, 7, '2030-01-01 12:00:30');
            INSERT INTO l VALUES (4, 7, '2030-01-01 12:01:01'), (5, 7, NULL);
            """);
        Assert.Equal(["1 | 1", "2 | NULL", "4 | 1", "5 | NULL"], (await sql.QueryAsync("SELECT * FROM v ORDER BY a"))
            .Select(static row => row.ToString()));
    }

    private static string Tables(string kind) => $"""
        CREATE TABLE l (id int, k int, at timestamp, WATERMARK FOR at AS at) {kind};
        CREATE TABLE r (id int, k int, at timestamp, WATERMARK FOR at AS at) {kind};
        """;

    /// <summary>A row of each side every second; no two are partners.</summary>
    private static async Task FeedAsync(SqlJob sql)
    {
        var start = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
        for (int from = 0; from < Rows; from += Rows / 4)
        {
            object?[][] left = [.. Enumerable.Range(from, Rows / 4).Select(at => (object?[])[at, at % 3, start.AddSeconds(at)])];
            object?[][] right = [.. Enumerable.Range(from, Rows / 4).Select(at => (object?[])[at, 99, start.AddSeconds(at)])];
            Task[] told = [sql.Table("l").InsertAsync(left), sql.Table("r").InsertAsync(right)];
            await sql.CommitAsync();
            await Task.WhenAll(told);
        }
    }

    private static async Task<long> SizeAsync(string? view)
    {
        await using SqlJob sql = await SqlJob.OpenAsync("joins", Store.InMemory());
        await sql.ExecuteAsync(Tables(AppendOnly) + (view is null ? "" : $"CREATE MATERIALIZED VIEW v AS {view};"));
        await FeedAsync(sql);
        await sql.CommitAsync();
        return (await sql.Job!.SaveAsync("state")).SizeBytes;
    }

    private static async Task<string[]> GivenAsync(string kind, string view, int crashes)
    {
        Store store = Store.InMemory();
        SqlJob sql = await SqlJob.OpenAsync("joins", store);
        await sql.ExecuteAsync(Tables(kind) + $"CREATE MATERIALIZED VIEW v AS {view};");
        for (int run = 0; run < crashes; run++)
        {
            var start = new DateTime(2030, 1, 1, 0, run * 5, 0, DateTimeKind.Unspecified);
            var random = new Random(run);
            object?[][] Side(int to) => [.. Enumerable.Range(0, 60)
                .Select(at => (object?[])[(run * 100) + at, random.Next(3), start.AddSeconds((at * 3) + random.Next(to))])];
            Task[] told = [sql.Table("l").InsertAsync(Side(1)), sql.Table("r").InsertAsync(Side(1))];
            await sql.CommitAsync();
            await Task.WhenAll(told);
            await sql.DisposeAsync();
            sql = await SqlJob.OpenAsync("joins", store);
        }

        string[] rows = [.. (await sql.QueryAsync("SELECT * FROM v ORDER BY a, b")).Select(static row => row.ToString())];
        await sql.DisposeAsync();
        return rows;
    }
}
