namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>A job made of statements: what it is told, what it answers, and that it goes on where it was.</summary>
public sealed class SqlJobSpec
{
    private const string Shop = """
        CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric);
        CREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) AS orders, sum(amount) AS total FROM orders GROUP BY customer;
        """;

    [Fact]
    public async Task A_view_follows_its_table()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 9.99), (2, 'bob', 5), (3, 'ann', 0.01);");
        await ShouldGive(sql, "SELECT * FROM totals ORDER BY customer", "ann | 2 | 10.00", "bob | 1 | 5");

        await sql.ExecuteAsync("UPDATE orders SET amount = amount * 2 WHERE customer = 'bob'; DELETE FROM orders WHERE id = 1;");
        await ShouldGive(sql, "SELECT customer, total FROM totals ORDER BY total DESC", "bob | 10", "ann | 0.01");
    }

    [Fact]
    public async Task Every_statement_says_what_it_did()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        IReadOnlyList<SqlResult> results = await sql.ExecuteAsync(Shop + """
            INSERT INTO orders VALUES (1, 'ann', 1);
            SELECT customer FROM totals;
            SHOW TABLES;
            DROP MATERIALIZED VIEW totals;
            """);
        Assert.Equal(["CREATE TABLE", "CREATE MATERIALIZED VIEW", "INSERT 0 1", "SELECT 1", "SHOW 1", "DROP MATERIALIZED VIEW"],
            results.Select(one => one.Tag));
        Assert.Contains("\"totals\": its state grows for ever", Assert.Single(results[1].Warnings), StringComparison.Ordinal);
        Assert.Equal("orders", results[4].Rows[0]["name"]);
    }

    [Fact]
    public async Task Opened_again_it_goes_on_with_all_that_was_defined()
    {
        Store store = Store.InMemory();
        await using (SqlJob sql = await SqlJob.OpenAsync("shop", store))
            await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1);");

        await using SqlJob again = await SqlJob.OpenAsync("shop", store);
        await again.ExecuteAsync("INSERT INTO orders VALUES (2, 'ann', 2);");
        await ShouldGive(again, "SELECT * FROM totals", "ann | 2 | 3");
    }

    [Fact]
    public async Task A_script_that_is_run_again_changes_nothing_and_another_definition_is_refused()
    {
        Store store = Store.InMemory();
        await using (SqlJob sql = await SqlJob.OpenAsync("shop", store))
            await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1);");

        await using SqlJob again = await SqlJob.OpenAsync("shop", store);
        await again.ExecuteAsync("create table orders (id bigint primary key, customer text, amount numeric)");
        await ShouldGive(again, "SELECT * FROM totals", "ann | 1 | 1");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() =>
            again.ExecuteAsync("CREATE MATERIALIZED VIEW totals AS SELECT customer FROM orders"));
        Assert.Equal("42P07", error.SqlState);
        Assert.Contains("The store of the job has another definition of \"totals\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_made_late_begins_with_the_rows_that_are_there()
    {
        Store store = Store.InMemory();
        await using (SqlJob sql = await SqlJob.OpenAsync("shop", store))
        {
            await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1), (2, 'bob', 2);");
            await sql.ExecuteAsync("CREATE MATERIALIZED VIEW large AS SELECT customer FROM totals WHERE total > 1");
            await ShouldGive(sql, "SELECT * FROM large", "bob");
            await sql.ExecuteAsync("INSERT INTO orders VALUES (3, 'ann', 1)");
            await ShouldGive(sql, "SELECT * FROM large ORDER BY 1", "ann", "bob");
        }

        await using SqlJob again = await SqlJob.OpenAsync("shop", store);
        await again.ExecuteAsync("DELETE FROM orders WHERE id = 2");
        await ShouldGive(again, "SELECT * FROM large", "ann");
    }

    [Fact]
    public async Task A_replaced_view_is_computed_anew()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1), (2, 'bob', 2);");
        await sql.ExecuteAsync("CREATE OR REPLACE MATERIALIZED VIEW totals AS SELECT max(amount) AS most FROM orders");
        await ShouldGive(sql, "SELECT most FROM totals", "2");
    }

    [Fact]
    public async Task A_key_is_unique()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() =>
            sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1); INSERT INTO orders VALUES (2, 'bob', 2), (1, 'bob', 2);"));
        Assert.Equal(("23505", SqlErrorCategory.Constraint), (error.SqlState, error.Category));
        await ShouldGive(sql, "SELECT * FROM orders", "1 | ann | 1");
    }

    [Fact]
    public async Task Rows_fulfil_what_their_table_says()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync("""
            CREATE TABLE t (a int NOT NULL CHECK (a > 0), b text DEFAULT 'none', twice int GENERATED ALWAYS AS (a * 2));
            INSERT INTO t (a) VALUES (4);
            """);
        await ShouldGive(sql, "SELECT * FROM t", "4 | none | 8");
        Assert.Equal("23514", (await Assert.ThrowsAsync<SqlException>(() => sql.ExecuteAsync("INSERT INTO t (a) VALUES (-4)"))).SqlState);
        Assert.Equal("23502", (await Assert.ThrowsAsync<SqlException>(() => sql.ExecuteAsync("INSERT INTO t (a) VALUES (NULL)"))).SqlState);
    }

    [Fact]
    public async Task A_subscription_begins_with_all_rows_and_goes_on_with_what_each_epoch_changes()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1);");
        await using IAsyncEnumerator<SqlChanges> changes = sql.SubscribeAsync("totals").GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.True(changes.Current.IsSnapshot);
        Assert.Equal("ann | 1 | 1", Assert.Single(changes.Current.Changes).Row.ToString());

        await sql.ExecuteAsync("INSERT INTO orders VALUES (2, 'ann', 2)");
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["-1 ann | 1 | 1", "1 ann | 2 | 3"], changes.Current.Changes.Select(one => $"{one.Weight} {one.Row}")
            .Order(StringComparer.Ordinal));

        // the job is started anew beneath it
        await sql.ExecuteAsync("CREATE MATERIALIZED VIEW other AS SELECT * FROM orders; INSERT INTO orders VALUES (3, 'bob', 5)");
        Assert.True(await changes.MoveNextAsync());
        Assert.Contains(changes.Current.Changes, one => one is { Weight: 1 } && one.Row.ToString() == "bob | 1 | 5");
    }

    [Fact]
    public async Task Windows_are_complete_by_the_watermark_of_the_table()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("clicks");
        await sql.ExecuteAsync("""
            CREATE TABLE clicks (page text, at timestamp, WATERMARK FOR at AS at - INTERVAL '5' SECOND) APPEND ONLY;
            CREATE MATERIALIZED VIEW counts AS
                SELECT page, window_end, count(*) AS n FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w
                GROUP BY page, window_start, window_end EMIT ON WINDOW CLOSE;
            INSERT INTO clicks VALUES ('a', '2030-01-01 12:00:10'), ('a', '2030-01-01 12:00:50'), ('a', '2030-01-01 12:01:04');
            """);
        await ShouldGive(sql, "SELECT * FROM counts");
        await sql.ExecuteAsync("INSERT INTO clicks VALUES ('b', '2030-01-01 12:01:05')");
        await sql.CommitAsync();   // a window that a row completes may be given with the epoch after the row's
        await ShouldGive(sql, "SELECT page, n FROM counts", "a | 2");
        SqlTable clicks = sql.Table("clicks");
        await Task.WhenAll(clicks.EndAsync(), sql.CommitAsync());
        await ShouldGive(sql, "SELECT page, n FROM counts ORDER BY page, n", "a | 1", "a | 2", "b | 1");
    }

    [Fact]
    public async Task What_a_statement_would_do_is_explained()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync(Shop);
        IReadOnlyList<SqlRow> plan = await sql.QueryAsync(
            "EXPLAIN SELECT customer, count(*) FROM orders WHERE amount > 1 GROUP BY customer");
        string text = string.Join('\n', plan.Select(row => row.Text(0)));
        Assert.Contains("aggregate count(*)", text, StringComparison.Ordinal);
        Assert.Contains("[upsert by (customer); state grows for ever (a group for each customer)]", text, StringComparison.Ordinal);
        Assert.Contains("scan orders  [upsert by (id)]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_groups_of_a_window_are_bounded_by_the_watermark()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("clicks");
        IReadOnlyList<SqlResult> results = await sql.ExecuteAsync("""
            CREATE TABLE clicks (page text, at timestamp, WATERMARK FOR at AS at) APPEND ONLY;
            CREATE MATERIALIZED VIEW counts AS
                SELECT page, window_end, count(*) AS n FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE)) AS w
                GROUP BY page, window_end;
            """);
        Assert.Empty(results[1].Warnings);
    }

    [Fact]
    public async Task A_row_on_which_a_query_fails_is_an_error_of_the_statement()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop");
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 0);");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => sql.QueryAsync("SELECT 1 / amount FROM orders"));
        Assert.Equal(("22012", SqlErrorCategory.DivisionByZero), (error.SqlState, error.Category));
        await ShouldGive(sql, "SELECT id FROM orders", "1");
    }

    private static async Task ShouldGive(SqlJob sql, string query, params string[] rows) =>
        Assert.Equal(rows, (await sql.QueryAsync(query)).Select(row => row.ToString()));
}
