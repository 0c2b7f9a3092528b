using ActorStreams.Authoring;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>Jobs that take what a table has to tell, stop, and go on with what has come meanwhile.</summary>
[Trait("Issue", "B5")]
public sealed class AvailableNowSpec : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly List<string> _told = [];

    public sealed record User(long Id, string Name);

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Runs_tell_the_snapshot_and_then_the_changes_each_of_them_once()
    {
        _database.Execute(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL); INSERT INTO users VALUES (1, 'ann'), (2, 'bob')");
        await using Store store = Store.InMemory();
        Assert.Equal(["Put 1 ann", "Put 2 bob"], await RunAsync(store));
        Assert.Empty(await RunAsync(store));

        _database.Execute("UPDATE users SET name = 'anna' WHERE id = 1; DELETE FROM users WHERE id = 2");
        _database.Execute("BEGIN; INSERT INTO users VALUES (3, 'cyd'); INSERT INTO users VALUES (4, 'dan'); COMMIT");
        Assert.Equal(["Put 1 anna", "Delete 2 ", "Put 3 cyd", "Put 4 dan"], await RunAsync(store));
        Assert.Empty(await RunAsync(store));

        _database.Execute("CREATE TABLE other (id int); INSERT INTO other SELECT * FROM generate_series(1, 1000)");
        Assert.Empty(await RunAsync(store));
    }

    /// <summary>Whatever comes while the run is under way is for this one or the next, and for one of them only.</summary>
    [Fact]
    public async Task A_table_that_is_always_written_does_not_keep_a_run_from_ending()
    {
        _database.Execute("CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL)");
        await using Store store = Store.InMemory();
        var told = new List<string>();
        int written = 0;
        for (int run = 0; run < 4; run++)
        {
            Task<List<string>> running = RunAsync(store);
            while (!running.IsCompleted)
            {
                _database.Execute($"INSERT INTO users VALUES ({written}, 'n')");
                written++;
                await Task.Yield();
            }

            told.AddRange(await running);
        }

        told.AddRange(await RunAsync(store));
        Assert.Equal(Enumerable.Range(0, written).Select(id => $"Put {id} n"), told);
    }

    private async Task<List<string>> RunAsync(Store store)
    {
        _told.Clear();
        var pipeline = Pipeline.Create("available");
        pipeline.Read("users", PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users"))
            .Write("told", Sinks.ForEach<Upsert<long, User>>(upsert => _told.Add($"{upsert.Kind} {upsert.Key} {upsert.Row?.Name}")));
        await using Job job = await Job.StartAsync(pipeline, store, CaptureRun.Quick with { AvailableNow = true });
        await job.Completion;
        return [.. _told];
    }
}
