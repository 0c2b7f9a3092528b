namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>Views by key, by range, by SQL and as of an epoch: all rows of an answer are of one epoch.</summary>
public sealed class SqlViewSpec
{
    private const string Shop = """
        CREATE TABLE orders (id bigint PRIMARY KEY, customer text, day int, amount numeric);
        CREATE MATERIALIZED VIEW days AS SELECT customer, day, sum(amount) AS total FROM orders GROUP BY customer, day;
        CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
        INSERT INTO orders SELECT s, 'c' || s % 10, (s / 10)::int, s FROM generate_series(1::bigint, 200) AS s;
        """;

    [Fact]
    public async Task The_rows_of_a_key_of_its_first_values_and_of_a_range_follow_every_change()
    {
        await using SqlJob sql = await OpenAsync();
        SqlView days = sql.View("days");
        Assert.Equal(["customer", "day"], days.Key);
        Assert.Equal(["c3 | 2 | 23"], Shown(days.Find("c3", 2)));
        Assert.Equal(20, days.Find("c3").Rows.Count);
        Assert.Equal(["c3 | 18 | 183", "c3 | 19 | 193"], Shown(days.Range(["c3", 18], ["c3", 99])));
        Assert.Empty(days.Range(["c3", 5], ["c3", 4]).Rows);
        Assert.Empty(days.Find("nobody").Rows);

        await sql.ExecuteAsync("DELETE FROM orders WHERE id = 183; UPDATE orders SET amount = 0.5 WHERE id = 193; " +
            "INSERT INTO orders VALUES (999, 'c3', NULL, 7)");
        Assert.Equal(["c3 | 19 | 0.5"], Shown(days.Range(["c3", 18], ["c3", 99])));
        Assert.Equal(["c3 | 19 | 0.5", "c3 | NULL | 7"], Shown(days.Find("c3")).TakeLast(2));
        Assert.Equal(days.Epoch, days.Read().Epoch);

        // the job is started anew beneath it
        await sql.ExecuteAsync("CREATE MATERIALIZED VIEW more AS SELECT * FROM days; INSERT INTO orders VALUES (1000, 'c3', 19, 1)");
        Assert.Equal(["c3 | 19 | 1.5"], Shown(days.Find("c3", 19)));
    }

