using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>How many dead letters there are, and how many stay.</summary>
[Trait("Issue", "C6")]
public sealed class DeadLettersSpec
{
    private static readonly JobOptions s_skip = Runs.Quick with { Errors = ErrorPolicy.Skip };

    private static Pipeline Failing(int rows)
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("numbers", Sources.Of([.. Enumerable.Range(0, rows)])).Map(Fail).Write("out", Sinks.ForEach<int>(_ => { }));
        return pipeline;

        static int Fail(int n) => throw new InvalidOperationException($"no {n}");
    }

    [Fact]
    public async Task The_newest_stay_and_all_are_counted()
    {
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(Failing(5_000), store, s_skip with { DeadLetters = new() { RetainRows = 100 } });
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(5_000, job.Metrics.DeadLetters);
        IReadOnlyList<object?[]> kept = store.ReadTable("dead_letters");
        Assert.InRange(kept.Count, 100, 110);
        Assert.Equal(4_999L, kept[^1][5]);
        Assert.Equal(5_000L - kept.Count, kept[0][5]);
    }

    [Fact]
    public async Task Letters_of_other_pipelines_are_not_dropped()
    {
        MemoryStore store = Store.InMemory();
        JobOptions options = s_skip with { DeadLetters = new() { RetainRows = 10 } };
        await Failing(10).ToEndAsync(store, options);
        var other = Pipeline.Create("other");
        other.Read("numbers", Sources.Of([.. Enumerable.Range(0, 1_000)])).Map(n => n / (n - n)).Write("out", Sinks.ForEach<int>(_ => { }));
        await other.ToEndAsync(store, options);
        Assert.Equal(10, store.ReadTable("dead_letters").Count(letter => Equals(letter[0], "failing")));
        Assert.InRange(store.ReadTable("dead_letters").Count(letter => Equals(letter[0], "other")), 10, 11);
    }

    [Fact]
    public async Task Old_ones_go_also_when_no_more_come()
    {
        var clock = new ManualClock();
        MemoryStore store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0, 1);
        var pipeline = Pipeline.Create("aging");
        pipeline.Read("numbers", source).Map(n => 1 / n).Write("out", Sinks.ForEach<int>(_ => { }));
        await using Job job = await Job.StartAsync(pipeline, store,
            s_skip with
            {
                Clock = clock,
                EpochInterval = TimeSpan.FromSeconds(1),
                DeadLetters = new() { RetainFor = TimeSpan.FromHours(1) }
            });
        await AdvanceUntilAsync(clock, source.CommittedAsync(2));
        Assert.Single(store.ReadTable("dead_letters"));

        clock.Advance(TimeSpan.FromHours(2));
        source.Add(1);
        await AdvanceUntilAsync(clock, source.CommittedAsync(3));
        Assert.Empty(store.ReadTable("dead_letters"));
    }

    [Theory]
    [InlineData(ErrorPolicy.Fail)]
    [InlineData(ErrorPolicy.Skip)]
    public async Task A_row_that_is_late_at_two_operators_is_one_letter_and_two_equal_rows_are_two(ErrorPolicy errors)
    {
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("late");
        Stream<(string Key, long Time)> rows = pipeline.Read("rows",
            Sources.Of([("a", 1L), ("a", 100L), ("a", 2L), ("b", 200L), ("a", 2L), ("b", 3L)]))
            .WithEventTime(row => row.Item2, Watermarks.Monotonic()).Map(row => (row.Item1, row.Item2));
        rows.KeyBy(row => row.Key).Window("tens", Window.Tumbling(TimeSpan.FromMicroseconds(10)))
            .Aggregate(Aggregate.Of<(string Key, long Time)>().Count()).Write("out", Sinks.ForEach<WindowResult<string, long>>(_ => { }));
        rows.KeyBy(row => row.Key).Window("steps", Window.Hopping(TimeSpan.FromMicroseconds(20), TimeSpan.FromMicroseconds(5)))
            .Aggregate(Aggregate.Of<(string Key, long Time)>().Count())
            .Write("out-2", Sinks.ForEach<WindowResult<string, long>>(_ => { }));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = errors, BatchRows = 16, Parallelism = 1 });

        Assert.Equal(["(a, 2)", "(a, 2)", "(b, 3)"], store.ReadTable("dead_letters").Select(letter => (string)letter[3]!)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_row_that_fails_for_two_reasons_is_two_letters()
    {
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("reasons");
        Stream<int> numbers = pipeline.Read("numbers", Sources.Of([0]));
        numbers.Map(n => 1 / n).Write("out", Sinks.ForEach<int>(_ => { }));
        numbers.Map(n => (new int[1])[n + 1]).Write("out-2", Sinks.ForEach<int>(_ => { }));
        numbers.Map(n => 2 / n).Write("out-3", Sinks.ForEach<int>(_ => { }));
        await pipeline.ToEndAsync(store, s_skip);
        Assert.Equal(2, store.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task Many_within_a_minute_are_told_once()
    {
        List<JobNotice> notices = [];
        await Failing(500)
            .ToEndAsync(Store.InMemory(), s_skip with { DeadLetters = new() { NoticeAbovePerMinute = 100 }, OnNotice = notices.Add });
        JobNotice notice = Assert.Single(notices);
        Assert.Equal(JobNoticeKind.DeadLetters, notice.Kind);
        Assert.Contains("Pipeline 'failing': more than 100 rows went to the dead letters within a minute", notice.Message,
            StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: no ", notice.Message, StringComparison.Ordinal);

        await Failing(100)
            .ToEndAsync(Store.InMemory(), s_skip with { DeadLetters = new() { NoticeAbovePerMinute = 100 }, OnNotice = notices.Add });
        Assert.Single(notices);
    }

    private static async Task AdvanceUntilAsync(ManualClock clock, Task done)
    {
        while (!done.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await done;
    }
}
