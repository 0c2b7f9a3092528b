using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Partitions have watermarks of their own; windows wait for the one that is furthest behind, unless it is silent.</summary>
public sealed class PartitionsSpec
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly List<string> _results = [];
    private readonly SemaphoreSlim _more = new(0);

    private string[] Results
    {
        get
        {
            lock (_lock)
                return [.. _results];
        }
    }

    private Pipeline Build(ScriptedSource<Reading> source, WatermarkStrategy watermarks)
    {
        var pipeline = Pipeline.Create("partitions");
        pipeline.Read("rows", source).WithEventTime(row => row.Time, watermarks).KeyBy(row => row.Key)
            .Window("counts", Window.Tumbling(TimeSpan.FromMicroseconds(10))).Aggregate(Aggregate.Of<Reading>().Count())
            .Write("out", Sinks.ForEach<WindowResult<string, long>>(result =>
            {
                lock (_lock)
                    _results.Add($"{result.Key} {result.Window.Start} {result.Result}");
                _more.Release();
            }));
        return pipeline;
    }

    private async Task NextAsync() => Assert.True(await _more.WaitAsync(Limits.Test));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_window_waits_for_the_partition_that_is_behind(int parallelism)
    {
        var source = new ScriptedSource<Reading>(2).AddTo(0, new Reading("a", 1), new Reading("a", 35));
        var store = new WatchedStore(Store.InMemory());
        await using Job job = await Job.StartAsync(Build(source, Watermarks.Monotonic()), store,
            Runs.Quick with { Parallelism = parallelism });
        await source.CommittedAsync(2);
        await store.MoreEpochsAsync(3);
        Assert.Empty(Results);

        source.AddTo(1, new Reading("a", 2), new Reading("a", 12));
        await NextAsync();
        Assert.Equal(["a 0 2"], Results);

        source.End();
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(["a 0 2", "a 10 1", "a 30 1"], Results);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_idle_partition_holds_nothing_up_and_takes_part_again_when_it_wakes(int parallelism)
    {
        var clock = new ManualClock();
        var source = new ScriptedSource<Reading>(2).AddTo(0, new Reading("a", 1), new Reading("a", 15));
        await using Job job = await Job.StartAsync(Build(source, Watermarks.Monotonic().WithIdleness(s_second)), Store.InMemory(),
            Runs.Quick with { Clock = clock, EpochInterval = TimeSpan.FromHours(1), Parallelism = parallelism });
        await clock.WaitedForAsync(s_second, s_second + TimeSpan.FromMilliseconds(2));

        // Partition 1 never spoke; partition 0 goes on speaking.
        while (Results.Length == 0)
        {
            source.AddTo(0, new Reading("a", 15));
            clock.Advance(s_second);
            await Task.WhenAny(_more.WaitAsync(TimeSpan.FromMilliseconds(20)));
        }

        Assert.Equal(["a 0 1"], Results);

        source.AddTo(1, new Reading("a", 16), new Reading("a", 40)).AddTo(0, new Reading("a", 45));
        source.End();
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(["a 0 1", "a 40 2"], Results.Where(result => !result.StartsWith("a 10", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_end_of_one_partition_while_the_other_is_idle_is_not_the_end_of_time(int parallelism)
    {
        var clock = new ManualClock();
        var source = new ScriptedSource<Reading>(2).AddTo(0, new Reading("a", 1)).AddTo(1, new Reading("a", 2));
        var memory = Store.InMemory();
        await using Job job = await Job.StartAsync(Build(source, Watermarks.Monotonic().WithIdleness(s_second)), memory,
            Runs.Quick with { Clock = clock, EpochInterval = TimeSpan.FromHours(1), Parallelism = parallelism });
        await clock.WaitedForAsync(s_second, s_second + TimeSpan.FromMilliseconds(2));
        for (int i = 0; i < 5; i++)
        {
            clock.Advance(s_second);
            await Task.WhenAny(_more.WaitAsync(TimeSpan.FromMilliseconds(10)));
        }

        source.End(0);
        await Task.WhenAny(_more.WaitAsync(TimeSpan.FromMilliseconds(50)));
        source.AddTo(1, new Reading("a", 3));
        source.End(1);
        await job.Completion.WaitAsync(Limits.Test);

        Assert.Equal(["a 0 3"], Results);
        Assert.Empty(memory.ReadTable("dead_letters"));
    }
}