    [Theory]
    [InlineData("SELECT total FROM days WHERE customer = 'c3' AND day = 2", "scan days by key (customer = c3, day = 2)", "23")]
    [InlineData("SELECT total FROM days WHERE day BETWEEN 18 AND 50 AND customer = 'c3' ORDER BY 1",
        "scan days by a range of keys (customer = c3, day >= 18, day <= 50)", "183", "193")]
    [InlineData("SELECT id FROM orders WHERE id < 4 AND 1 < id ORDER BY id", "scan orders by a range of keys (id > 1, id < 4)", "2", "3")]
    [InlineData("SELECT id FROM orders WHERE id < 4 AND id > 5", "scan orders by a range of keys (id > 5, id < 4)")]
    [InlineData("SELECT t.total, d.total FROM totals t JOIN days d ON t.customer = d.customer WHERE t.customer = 'c1' AND d.day = 3",
        "scan days by key (customer = c1, day = 3)", "1920 | 31")]
    [InlineData("SELECT t.total FROM totals t LEFT JOIN days d ON t.customer = d.customer AND d.day = 77 WHERE t.customer = 'c1'",
        "scan totals by key (customer = c1)", "1920")]
    [InlineData("SELECT customer FROM (SELECT customer, count(*) AS n FROM days GROUP BY customer) AS x WHERE customer = 'c1' AND n = 20",
        "scan days by a range of keys (customer = c1)", "c1")]
    [InlineData("SELECT day FROM days WHERE day = 3 AND total > 38", "scan days  [", "3")]
    [InlineData("SELECT a.day FROM days a, days b WHERE a.customer = 'c1' AND a.day = 3 AND b.customer = 'c2' AND b.day = 4",
        "scan days  [", "3")]
    public async Task A_query_looks_at_the_rows_of_a_key_or_a_range_and_EXPLAIN_says_so(string query, string scan, params string[] rows)
    {
        await using SqlJob sql = await OpenAsync();
        Assert.Equal(rows, (await sql.QueryAsync(query)).Select(static row => row.ToString()));
        Assert.Contains(scan, string.Join('\n', (await sql.QueryAsync("EXPLAIN " + query)).Select(static row => row.Text(0))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_views_are_read_at_one_epoch_while_rows_come()
    {
        await using SqlJob sql = await OpenAsync();
        SqlTable orders = sql.Table("orders");
        var told = new List<Task>();
        for (long id = 1000; id < 1060; id++)
        {
            told.Add(orders.InsertAsync([id, "x", 0, 1m]));
            Task<long> commit = sql.Job!.CommitAsync();
            SqlResult result = Assert.Single(await sql.ExecuteAsync("SELECT (SELECT count(*) FROM orders WHERE customer = 'x'), " +
                "(SELECT coalesce(max(total), 0) FROM totals WHERE customer = 'x')"));
            Assert.Equal(result.Rows[0][1], (decimal)(long)result.Rows[0][0]!);
            Assert.True(result.Epoch > 0);
            await commit;
        }

        await Task.WhenAll(told);
    }

    [Fact]
    public async Task Rows_are_read_as_of_an_epoch_that_is_retained()
    {
        await using SqlJob sql = await OpenAsync();
        long epoch = await sql.CommitAsync();
        await sql.ExecuteAsync("DELETE FROM orders WHERE customer <> 'c1'");
        Assert.Equal(["c1 | 1920 | 20"], await GivenAsync("SELECT t.customer, t.total, d.n FROM totals t JOIN (SELECT customer, count(*) " +
            "AS n FROM days GROUP BY 1) AS d ON d.customer = t.customer"));
        Assert.Equal(["10 | 20100"], await GivenAsync($"SELECT count(*), sum(total) FROM totals AS OF {epoch}"));
        Assert.Equal(["c2 | 1940"], await GivenAsync($"SELECT * FROM totals WHERE customer = 'c2' AS OF {epoch}"));
        Assert.Equal(10, (await sql.View("totals").ReadAsOfAsync(epoch)).Rows.Count);

        await sql.ExecuteAsync("CREATE MATERIALIZED VIEW late AS SELECT * FROM totals");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => sql.QueryAsync($"SELECT * FROM late AS OF {epoch}"));
        Assert.Contains($"\"late\" was made after epoch {epoch}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"^^^^^", error.Message, StringComparison.Ordinal);
        for (int more = 0; more < 12; more++)
            await sql.CommitAsync();
        error = await Assert.ThrowsAsync<SqlException>(() => sql.QueryAsync($"SELECT * FROM totals AS OF {epoch}"));
        Assert.Equal("72000", error.SqlState);
        Assert.Contains("RetainEpochs", error.Message, StringComparison.Ordinal);

        async Task<string[]> GivenAsync(string query) => [.. (await sql.QueryAsync(query)).Select(static row => row.ToString())];
    }

    [Fact]
    public async Task What_has_no_such_key_says_so()
    {
        await using SqlJob sql = await OpenAsync();
        await sql.ExecuteAsync("CREATE TABLE plain (x int)");
        Assert.Contains("it has no key", Refused(static sql => sql.View("plain").Find(1)), StringComparison.Ordinal);
        Assert.Contains("its key is (customer), and 2 values are given", Refused(static sql => sql.View("totals").Find("a", 1)),
            StringComparison.Ordinal);
        Assert.Contains("column \"day\" (integer)", Refused(static sql => sql.View("days").Find("a", "b")), StringComparison.Ordinal);
        Assert.Contains("No rows are kept of \"nothing\"", Refused(static sql => sql.View("nothing")), StringComparison.Ordinal);

        string Refused(Action<SqlJob> ask) => Assert.Throws<SqlException>(() => ask(sql)).Message;
    }

    private static async Task<SqlJob> OpenAsync()
    {
        SqlJob sql = await SqlJob.OpenAsync("shop", options: new SqlJobOptions
        {
            Job = new JobOptions { EpochInterval = TimeSpan.FromHours(1), RetainEpochs = 10 },
        });
        await sql.ExecuteAsync(Shop);
        return sql;
    }

    private static string[] Shown(SqlSnapshot snapshot) => [.. snapshot.Rows.Select(static row => row.ToString())];
}
