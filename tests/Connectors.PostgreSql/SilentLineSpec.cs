using ActorStreams.Authoring;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>The line to a captured table falls silent, and nobody closes it: a capture notices, goes on by another one, and can be
/// ended.</summary>
public sealed class SilentLineSpec : IAsyncLifetime
{
    private readonly TestDatabase _database = new();
    private readonly BreakingLine _line;

    public SilentLineSpec()
    {
        _line = new BreakingLine(_database.ConnectionString);
        _database.Execute($"""
            CREATE TABLE items (id int PRIMARY KEY, note text NOT NULL);
            INSERT INTO items SELECT i, repeat('x', i % 100) FROM generate_series(1, 5000) i;
            ALTER DATABASE {_database.Name} SET wal_sender_timeout = '1s'
            """);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _line.DisposeAsync();
        _database.Dispose();
    }

    public sealed record Item(int Id, string Note);

    [Fact]
    public async Task A_snapshot_and_the_stream_go_on_by_another_line()
    {
        await using Store store = Store.InMemory();
        _line.BreakAfter(LineBreak.FromServer, 100_000, silently: true);
        await using Job job = await StartAsync(store);
        await ShowsAsync(job);
        Assert.Equal(0, _line.BreaksLeft);

        _database.Execute("UPDATE items SET note = 'first' WHERE id % 2 = 0");
        await ShowsAsync(job);
        _line.BreakAfter(LineBreak.FromServer, 10_000, silently: true);
        for (int round = 0; _line.BreaksLeft > 0; round++)
            _database.Execute($"UPDATE items SET note = 'round {round}' WHERE id % 10 = 0");
        await ShowsAsync(job);
    }

    [Fact]
    public async Task The_stream_goes_on_after_a_silence_within_a_message()
    {
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync(store);
        await ShowsAsync(job);
        await FallSilentWithinAMessageAsync();
        await ShowsAsync(job);
    }

    [Fact]
    public async Task What_takes_the_server_long_is_waited_for()
    {
        await using Store store = Store.InMemory();
        using var open = new Npgsql.NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await open.OpenAsync();
        await using Npgsql.NpgsqlTransaction transaction = await open.BeginTransactionAsync();
        await using (var insert = new Npgsql.NpgsqlCommand("INSERT INTO items VALUES (-1, 'open')", open))
            await insert.ExecuteNonQueryAsync();
        await using Job job = await StartAsync(store, retryFor: TimeSpan.Zero, silenceLimit: TimeSpan.FromSeconds(2), timeouts: "");
        int calls = await WaitForSlotAsync();   // the slot waits for the transaction's end
        // the server is asked again only if the first answer was that it is at work
        while (_line.Calls < calls + 2 && !job.Completion.IsCompleted)
            await Task.Delay(20);
        Assert.False(job.Completion.IsCompleted);
        await transaction.CommitAsync();
        await ShowsAsync(job);
    }

    public enum Moment
    {
        InASnapshot,
        BetweenMessages,
        WithinAMessage,
        WhileTheServerIsAskedForItsTime,
    }

    [Theory]
    [InlineData(Moment.InASnapshot)]
    [InlineData(Moment.BetweenMessages)]
    [InlineData(Moment.WithinAMessage)]
    [InlineData(Moment.WhileTheServerIsAskedForItsTime)]
    public async Task A_job_is_disposed_of_soon(Moment moment)
    {
        await using Store store = Store.InMemory();
        if (moment == Moment.InASnapshot)
            _line.BreakAfter(LineBreak.FromServer, 100_000, silently: true);
        Job job = await StartAsync(store, silenceLimit: TimeSpan.FromHours(1), timeouts: "");
        if (moment == Moment.InASnapshot)
        {
            while (_line.BreaksLeft > 0)
                await Task.Delay(10);
        }
        else
        {
            await ShowsAsync(job);
            // until the stream has begun
            while (_database.Execute("SELECT active FROM pg_replication_slots WHERE database = current_database()") is not true)
                await Task.Delay(10);
        }

        if (moment == Moment.WithinAMessage)
            await FallSilentWithinAMessageAsync();
        _line.FallSilent();
        if (moment == Moment.WhileTheServerIsAskedForItsTime)
            await Task.Delay(1500);   // it is asked after a second
        await job.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(14));   // the driver alone takes 15 seconds for each connection
    }

    [Fact]
    public async Task A_job_that_ends_within_a_snapshot_does_not_read_the_rest_of_it()
    {
        _database.Execute("INSERT INTO items SELECT i, repeat('x', 1000) FROM generate_series(10000, 60000) i");
        await using Store store = Store.InMemory();
        using var gate = new ManualResetEventSlim();
        var pipeline = Pipeline.Create("silent_line");
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Item>(_line.ConnectionString, "items")).ToTable("table")
            .Filter((_, _) => Passed(gate)).Materialize("view");
        Job job = await CaptureRun.StartAsync(pipeline, store, CaptureRun.Quick with { BatchRows = 16 });
        while (job.Metrics.Sources["rows"].Rows == 0)
            await Task.Delay(1);
        ValueTask disposing = job.DisposeAsync();
        gate.Set();
        await disposing;
        Assert.InRange(_line.Brought, 0, 40_000_000);
    }

    private static bool Passed(ManualResetEventSlim gate)
    {
        gate.Wait();
        return true;
    }

    /// <returns>How many connections there were by then.</returns>
    private async Task<int> WaitForSlotAsync()
    {
        while (_database.Rows(
            "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'walsender' AND query LIKE 'CREATE_REPLICATION_SLOT%'").Length == 0)
            await Task.Delay(20);
        return _line.Calls;
    }

    private async Task FallSilentWithinAMessageAsync()
    {
        _line.BreakAfter(LineBreak.FromServer, 50_000, silently: true);
        _database.Execute("INSERT INTO items VALUES (-2, repeat('x', 1000000))");
        while (_line.BreaksLeft > 0)
            await Task.Delay(10);
    }

    private Task ShowsAsync(Job job) =>
        job.ShouldShowAsync<int, Item>((id, item) => $"{id} {item.Note}", () => _database.Rows("SELECT id || ' ' || note FROM items"));

    private Task<Job> StartAsync(Store store, TimeSpan? retryFor = null, TimeSpan? silenceLimit = null, string timeouts = ";Timeout=1")
    {
        var options = new CaptureOptions
        {
            SilenceLimit = silenceLimit ?? TimeSpan.FromSeconds(1),
            RetryFor = retryFor
            ?? TimeSpan.FromMinutes(1)
        };
        return CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<int, Item>(_line.ConnectionString + timeouts, "items", options), "silent_line"),
            store);
    }
}
