using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Operators.Windows.Running;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>An aggregate for each row, of the rows of its frame.</summary>
public sealed class OverSpec
{
    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static string Text(OverResult<string, long> result) => $"{result.Row} {result.Result}";

    /// <summary>Rows out of order, of equal times, and late; a row is its key and a name.</summary>
    private static OperatorContract<string, OverResult<string, long>> Input(
        Func<KeyedStream<string, string>, Stream<OverResult<string, long>>> build) =>
        new OperatorContract<string, OverResult<string, long>>(rows => build(rows.KeyBy(row => row[..1])), Text)
            .Element("a3", at: "12:00:03").Element("b4", at: "12:00:04").Element("a1", at: "12:00:01").Element("a3'", at: "12:00:03")
            .Watermark("12:00:05").Element("a4-late", at: "12:00:04").Element("a6", at: "12:00:06").Element("a20", at: "12:00:20")
            .Element("a5", at: "12:00:05").Watermark("12:00:10").Element("b9", at: "12:00:09.500").Element("b12", at: "12:00:12")
                .Watermark("12:00:30");

    [Fact]
    public void By_range_a_row_sees_what_is_less_than_the_size_older_and_its_peers() =>
        Input(rows => rows.Over("over", Frames.Range(Seconds(5))).DropLate().Aggregate(Aggregate.Of<string>().Count())).Holds("""
            a1 1
            a3 3
            a3' 3
            a5 4
            a6 4
            a20 1
            b4 1
            b12 1
            """);

    [Fact]
    public void A_row_that_waits_does_not_come_out_when_those_before_it_expire() =>
        new OperatorContract<string, OverResult<string, long>>(
                rows => rows.KeyBy(row => row[..1]).Over("over", Frames.Range(Seconds(5))).Aggregate(Aggregate.Of<string>().Count()), Text)
            .Element("a0", at: "12:00:00").Watermark("12:00:01").Element("a9", at: "12:00:09").Watermark("12:00:06")
            .Element("a8", at: "12:00:08").Watermark("12:00:07").Element("a7", at: "12:00:07").Watermark("12:00:30")
            .Holds("""
                a0 1
                a7 1
                a8 2
                a9 3
                """);

    [Fact]
    public void By_number_a_row_sees_the_last_rows_in_the_order_of_event_time() =>
        Input(rows => rows.Over("over", Frames.Rows(2)).DropLate().Aggregate(Aggregate.Of<string>().Count())).Holds("""
            a1 1
            a3 2
            a3' 2
            a5 2
            a6 2
            a20 2
            b4 1
            b12 2
            """);

