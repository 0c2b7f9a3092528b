using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>The server and the job are killed again and again while others write. The number of rounds is that of
/// ACTORSTREAMS_CDC_ROUNDS.</summary>
public sealed class ChaosSpec : IAsyncDisposable
{
    private readonly string _folder = TestDatabase.NewFolder();
    private readonly PostgreSqlServer _server;
    private readonly Random _random;
    private readonly int _seed = Environment.TickCount;
    private volatile bool _isWriting = true, _isEnded;
    private int _writes;

    public ChaosSpec()
    {
        _random = new Random(_seed);
        _server = PostgreSqlServer.StartIn(_folder, "fsync=off");
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    public sealed record Account(int Id, long Balance, string Note);

    [Fact]
    public async Task Nothing_is_lost_or_repeated_when_the_server_and_the_job_are_killed()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("ACTORSTREAMS_CDC_ROUNDS"), CultureInfo.InvariantCulture,
            out int given) ? given : 2;
        TestDatabase.Execute(_server.ConnectionString, """
            CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, note text NOT NULL);
            ALTER TABLE accounts REPLICA IDENTITY FULL;
            INSERT INTO accounts SELECT i, 1000, repeat('x', 50) FROM generate_series(1, 20000) i
            """);
        await using Store store = Store.Sqlite(Path.Combine(_folder, "job.db"));
        Task writer = Task.Run(WriteAsync);
        Job job = await StartAsync(store);
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                // the first ones hit the snapshot
                await Task.Delay(round < 2 ? 30 : _random.Next(300));
                if (round % 2 == 0)
                {
                    _server.Kill();
                    await Task.Delay(_random.Next(200));
                    _server.Start();
                }
                else
                {
                    await job.DisposeAsync();
                    job = await StartAsync(store);
                }

                await Task.Delay(_random.Next(300));
                _isWriting = false;
                await CheckAsync(job, $"seed {_seed}, round {round}");
                _isWriting = true;
            }

            Assert.True(_writes > 0);
        }
        finally
        {
            _isEnded = true;
            await job.DisposeAsync();
            await writer;
        }
    }

    private Task<Job> StartAsync(Store store)
    {
        var pipeline = Pipeline.Create("chaos");
        Stream<Change<Account>> changes = pipeline.Read("changes", PostgreSqlTable.Changes<Account>(_server.ConnectionString, "accounts"));
        changes.GroupBy(account => account.Id).Count("counts").Materialize("count");
        changes.GroupBy(account => account.Id).Sum("sums", account => account.Balance).Materialize("balance");
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Account>(_server.ConnectionString, "accounts")).ToTable("table")
            .Materialize("view");
        return Job.StartAsync(pipeline, store, CaptureRun.Quick with { EpochInterval = TimeSpan.FromMilliseconds(50) });
    }

    private async Task CheckAsync(Job job, string when)
    {
        try
        {
            await job.ShouldShowAsync<int, Account>((id, account) => $"{id} {account.Balance} {account.Note}",
                () => Rows("SELECT id || ' ' || balance || ' ' || note FROM accounts"));
            await job.ShouldShowAsync<int, long>((id, count) => $"{id} {count}", () => Rows("SELECT id || ' 1' FROM accounts"), "count");
            await job.ShouldShowAsync<int, long>((id, sum) => $"{id} {sum}", () => Rows("SELECT id || ' ' || balance FROM accounts"),
                "balance");
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{when}: {error.Message}", error);
        }
    }

    private string[] Rows(string sql) => TestDatabase.Rows(_server.ConnectionString, sql);

    private async Task WriteAsync()
    {
        var random = new Random(_seed + 1);
        int next = 100_000;
        while (!_isEnded)
        {
            try
            {
                await using var connection = new NpgsqlConnection(_server.ConnectionString + ";Pooling=false");
                await connection.OpenAsync();
                while (!_isEnded)
                {
                    if (!_isWriting)
                    {
                        await Task.Delay(5);
                        continue;
                    }

                    int a = random.Next(1, 20_000), b = random.Next(1, 20_000), amount = random.Next(100);
                    await using var command = new NpgsqlCommand(random.Next(5) switch
                    {
                        0 => $"INSERT INTO accounts VALUES ({++next}, {amount}, 'new')",
                        1 => $"DELETE FROM accounts WHERE id IN ({a}, {b})",
                        2 => $"UPDATE accounts SET id = {++next} WHERE id = {a}",
                        3 => $"UPDATE accounts SET balance = balance + 1 WHERE id BETWEEN {a} AND {a + 200}",
                        _ => $"BEGIN; UPDATE accounts SET balance = balance - {amount} WHERE id = {a}; UPDATE accounts SET balance = balance + {amount} WHERE id = {b}; COMMIT",
                    }, connection);
                    await command.ExecuteNonQueryAsync();
                    _writes++;
                }
            }
            catch (Exception error) when (error is NpgsqlException or IOException)
            {
                await Task.Delay(20);
            }
        }
    }
}
