using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What was, by epoch and by time, as long as it is retained; on virtual time.</summary>
[Trait("Issue", "13")]
public sealed class HistorySpec
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Epochs_are_retained_by_number_and_by_time_whichever_keeps_more()
    {
        var source = new TestSource<(string Key, int Value)>();
        await using StreamTest test = await StartAsync(source, s_minute);
        for (int value = 1; value <= 10; value++)
        {
            source.Element(("a", value), "12:00");
            test.Commit();   // epoch 1 at 0:00, 2 at 0:20, …, 10 at 3:00
            test.AdvanceTime(TimeSpan.FromSeconds(20));
        }

        TableView<string, int> view = test.Job.Table<string, int>("view");
        Assert.Equal("7, 8, 9, 10", Epochs(test));   // one of just a minute's age is retained

        DateTimeOffset newest = test.Clock.GetUtcNow() - TimeSpan.FromSeconds(20);
        Assert.Equal(10, test.Run(() => view.AsOf(newest).GetAsync("a")));
        Assert.Equal(9, test.Run(() => view.AsOf(newest - TimeSpan.FromTicks(10)).GetAsync("a")));
        Assert.Equal(8, test.Run(() => view.AsOf(newest - TimeSpan.FromSeconds(40)).GetAsync("a")));
        Assert.Equal(8, test.Run(() => test.Job.Entity<string, int>(new("table"), "a").AsOfAsync(newest - TimeSpan.FromSeconds(40))));
        StoreException gone = Assert.Throws<StoreException>(
            () => test.Run(() => view.AsOf(newest - TimeSpan.FromMinutes(5)).GetAsync("a")));
        Assert.Contains("is not retained; retained are 7 to 10. JobOptions.RetainEpochs says how many are, and RetainFor how long.",
            gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_knows_how_old_the_epochs_before_it_are()
    {
        var source = new TestSource<(string Key, int Value)>();
        await using StreamTest test = await StartAsync(source, s_minute);
        for (int value = 1; value <= 4; value++)
        {
            source.Element(("a", value), "12:00");
            test.Commit();
            test.AdvanceTime(TimeSpan.FromSeconds(20));
        }

        test.CrashAndRestore();
        source.Element(("a", 5), "12:00");
        test.Commit();

        Assert.Equal("2, 3, 4, 5", Epochs(test));
    }

    [Fact]
    public async Task The_history_of_a_key_is_read_by_a_tool_in_the_operators_own_type()
    {
        MemoryStore store = Store.InMemory();
        var scheduler = new SimulationScheduler(1, new VirtualClock(null));
        var source = new Progress.FedSource();
        var pipeline = Pipeline.Create("live");
        pipeline.Read("rows", source).KeyBy(row => row.Key)
            .EventSourced<Total, Added>("totals", static (_, _) => [new Added(1)],
                static (total, added) => new Total(total.Sum + added.Amount),
                static () => new Total(0))
            .Write("out", Sinks.ForEach<Added>(static _ => { }));
        Job job = scheduler.Run(() => Job.StartAsync(pipeline, store,
            (Progress.Counting.Options(2) with { RetainEpochs = 10 }).On(scheduler)));
        foreach (string key in (string[])["a", "b", "a"])
        {
            source.Add(0, Progress.Counting.At(1, key));
            scheduler.RunReady();
            scheduler.Run(() => job.CommitAsync());
        }

        List<EntityVersion<Total>> history = scheduler.Run(() => HistoryAsync(pipeline, store));

        Assert.Equal([1L, 1L, 2L], history.Select(version => version.State!.Sum));
        Assert.Equal([1L, 2L, 3L], history.Select(version => version.Epoch));
        scheduler.Run(() => job.StopAsync());
    }

    private static async Task<List<EntityVersion<Total>>> HistoryAsync(Pipeline pipeline, Store store)
    {
        List<EntityVersion<Total>> history = [];
        var totals = new EntityHandle<string, Total>("totals");
        await foreach (EntityVersion<Total> version in EntityHistory.ReadAsync(pipeline, store, totals, "a"))
            history.Add(version);
        return history;
    }

    private sealed record Total(long Sum);

    private sealed record Added(long Amount);

    private static Task<StreamTest> StartAsync(TestSource<(string Key, int Value)> source, TimeSpan? retainFor) =>
        StreamTest.StartAsync(pipeline =>
            pipeline.Read("rows", source).KeyBy(row => row.Key).ToTable("table", row => row.Value).Materialize("view"),
            new JobOptions
            {
                Parallelism = 2,
                Shards = 8,
                EpochInterval = TimeSpan.FromDays(40),
                MaxEventTimeAhead = null,
                RetainEpochs = 2,
                RetainFor = retainFor,
            });

    private static string Epochs(StreamTest test) => test.Run(async () =>
    {
        await using JobReader reader = await test.Job.OpenReaderAsync(CancellationToken.None);
        return string.Join(", ", (await reader.EpochsAsync()).Select(epoch => epoch.Epoch));
    });
}
