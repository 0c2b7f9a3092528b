using ActorStreams.Tests;

namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>Sources and sinks of statements: files of three formats, topics, tables of the store, PostgreSQL, rows that are made
/// up.</summary>
public sealed class SqlConnectorsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sql-connectors").FullName;

    private SqlJobOptions Options => new() { Folder = _folder };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("avro")]
    public async Task Rows_go_from_a_file_to_files_and_come_back_the_same(string format)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "in.csv"), """
            id,name,amount,at,unused
            1,ann,9.99,2030-01-01T12:00:00Z,x
            2,,-0.5,2030-01-01T12:00:01.5Z,y

            """);
        await using (SqlJob sql = await SqlJob.OpenAsync("copy", null, Options))
        {
            await sql.ExecuteAsync($"""
                CREATE SOURCE given (id bigint, name text, amount numeric, at timestamptz, twice numeric GENERATED ALWAYS AS (amount * 2))
                    WITH (connector = 'file', path = 'in.csv');
                CREATE SINK copied AS SELECT id, name, amount, at, twice FROM given WITH (connector = 'file', path = 'out.{format}');
                """);
            await sql.CompleteAsync();
        }

        await using SqlJob again = await SqlJob.OpenAsync("read", null, Options);
        await again.ExecuteAsync($"""
            CREATE SOURCE copied (id bigint, name text, amount numeric, at timestamptz, twice numeric)
                WITH (connector = 'file', path = 'out.{format}');
            """);
        await ShouldGive(again, "SELECT id, name, amount::numeric(10,2), at, twice::numeric(10,2) FROM copied ORDER BY id",
            "1 | ann | 9.99 | 2030-01-01 12:00:00+00 | 19.98", "2 | NULL | -0.50 | 2030-01-01 12:00:01.5+00 | -1.00");
    }

    [Fact]
    public async Task A_job_goes_on_with_a_file_and_writes_each_row_once()
    {
        Store store = Store.InMemory();
        const string Script = """
            CREATE SOURCE numbers (n bigint, k bigint, at timestamp, WATERMARK FOR at AS at) WITH (connector = 'generate', rows = 5000, keys = 3);
            CREATE SINK odd AS SELECT n FROM numbers WHERE n % 2 = 1 WITH (connector = 'file', path = 'odd.csv');
            CREATE MATERIALIZED VIEW counts AS SELECT k, count(*) AS n FROM numbers GROUP BY k;
            """;
        await using (SqlJob sql = await SqlJob.OpenAsync("numbers", store, Options))
        {
            await sql.ExecuteAsync(Script);
            await sql.CommitAsync();
        }

        await using SqlJob again = await SqlJob.OpenAsync("numbers", store, Options);
        await again.ExecuteAsync(Script);
        await again.ReadToEndAsync();
        await ShouldGive(again, "SELECT k, n FROM counts ORDER BY k", "0 | 1667", "1 | 1667", "2 | 1666");
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(_folder, "odd.csv"));
        Assert.Equal(2501, lines.Length);
        Assert.Equal(2500, lines.Skip(1).Distinct().Count());
    }

    [Fact]
    public async Task Results_that_change_go_to_a_topic_of_changes_and_to_a_table_by_key()
    {
        MemoryStore store = Store.InMemory();
        await using SqlJob sql = await SqlJob.OpenAsync("writer", store, Options);
        await sql.ExecuteAsync("""
            CREATE TABLE orders (customer text, amount numeric);
            CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
            CREATE SINK to_topic FROM totals WITH (connector = 'topic', topic = 'totals', changes = true);
            CREATE SINK to_table FROM totals WITH (connector = 'table', table = 'totals');
            INSERT INTO orders VALUES ('ann', 1), ('bob', 2);
            INSERT INTO orders VALUES ('ann', 3);
            """);
        Assert.Equal(["ann 4", "bob 2"], store.ReadTable("totals").Select(static row => $"{row[0]} {row[1]}")
            .Order(StringComparer.Ordinal));

        await using SqlJob reader = await SqlJob.OpenAsync("reader", store, Options);
        await reader.ExecuteAsync("""
            CREATE TABLE totals (customer text, total numeric) WITH (connector = 'topic', topic = 'totals', changes = true);
            """);
        await foreach (SqlChanges told in reader.SubscribeAsync("totals"))
        {
            if (told.Changes.Any(static one => one.Row.ToString() == "ann | 4"))
                break;
        }

        await ShouldGive(reader, "SELECT customer, total FROM totals ORDER BY 1", "ann | 4", "bob | 2");
    }

    [Fact]
    public async Task A_table_of_PostgreSQL_is_followed_and_another_is_kept_in_step()
    {
        string database = PostgreSqlServer.Shared.NewDatabase();
        PostgreSqlServer.Execute(database, """
            CREATE TABLE orders (id int PRIMARY KEY, customer text, amount numeric);
            INSERT INTO orders VALUES (1, 'ann', 1), (2, 'bob', 2);
            """);
        await using SqlJob sql = await SqlJob.OpenAsync("captured", null, Options);
        await sql.ExecuteAsync($"""
            CREATE TABLE orders (id int PRIMARY KEY, customer text, amount numeric)
                WITH (connector = 'postgresql', connection = '{database}', "table" = 'orders');
            CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
            CREATE SINK written FROM totals WITH (connector = 'postgresql', connection = '{database}', "table" = 'totals');
            """);
        await UntilAsync(sql, "totals", "ann | 1");
        PostgreSqlServer.Execute(database, "UPDATE orders SET amount = 5 WHERE id = 1; DELETE FROM orders WHERE id = 2");
        await UntilAsync(sql, "totals", "ann | 5");
        await sql.CommitAsync();
        Assert.Equal("ann 5", PostgreSqlServer.Execute(database, "SELECT string_agg(customer || ' ' || total, ',') FROM totals"));
    }

    [Fact]
    public async Task A_sink_that_cannot_take_rows_back_is_refused()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("refused", null, Options);
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => sql.ExecuteAsync("""
            CREATE TABLE orders (customer text, amount numeric);
            CREATE SINK totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer
                WITH (connector = 'file', path = 'totals.csv');
            """));
        Assert.Contains("The sink \"totals\" only takes new rows, and the query takes rows back (upsert by (customer)).", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_an_option_is_told_with_the_nearest_name()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("refused", null, Options);
        SqlException connector = await Assert.ThrowsAsync<SqlException>(() =>
            sql.ExecuteAsync("CREATE SOURCE s (n int) WITH (connector = 'fil', path = 'x.csv')"));
        Assert.Equal("Perhaps \"file\" is meant.", connector.Hint);
        SqlException option = await Assert.ThrowsAsync<SqlException>(() =>
            sql.ExecuteAsync("CREATE SOURCE s (n int) WITH (connector = 'file', path = 'x.csv', headers = false)"));
        Assert.Contains("has no option headers", option.Message, StringComparison.Ordinal);
        Assert.Equal("Perhaps \"header\" is meant.", option.Hint);
    }

    private static async Task UntilAsync(SqlJob sql, string view, string row)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await foreach (SqlChanges told in sql.SubscribeAsync(view, cancellation: patience.Token))
        {
            if (told.Changes.Any(one => one.Weight > 0 && one.Row.ToString() == row))
                return;
        }
    }

    private static async Task ShouldGive(SqlJob sql, string query, params string[] rows) =>
        Assert.Equal(rows, (await sql.QueryAsync(query)).Select(row => row.ToString()));
}
