using System.Diagnostics;
using ActorStreams.Authoring;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>The event time of a captured table goes on while nobody changes it, and no change is late by that.</summary>
public sealed class SilenceSpec : IDisposable
{
    private readonly TestDatabase _database = new();

    public SilenceSpec() =>
        _database.Execute(
        "CREATE TABLE settings (id int PRIMARY KEY, value text); INSERT INTO settings VALUES (1, 'one'); CREATE TABLE others (id int)");

    public void Dispose() => _database.Dispose();

    public sealed record Setting(int Id, string? Value);

    [Fact]
    public async Task A_table_that_is_never_changed_keeps_up_with_the_server_s_time()
    {
        await using Store store = Store.InMemory();
        await using Job silent = await StartAsync("silent", new CaptureOptions(), store);
        await using Job waiting = await StartAsync("waiting", new CaptureOptions { AdvanceWhenSilent = false }, store);
        long start = ServerTime();
        await UntilAsync(() => Watermark(silent) >= start);
        Assert.True(Watermark(silent) <= ServerTime() - 1_000_000);
        Assert.Equal(EventTime.MinValue, Watermark(waiting));
        Assert.Equal(0, silent.Metrics.Sources["rows"].Late);
    }

    [Fact]
    [Trait("Issue", "C5")]
    public async Task A_transaction_that_is_open_elsewhere_does_not_hold_the_watermark()
    {
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync("held", new CaptureOptions(), store);
        await job.ShouldShowAsync<int, Setting>((key, _) => $"{key}", () => ["1"]);
        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlTransaction open = await connection.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO others VALUES (1)", connection);
        for (int round = 0; round < 2; round++)
        {
            await insert.ExecuteNonQueryAsync();                    // in the log, and nobody flushes it
            long start = ServerTime();
            await UntilAsync(() => Watermark(job) >= start);
        }

        await open.RollbackAsync();
        Assert.Equal(0, job.Metrics.Sources["rows"].Late);
    }

    [Fact]
    public async Task Changes_after_a_silence_are_not_late_whatever_happens_beside_them()
    {
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync("beside", new CaptureOptions(), store);
        await job.ShouldShowAsync<int, Setting>((key, _) => $"{key}", () => ["1"]);   // a slot is not made while transactions are under way
        using var cancel = new CancellationTokenSource();
        Task beside = BesideAsync(cancel.Token);
        int id = 1;
        for (int round = 0; round < 2; round++)
        {
            // what is open while the watermark goes on commits later, at a time that is later
            await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            await using NpgsqlTransaction open = await connection.BeginTransactionAsync();
            await using (var insert = new NpgsqlCommand(
                $"INSERT INTO settings SELECT i, 'open' FROM generate_series({id + 1}, {id + 500}) i", connection))
                await insert.ExecuteNonQueryAsync();
            long start = ServerTime();
            await UntilAsync(() => Watermark(job) >= start);
            await open.CommitAsync();
            id += 500;
            for (int row = 0; row < 20; row++)
                _database.Execute($"INSERT INTO settings VALUES ({++id}, 'alone')");
            if (round == 0)
                _database.CutConnections();
            string[] all = _database.Rows("SELECT id::text FROM settings");
            await job.ShouldShowAsync<int, Setting>((key, _) => $"{key}", () => all);
        }

        await cancel.CancelAsync();
        await beside;
        Assert.Equal(0, job.Metrics.Sources["rows"].Late);
    }

    [Fact]
    public async Task What_a_server_that_is_behind_with_sending_has_not_sent_is_not_declared_complete()
    {
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync("behind", new CaptureOptions(), store);
        long start = ServerTime();
        await UntilAsync(() => Watermark(job) >= start);
        string sender = _database.Rows("SELECT active_pid::text FROM pg_replication_slots WHERE database = current_database()")[0];
        Signal("-STOP", sender);
        try
        {
            _database.Execute("INSERT INTO settings VALUES (2, 'unsent')");
            await Task.Delay(3500);   // heartbeats ask on, at times well after the commit
        }
        finally
        {
            Signal("-CONT", sender);
        }

        await job.ShouldShowAsync<int, Setting>((key, _) => $"{key}", () => ["1", "2"]);
        Assert.Equal(0, job.Metrics.Sources["rows"].Late);
    }

    private static void Signal(string signal, string process)
    {
        using var kill = Process.Start("kill", [signal, process]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static long Watermark(Job job) => job.Metrics.Partitions["rows/table"].Watermark is { } watermark
        ? EventTime.ToMicros(watermark) : EventTime.MinValue;

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int attempt = 0; attempt < 500 && !condition(); attempt++)
            await Task.Delay(20);
        Assert.True(condition());
    }

    private long ServerTime() =>
        Convert.ToInt64(_database.Execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"),
        System.Globalization.CultureInfo.InvariantCulture);

    private Task<Job> StartAsync(string name, CaptureOptions options, Store store)
    {
        var pipeline = Pipeline.Create(name);
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Setting>(_database.ConnectionString, "settings", options))
            .ToTable($"{name}-table").Materialize("view");
        return CaptureRun.StartAsync(pipeline, store);
    }

    /// <summary>Another table of the same database is busy.</summary>
    private async Task BesideAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
                await connection.OpenAsync(CancellationToken.None);
                while (!cancellation.IsCancellationRequested)
                {
                    await using var command = new NpgsqlCommand("INSERT INTO others SELECT i FROM generate_series(1, 200) i", connection);
                    await command.ExecuteNonQueryAsync(CancellationToken.None);
                    await Task.Delay(5, CancellationToken.None);
                }
            }
            catch (NpgsqlException)
            {
                // cut, as the others are
            }
        }
    }
}
