using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Operators.Tests.Windows;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>The same store under another number of actors, after stops and crashes; epochs that are kept, forgotten and gone back
/// to.</summary>
public sealed class RescaleSpec
{
    private static readonly Reading[] s_rows = [.. Enumerable.Range(0, 6_000)
        .Select(n => new Reading($"k{n * 7919 % 300}", n * 5L, n % 11))];

    private static Pipeline Summing(Source<Reading> source)
    {
        var pipeline = Pipeline.Create("rescaled");
        pipeline.Read("rows", source).WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key)
            .Window("sums", Window.Tumbling(TimeSpan.FromMilliseconds(1))).Aggregate(Aggregate.Of<Reading>().Sum(row => row.Value))
            .Write("out",
                Sinks.Table<WindowResult<string, long>>("sums",
                t => t.Column("key", r => r.Key).Column("start", r => r.Window.Start).Column("sum", r => r.Result)));
        return pipeline;
    }

    private static string[] Sums(MemoryStore store) =>
        [.. store.ReadTable("sums").Select(row => $"{row[0]} {row[1]} {row[2]}").Order(StringComparer.Ordinal)];

    private static readonly Lazy<string[]> s_expected = new(() =>
        [.. s_rows.GroupBy(row => (row.Key, Start: row.Time / 1000 * 1000))
            .Select(group => $"{group.Key.Key} {group.Key.Start} {group.Sum(row => row.Value)}").Order(StringComparer.Ordinal)]);

    [Theory]
    [InlineData(true, 1, 4, 1)]
    [InlineData(false, 1, 4, 1)]
    [InlineData(false, 3, 16, 40, 2)]
    public async Task Windows_survive_any_change_of_parallelism(bool isStopped, params int[] parallelisms)
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<Reading> { RowsPerRead = 333 };
        int fed = 0;
        foreach (int parallelism in parallelisms)
        {
            Job job = await Job.StartAsync(Summing(source), store, Runs.Quick with { Parallelism = parallelism });
            source.Add(s_rows[fed..(fed += 1_400)]);
            await source.CommittedAsync(fed - 1_000);
            await (isStopped ? job.StopAsync().WaitAsync(Limits.Test) : Task.CompletedTask);
            await job.CrashAsync();
        }

        source.Add(s_rows[fed..]);
        source.End();
        await using Job last = await Job.StartAsync(Summing(source), store, Runs.Quick with { Parallelism = 64 });
        await last.Completion.WaitAsync(Limits.Test);

        Assert.Equal(s_expected.Value, Sums(store));
        Assert.Equal(s_rows.Length, last.Run.Regions.Sum(region => region.Counters()["rows"]));
    }

    [Fact]
    public async Task A_job_goes_on_from_an_older_epoch_that_is_retained_and_refuses_one_that_is_not()
    {
        var memory = Store.InMemory();
        var store = new WatchedStore(memory);
        var source = new ScriptedSource<Reading>();
        var pipeline = Summing(source);
        JobOptions retaining = Runs.Quick with { RetainEpochs = 1_000 };
        long early;
        await using (Job job = await Job.StartAsync(pipeline, store, retaining))
        {
            source.Add(new Reading("a", 1, 5));
            await source.CommittedAsync(1);
            early = store.Epoch;
            source.Add(new Reading("a", 2, 7));
            await source.CommittedAsync(2);
            await store.MoreEpochsAsync();
        }

        await using Job again = await Job.StartAsync(pipeline, store, retaining with { RestartFromEpoch = early });
        Assert.Equal(5,
            Assert.Single((await again.Entity<string, IReadOnlyList<WindowResult<string, long>>>(new("sums"), "a").AsOfAsync(early))!)
            .Result);
        source.End();
        await again.Completion.WaitAsync(Limits.Test);
        Assert.Equal(["a 0 12"], Sums(memory));
        await again.CrashAsync();

        StoreException error = await Assert.ThrowsAsync<StoreException>(
            () => Job.StartAsync(pipeline, store, retaining with { RestartFromEpoch = 1_000_000 }));
        Assert.Contains("not retained", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_does_not_grow_with_the_number_of_epochs()
    {
        using var file = new TemporaryFile();
        await using Store sqlite = Store.Sqlite(file.Path);
        var store = new WatchedStore(sqlite);
        var source = new ScriptedSource<Reading>();
        await using (Job job = await Job.StartAsync(Summing(source), store, Runs.Quick))
        {
            for (int n = 1; store.Epoch < 260; n++)
            {
                source.Add([.. Enumerable.Range(0, 20).Select(key => new Reading($"k{key}", 5, 1))]);
                await source.CommittedAsync(n * 20);
            }

            await job.StopAsync().WaitAsync(Limits.Test);
        }

        // 16 shards of at most 64 events and a snapshot each, twice while older epochs are retained.
        Assert.InRange(file.Count("actorstreams_journal"), 1, 16 * 130);
        Assert.InRange(file.Count("actorstreams_epochs"), 1, 10);
        source.End();
        await Summing(source).ToEndAsync(store);
        Assert.Equal(20, file.Count("sums"));
        Assert.Equal(source.Read, (long)file.Query("SELECT sum(sum) FROM sums")!);
    }
}
