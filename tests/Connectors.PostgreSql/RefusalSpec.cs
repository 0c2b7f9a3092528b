using ActorStreams.Authoring;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>What cannot be captured is refused at the start, with a remedy.</summary>
public sealed class RefusalSpec : IDisposable
{
    private static readonly CaptureOptions s_impatient = new() { RetryFor = TimeSpan.Zero };
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public sealed record Row(int Id, string? Text);

    public sealed record OtherRow(int Id, int Number);

    private async Task<string> ErrorAsync<T>(string table, CaptureOptions? options = null, string? connection = null)
    {
        Exception error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using Job job = await CaptureRun.StartAsync(
                CaptureRun.Table(PostgreSqlTable.Upserts<int, T>(connection ?? _database.ConnectionString, table, options ?? s_impatient),
                $"refused-{table}"), store: null);
            await job.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        });
        return error.Message;
    }

    [Fact]
    public async Task Tables_that_cannot_be_captured()
    {
        _database.Execute("""
            CREATE TABLE nokey (id int, text text);
            CREATE TABLE noidentity (id int PRIMARY KEY, text text); ALTER TABLE noidentity REPLICA IDENTITY NOTHING;
            CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY, text text);
            CREATE VIEW aview AS SELECT 1 AS id, '' AS text;
            CREATE TABLE good (id int PRIMARY KEY, text text);
            CREATE PUBLICATION other FOR TABLE nokey;
            CREATE PUBLICATION partly FOR TABLE good WITH (publish = 'insert, update')
            """);
        Assert.Contains("there is no table public.missing", await ErrorAsync<Row>("missing"), StringComparison.Ordinal);
        Assert.Contains("has no primary key", await ErrorAsync<Row>("nokey"), StringComparison.Ordinal);
        Assert.Contains("REPLICA IDENTITY DEFAULT", await ErrorAsync<Row>("noidentity"), StringComparison.Ordinal);
        Assert.Contains("SET LOGGED", await ErrorAsync<Row>("unlogged"), StringComparison.Ordinal);
        Assert.Contains("is not a table", await ErrorAsync<Row>("aview"), StringComparison.Ordinal);
        Assert.Contains("CREATE PUBLICATION \"missing\"", await ErrorAsync<Row>("good", s_impatient with { Publication = "missing" }),
            StringComparison.Ordinal);
        Assert.Contains("ADD TABLE \"public\".\"good\"", await ErrorAsync<Row>("good", s_impatient with { Publication = "other" }),
            StringComparison.Ordinal);
        Assert.Contains("leaves out inserts, updates or deletes",
            await ErrorAsync<Row>("good", s_impatient with { Publication = "partly" }), StringComparison.Ordinal);
        Assert.Contains("no column for OtherRow.Number", await ErrorAsync<OtherRow>("good"), StringComparison.Ordinal);
        Assert.Contains("is not the name of a replication slot", await ErrorAsync<Row>("good", s_impatient with { Slot = "No Slot" }),
            StringComparison.Ordinal);
        SourceException full = await Assert.ThrowsAsync<SourceException>(async () =>
        {
            var pipeline = Pipeline.Create("refused-changes");
            pipeline.Read("rows", PostgreSqlTable.Changes<Row>(_database.ConnectionString, "good")).ToTable("table", row => row.Id)
                .Materialize("view");
            await using Job job = await CaptureRun.StartAsync(pipeline, store: null);
        });
        Assert.Contains("REPLICA IDENTITY FULL", full.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_without_rights_and_servers_without_a_logical_log()
    {
        _database.Execute("""
            CREATE TABLE good (id int PRIMARY KEY, text text);
            DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON good TO reader;
            DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN REPLICATION;
            CREATE PUBLICATION made FOR TABLE good
            """);
        CaptureOptions named = s_impatient with { Publication = "made" };
        Assert.Contains("ALTER ROLE", await ErrorAsync<Row>("good", named, _database.As("reader")), StringComparison.Ordinal);
        Assert.Contains("GRANT SELECT", await ErrorAsync<Row>("good", named, _database.As("stranger")), StringComparison.Ordinal);
        Assert.Contains("must own the table", await ErrorAsync<Row>("good", s_impatient, _database.As("reader")), StringComparison.Ordinal);
        Assert.Contains("Check that the server runs",
            await ErrorAsync<Row>("good", s_impatient, "Host=127.0.0.1;Port=1;Username=u;Password=c4n4ry"), StringComparison.Ordinal);

        string folder = TestDatabase.NewFolder();
        using (PostgreSqlServer replica = PostgreSqlServer.StartIn(folder, "wal_level=replica"))
        {
            TestDatabase.Execute(replica.ConnectionString, "CREATE TABLE good (id int PRIMARY KEY, text text)");
            Assert.Contains("wal_level = logical", await ErrorAsync<Row>("good", connection: replica.ConnectionString),
                StringComparison.Ordinal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_slot_that_is_gone_or_ahead_and_values_that_were_not_sent()
    {
        _database.Execute("CREATE TABLE good (id int PRIMARY KEY, text text); INSERT INTO good VALUES (1, 'one')");
        await using Store store = Store.InMemory();
        await using (Job job = await StartAsync())
        {
            await job.ShouldShowAsync<int, Row>((id, row) => row.Text!, () => ["one"]);
            await job.StopAsync();
        }

        _database.Execute("INSERT INTO good VALUES (2, 'two')");
        string slot = _database.Rows("SELECT slot_name::text FROM pg_replication_slots WHERE database = current_database()")[0];
        while (_database.Execute($"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{slot}' AND " +
            $"active") is not 0L)   // until the server has noticed that the job has gone
            await Task.Delay(10);
        _database.Execute($"SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())");
        Assert.Contains("somebody else has read the slot", (await Assert.ThrowsAsync<SourceException>(StartAsync)).Message,
            StringComparison.Ordinal);
        _database.Execute($"SELECT pg_drop_replication_slot('{slot}')");
        Assert.Contains("is not there any more", (await Assert.ThrowsAsync<SourceException>(StartAsync)).Message, StringComparison.Ordinal);

        _database.Execute("INSERT INTO good SELECT 3, string_agg(md5(i::text), '') FROM generate_series(1, 1000) i");
        await using Job toasted = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<int, Row>(_database.ConnectionString, "good"), "toast"), store);
        await toasted.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "2", "3"]);
        _database.Execute("UPDATE good SET id = 4 WHERE id = 3");
        JobException error = await Assert.ThrowsAsync<JobException>(() => toasted.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("REPLICA IDENTITY FULL", error.Message, StringComparison.Ordinal);

        Task<Job> StartAsync() =>
            CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<int, Row>(_database.ConnectionString, "good", s_impatient), "refused"), store);
    }
}
