using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Operators.Tests.Progress;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>The state of a job under a name: taken while it runs, started from in any store and at any parallelism; on virtual time.
/// </summary>
[Trait("Issue", "13")]
public sealed class SavepointSpec
{
    private static readonly JobOptions s_options = new()
    {
        Parallelism = 2,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(40),
        MaxEventTimeAhead = null,
        RetainEpochs = 1,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task A_job_starts_from_a_savepoint_in_another_store_at_another_parallelism(int parallelism)
    {
        MemoryStore archive = Store.InMemory();
        var source = new TestSource<(string Key, string Value)>();
        Savepoint taken;
        await using (StreamTest test = await StartAsync(source, s_options with { SavepointStore = archive }))
        {
            for (int key = 0; key < 20; key++)
                source.Element(($"k{key}", "before"), "12:00");
            test.Commit();
            source.Element(("k1", "changed"), "12:00");
            test.RunUntilIdle();
            taken = test.Run(() => test.Job.SaveAsync("before-2.0"));
            source.Element(("k2", "after"), "12:00").Element(("new", "after"), "12:00");
            test.Commit();
            Assert.Equal("after", await View(test).GetAsync("k2"));
        }

        Assert.Equal(("before-2.0", "test", 2), (taken.Name, taken.Pipeline, taken.Epoch));
        Assert.Equal([taken], await Savepoints.ListAsync(archive, "test"));

        var later = new TestSource<(string Key, string Value)>();
        await using StreamTest again = await StartAsync(later,
            s_options with { Parallelism = parallelism, SavepointStore = archive, RestartFromSavepoint = "before-2.0" });
        TableView<string, string> view = View(again);
        Assert.Equal(20, (await view.ScanAsync()).Rows.Count);
        Assert.Equal(("changed", "before"), (await view.GetAsync("k1"), await view.GetAsync("k2")));
        Assert.Null(await view.GetAsync("new"));
    }

    [Fact]
    public async Task Once_it_is_committed_later_starts_go_on_from_the_last_epoch()
    {
        MemoryStore archive = Store.InMemory();
        await SaveAsync(archive, "base", ("a", "1"));
        var source = new TestSource<(string Key, string Value)>();
        await using StreamTest test = await StartAsync(source, s_options with { SavepointStore = archive, RestartFromSavepoint = "base" });

        test.CrashAndRestore(5);   // before anything is committed: from the savepoint again
        Assert.Equal("1", await View(test).GetAsync("a"));

        source.Element(("a", "1"), "12:00").Element(("b", "2"), "12:00");   // the first is one that the savepoint has
        test.Commit().CrashAndRestore(1);
        Assert.Equal(("1", "2"), (await View(test).GetAsync("a"), await View(test).GetAsync("b")));

        Assert.True(await Savepoints.DeleteAsync(archive, "test", "base"));
        test.CrashAndRestore(2);   // it was restored from it, and does not need it any more
        Assert.Equal(("1", "2"), (await View(test).GetAsync("a"), await View(test).GetAsync("b")));
    }

    [Fact]
    public async Task In_the_store_that_the_job_is_in_it_replaces_what_the_job_has_and_nothing_comes_back()
    {
        SimulationScheduler scheduler = new(1, new VirtualClock(null));
        MemoryStore store = Store.InMemory();
        var source = new FedSource();
        Job job = Start(scheduler, source, store);
        source.Add(0, At(1, "a"));
        scheduler.RunReady();
        scheduler.Run(() => job.SaveAsync("early"));
        source.Add(0, At(2, "a"), At(2, "b"));
        scheduler.RunReady();
        scheduler.Run(() => job.StopAsync());

        job = Start(scheduler, new FedSource(), store, "early");   // one that has nothing to give again
        TableView<string, long> view = job.Table<string, long>("view");
        Assert.Equal((Second, 0L), (await view.GetAsync("a"), await view.GetAsync("b")));
        scheduler.Run(() => job.StopAsync());

        job = Start(scheduler, new FedSource(), store);
        view = job.Table<string, long>("view");
        Assert.Equal((Second, 0L), (await view.GetAsync("a"), await view.GetAsync("b")));
        scheduler.Run(() => job.StopAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_a_crash_in_the_middle_leaves_is_no_savepoint_and_not_in_the_way_of_the_next(int commits)
    {
        var archive = new MortalStore(Store.InMemory());
        var source = new TestSource<(string Key, string Value)>();
        await using StreamTest test = await StartAsync(source, s_options with { SavepointStore = archive });
        for (int key = 0; key < 16; key++)
            source.Element(($"k{key}", new string((char)('a' + key), 400_000)), "12:00");
        test.Commit();

        archive.CommitsUntilDeath = commits - 1;
        Assert.Throws<StoreException>(() => test.Run(() => test.Job.SaveAsync("one")));
        Assert.Empty(await Savepoints.ListAsync(archive, "test"));

        archive.CommitsUntilDeath = int.MaxValue;
        Savepoint other = test.Run(() => test.Job.SaveAsync("two")), one = test.Run(() => test.Job.SaveAsync("one"));
        Assert.Equal([one, other], await Savepoints.ListAsync(archive, "test"));

        await using StreamTest again = await StartAsync(new(), s_options with { SavepointStore = archive, RestartFromSavepoint = "one" });
        Assert.Equal(new string('p', 400_000), await View(again).GetAsync("k15"));
        Assert.Equal(16, (await View(again).ScanAsync()).Rows.Count);
    }

    [Fact]
    public async Task A_name_is_used_once_until_it_is_deleted()
    {
        MemoryStore archive = Store.InMemory();
        await SaveAsync(archive, "base", ("a", "1"));
        StoreException taken = await Assert.ThrowsAsync<StoreException>(() => SaveAsync(archive, "base", ("a", "2")));
        Assert.Contains("has a savepoint 'base' of pipeline 'test' already. Give this one another name, or delete the other", taken.Message,
            StringComparison.Ordinal);

        Assert.True(await Savepoints.DeleteAsync(archive, "test", "base"));
        Assert.False(await Savepoints.DeleteAsync(archive, "test", "base"));
        await SaveAsync(archive, "base", ("b", "2"));
        await using StreamTest test = await StartAsync(new(), s_options with { SavepointStore = archive, RestartFromSavepoint = "base" });
        Assert.Equal(((string?)null, "2"), (await View(test).GetAsync("a"), await View(test).GetAsync("b")));
    }

    [Fact]
    public async Task A_savepoint_that_is_not_there_is_refused_with_those_that_are()
    {
        MemoryStore archive = Store.InMemory();
        await SaveAsync(archive, "base", ("a", "1"));
        StoreException error = await Assert.ThrowsAsync<StoreException>(
            () => StartAsync(new(), s_options with { SavepointStore = archive, RestartFromSavepoint = "bass" }));
        Assert.Contains("has no savepoint 'bass' of pipeline 'test'; it has 'base'. JobOptions.SavepointStore says where savepoints are.",
            error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => SaveAsync(archive, "a name", ("a", "1")));
    }

    private static async Task SaveAsync(Store archive, string name, params (string Key, string Value)[] rows)
    {
        var source = new TestSource<(string Key, string Value)>();
        await using StreamTest test = await StartAsync(source, s_options with { SavepointStore = archive });
        foreach ((string, string) row in rows)
            source.Element(row, "12:00");
        test.RunUntilIdle();
        test.Run(() => test.Job.SaveAsync(name));
    }

    private static TableView<string, string> View(StreamTest test) => test.Job.Table<string, string>("view");

    private static Task<StreamTest> StartAsync(TestSource<(string Key, string Value)> source, JobOptions options) =>
        StreamTest.StartAsync(pipeline => Table(pipeline, source), options);

    private static Job Start(SimulationScheduler scheduler, FedSource source, Store store, string? from = null)
    {
        var pipeline = Pipeline.Create("saved");
        pipeline.Read("rows", source).KeyBy(row => row.Key).ToTable("table", row => row.Time).Materialize("view");
        return scheduler.Run(
            () => Job.StartAsync(pipeline, store, (s_options with { Clock = scheduler.Clock, RestartFromSavepoint = from }).On(scheduler)));
    }

    private static void Table(Pipeline pipeline, Source<(string Key, string Value)> source) =>
        pipeline.Read("rows", source).KeyBy(row => row.Key).ToTable("table", row => row.Value).Materialize("view");
}