    [Fact]
    public async Task Results_come_in_the_order_of_event_time_across_keys_at_the_rows_own_times()
    {
        var rows = new TestSource<string>();
        var out1 = new TestSink<OverResult<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row[..1])
            .Over("over", Frames.Range(Seconds(10))).Aggregate(Aggregate.Of<string>().Count()).Write("out", out1),
                new JobOptions { Parallelism = 1, MaxEventTimeAhead = null });
        rows.Element("b2", at: "12:00:02").Element("a3", at: "12:00:03").Element("a1", at: "12:00:01").Watermark("12:00:03");
        out1.ShouldEmit("""
            a1 1
            b2 1
            """);
        rows.Element("c3", at: "12:00:03").Watermark("12:00:04");
        test.RunUntilIdle();
        Assert.Equal(["a3 2", "c3 1"], out1.Rows.Skip(2).Select(Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Late_rows_go_where_they_are_told_to()
    {
        var rows = new TestSource<string>();
        var results = new TestSink<OverResult<string, long>>(Text);
        var missed = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            pipeline.Read("rows", rows).KeyBy(_ => 0).Over("over", Frames.Range(Seconds(10))).LateTo(out Stream<string> late)
                .Aggregate(Aggregate.Of<string>().Count()).Write("out", results);
            late.Write("late", missed);
        });
        rows.Element("a", at: "12:00:10").Watermark("12:00:11").Element("late", at: "12:00:10.999").Element("b", at: "12:00:11")
            .Watermark("12:00:12");
        results.ShouldEmit("""
            a 1
            b 2
            """);
        missed.ShouldEmit("late");
    }

    [Fact]
    public async Task Unless_told_late_rows_are_dead_letters()
    {
        var rows = new TestSource<string>();
        var results = new TestSink<OverResult<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(_ => 0)
            .Over("over", Frames.Rows(3)).Aggregate(Aggregate.Of<string>().Count()).Write("out", results));
        rows.Watermark("12:00:11").Element("late", at: "12:00:10").Complete();
        results.ShouldEmit("");
        test.RunUntilIdle();
        Assert.Single(test.ReadTable("dead_letters"));
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("over"), Counters.LateDropped));
    }

    [Fact]
    public async Task Nothing_is_kept_of_a_key_whose_last_row_no_frame_can_need()
    {
        var rows = new TestSource<int>();
        var results = new TestSink<OverResult<int, long>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row)
            .Over("over", Frames.Range(Seconds(10))).Aggregate(Aggregate.Of<int>().Count()).Write("out", results));
        for (int key = 0; key < 500; key++)
            rows.Element(key, at: "12:00:00").Element(key, at: "12:00:05");
        rows.Watermark("12:00:14");
        test.RunUntilIdle();
        Assert.Equal(1_000, results.Rows.Count);
        Assert.Equal(1_000, KeptRows(test, 500));
        test.Commit().CrashAndRestore();
        Assert.Equal(1_000, KeptRows(test, 500));
        rows.Watermark("12:00:15");
        test.RunUntilIdle();
        Assert.Equal(0, KeptRows(test, 500));
        test.Commit().CrashAndRestore();
        Assert.Equal(0, KeptRows(test, 500));
    }

    private static int KeptRows(StreamTest test, int keys) => Enumerable.Range(0, keys)
        .Sum(key => test.Run(() => test.Job.Entity<int, IReadOnlyList<int>>(new("over"), key).AskAsync())?.Count ?? 0);

    /// <summary>A row that overflows the sum is skipped, and is in no frame; sums that fit again go on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_row_that_cannot_be_added_is_as_if_it_had_never_come(bool isRange)
    {
        (long, long)[] rows = [(1, long.MaxValue), (2, 1), (3, -5), (4, 3), (12, 7), (13, 8)];
        MemoryStore store = Store.InMemory();
        var results = new List<string>();
        var pipeline = Pipeline.Create("sums");
        pipeline.Read("rows", Sources.Of(rows)).WithEventTime(row => row.Item1, Watermarks.Monotonic()).KeyBy(_ => 0)
            .Over("over", isRange ? Frames.Range(TimeSpan.FromMicroseconds(10)) : Frames.Rows(3))
                .Aggregate(Aggregate.Of<(long, long)>().Sum(row => row.Item2))
            .Write("out", Sinks.ForEach<OverResult<(long, long), long>>(result => results.Add($"{result.Row.Item1}:{result.Result}")));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });

        string[] expected = [$"1:{long.MaxValue}", $"3:{long.MaxValue - 5}", $"4:{long.MaxValue - 2}", "12:5", "13:18"];
        Assert.Equal(expected, results);
        Assert.Single(store.ReadTable("dead_letters"));
    }

    [Fact]
    public async Task A_result_that_throws_is_missing_and_its_row_counts_on()
    {
        MemoryStore store = Store.InMemory();
        var results = new List<long>();
        var pipeline = Pipeline.Create("results");
        pipeline.Read("rows", Sources.Of([1L, 2L, 2L, 3L])).WithEventTime(row => row, Watermarks.Monotonic()).KeyBy(_ => 0)
            .Over("over", Frames.Range(TimeSpan.FromMicroseconds(10)))
                .Aggregate(Aggregate.Of<long>().Count().Into(count => count == 3 ? throw new DivideByZeroException("three") : count))
            .Write("out", Sinks.ForEach<OverResult<long, long>>(result => results.Add(result.Result)));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });

        Assert.Equal([1L, 4L], results);
        Assert.Equal(2, store.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task NaN_is_gone_from_a_sum_with_its_row()
    {
        var results = new List<double>();
        var pipeline = Pipeline.Create("nan");
        pipeline.Read("rows", Sources.Of([(1L, 1.5), (2L, double.NaN), (3L, 2.5), (4L, 3.5)]))
            .WithEventTime(row => row.Item1, Watermarks.Monotonic()).KeyBy(_ => 0)
            .Over("over", Frames.Rows(2)).Aggregate(Aggregate.Of<(long, double Value)>().Sum(row => row.Value))
            .Write("out", Sinks.ForEach<OverResult<(long, double), double>>(result => results.Add(result.Result)));
        await pipeline.ToEndAsync();
        Assert.Equal([1.5, double.NaN, double.NaN, 6], results);
    }

    [Fact]
    public void Frames_must_hold_something()
    {
        Assert.Throws<PipelineException>(() => Frames.Range(TimeSpan.Zero));
        Assert.Throws<PipelineException>(() => Frames.Rows(0));
    }

    [Fact]
    public void Rows_are_taken_back_where_that_is_exact_merged_where_not_and_else_folded_anew()
    {
        Assert.Equal(FrameFolding.Retracting, Of(Aggregate.Of<Reading>().Count().Sum(row => row.Value)));
        Assert.Equal(FrameFolding.Retracting, Of(Aggregate.Of<Reading>().DistinctCount(row => row.Value)));
        Assert.Equal(FrameFolding.TwoStacks, Of(Aggregate.Of<Reading>().Count().Average(row => (double)row.Value)));
        Assert.Equal(FrameFolding.TwoStacks, Of(Aggregate.Of<Reading>().ApproximateDistinctCount(row => row.Value)));
        Assert.Equal(FrameFolding.Anew, Of(Aggregate.Fold<Reading, long, long>(() => 0, (sum, row) => sum + row.Value, sum => sum)));

        static FrameFolding Of<TOut>(Aggregate<Reading, TOut> aggregate) => aggregate.Use(new Folding<TOut>());
    }

    private sealed class Folding<TOut> : IAggregateUse<Reading, TOut, FrameFolding>
    {
        public FrameFolding Of<TAgg, TAcc>(Aggregate<Reading, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<Reading, TAcc, TOut> => FrameAggregate<Reading, TAgg, TAcc, TOut>.FoldingOf(aggregate);
    }
}
