using ActorStreams.Authoring;
using ActorStreams.Core.Records;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>A row is late by the watermark of its own partition, whatever the others have reached; where that cannot be known, it cannot be
/// asked for.</summary>
/// <remarks>That results are a function of the input is for the simulation to show: <c>LatenessBySourceSpec</c> there.</remarks>
public sealed class SourceLatenessSpec
{
    private readonly TestSource<string> _rows = new(partitions: 2);
    private readonly TestSink<string> _out = new();
    private readonly TestSink<string> _late = new();

    public static TheoryData<int> Parallelisms => [1, 2, 4];

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task A_row_late_by_its_own_partition_is_late_although_its_window_is_open(int parallelism)
    {
        await using StreamTest test = await StartAsync(parallelism, windows => windows.Lateness(Lateness.BySource));
        _rows.Element("a", at: "12:00:05").Watermark("12:00:10").Element("a", at: "12:00:07").Element("a", at: "12:00:11");
        test.RunUntilIdle();
        Assert.Equal(["a"], _late.Rows);
        _rows.Element("a", at: "12:00:01", partition: 1);
        _rows.Complete();
        test.RunUntilIdle();
        Assert.Equal(["00 a 2", "10 a 1"], _out.Rows);
        Assert.Equal(1, test.Job.Metrics.Operators["w"]["late_dropped"]);
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task The_watermark_goes_along_through_what_keeps_no_state(int parallelism)
    {
        var others = new TestSource<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                (Stream<string> short1, Stream<string> long1) = pipeline.Read("rows", _rows).Filter(row => row != "no")
                    .FlatMap(row => Enumerable.Repeat(row, 300)).Branch(row => row.Length < 2);
                Stream<string> all = short1.Peek(_ => { }).Union(long1, pipeline.Read("others", others));
                all.Union(all).KeyBy(row => row).Window("w", Window.Tumbling(TimeSpan.FromSeconds(10))).Lateness(Lateness.BySource)
                    .LateTo(out Stream<string> late)
                    .Aggregate(Aggregate.Of<string>().Count()).Map(Text).Write("out", _out);
                late.Write("late", _late);
            },
            Options(parallelism));
        _rows.Element("a", at: "12:00:05").Element("bb", at: "12:00:05").Element("no", at: "12:00:06").Watermark("12:00:10")
            .Element("a", at: "12:00:07").Element("bb", at: "12:00:08");
        _rows.Watermark("12:00:05", partition: 1).Element("a", at: "12:00:05", partition: 1);
        others.Watermark("12:00:20").Element("a", at: "12:00:05").Element("bb", at: "12:00:25");
        _rows.Complete();
        others.Complete();
        test.RunUntilIdle();
        Assert.Equal(["00 a 1200", "00 bb 600", "20 bb 2"], _out.Rows.Order());
        Assert.Equal([("a", 602), ("bb", 600)], _late.Rows.GroupBy(row => row).Select(row => (row.Key, row.Count())).Order());
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task A_partition_that_was_idle_finds_the_windows_open_that_nobody_has_completed(int parallelism)
    {
        await using StreamTest test = await StartAsync(parallelism, windows => windows.Lateness(Lateness.BySource),
            rows => rows.WithWatermarks(Watermarks.Monotonic().WithIdleness(TimeSpan.FromSeconds(5))));
        _rows.Element("a", at: "12:00:05").Element("a", at: "12:00:12");
        _rows.Element("a", at: "12:00:01", partition: 1);
        test.AdvanceTime(TimeSpan.FromSeconds(3));
        _rows.Element("a", at: "12:00:13");
        test.AdvanceTime(TimeSpan.FromSeconds(3));
        Assert.Equal(["00 a 2"], _out.Rows);

        // Partition 1 has not passed either window. One is gone, which it could not hold; the other is not.
        _rows.Element("a", at: "12:00:02", partition: 1).Element("a", at: "12:00:11", partition: 1).Element("a", at: "12:00:14");
        _rows.Complete();
        test.RunUntilIdle();
        Assert.Equal(["00 a 2", "10 a 4"], _out.Rows);
        Assert.Equal(["a"], _late.Rows);
    }

    [Fact]
    public async Task Rows_without_watermarks_are_never_late()
    {
        await using StreamTest test = await StartAsync(2, windows => windows.Lateness(Lateness.BySource),
            rows => rows.WithWatermarks(Watermarks.Punctuated<string>(_ => (long?)null)));
        _rows.Element("a", at: "12:01:05").Element("a", at: "12:00:05").Complete();
        test.RunUntilIdle();
        Assert.Equal(["00 a 1", "00 a 1"], _out.Rows);
        Assert.Empty(_late.Rows);
    }

    [Fact]
    public async Task A_row_counts_in_those_of_its_hopping_windows_that_its_partition_has_not_passed()
    {
        await using StreamTest test = await StartAsync(1, windows => windows.Lateness(Lateness.BySource),
            windows: Window.Hopping(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)));
        _rows.Element("a", at: "12:00:06").Watermark("12:00:10").Element("a", at: "12:00:07").Element("a", at: "12:00:04");
        _rows.Complete();
        test.RunUntilIdle();
        Assert.Equal(["00 a 1", "05 a 2"], _out.Rows);
        Assert.Equal(["a"], _late.Rows);
    }

    [Fact]
    public async Task A_row_behind_its_partition_joins_no_session_that_is_open()
    {
        await using StreamTest test = await StartAsync(1, windows => windows.Lateness(Lateness.BySource),
            windows: Window.Session(TimeSpan.FromSeconds(10)));
        _rows.Element("a", at: "12:00:05").Watermark("12:00:09").Element("a", at: "12:00:08").Element("a", at: "12:00:09");
        _rows.Complete();
        test.RunUntilIdle();
        Assert.Equal(["05 a 2"], _out.Rows);
        Assert.Equal(["a"], _late.Rows);
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task A_row_behind_its_partition_has_no_frame(int parallelism)
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                pipeline.Read("rows", _rows).KeyBy(row => row).Over("w", Frames.Range(TimeSpan.FromSeconds(20))).Lateness(Lateness.BySource)
                    .LateTo(out Stream<string> late)
                    .Aggregate(Aggregate.Of<string>().Count()).Map(result => $"{result.Row} {result.Result}").Write("out", _out);
                late.Write("late", _late);
            },
            Options(parallelism));
        _rows.Element("a", at: "12:00:05").Watermark("12:00:10").Element("a", at: "12:00:08").Element("a", at: "12:00:11");
        _rows.Element("a", at: "12:00:01", partition: 1).Complete();
        test.RunUntilIdle();
        Assert.Equal(["a 1", "a 2", "a 3"], _out.Rows);
        Assert.Equal(["a"], _late.Rows);
    }

    [Theory]
    [InlineData("a process function", "'before' (process)")]
    [InlineData("a window judged by the operator", "'before' (window)")]
    [InlineData("a window with early panes", "'before' (window)")]
    [InlineData("late rows of a window judged by the operator", "'before-late' (side output)")]
    public void It_cannot_be_asked_for_behind_an_operator_that_does_not_carry_it(string before, string named)
    {
        PipelineException error = Refusal(rows => Windowed(Before(before, rows).KeyBy(row => row)).Lateness(Lateness.BySource));
        Assert.StartsWith(
            $"Pipeline 'refused', operator 'w': lateness cannot be judged by source (Lateness.BySource), because its rows come by way of {named}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("or let the operator judge (Lateness.ByOperator).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_can_be_asked_for_behind_on_time_results_and_late_rows_that_were_judged_so()
    {
        Pipeline pipeline = Pipeline.Create("accepted");
        Stream<string> results = Windowed(pipeline.Read("rows", _rows).KeyBy(row => row), "first").Lateness(Lateness.BySource)
            .LateTo(out Stream<string> late)
            .Aggregate(Aggregate.Of<string>().Count()).Map(Text);
        Windowed(results.KeyBy(row => row), "second").Lateness(Lateness.BySource).Aggregate(Aggregate.Of<string>().Count()).Map(Text)
            .Write("out", _out);
        Windowed(late.KeyBy(row => row), "third").AllowedLateness(TimeSpan.FromHours(1)).Lateness(Lateness.BySource)
            .Aggregate(Aggregate.Of<string>().Count()).Map(Text).Write("late", _late);
    }

    [Fact]
    public void It_cannot_be_asked_for_where_it_would_promise_nothing()
    {
        TimeSpan second = TimeSpan.FromSeconds(1);
        Assert.Contains("processing time",
            Refusal(rows => Windowed(rows.KeyBy(row => row), windows: Window.Tumbling(second).InProcessingTime())
            .Lateness(Lateness.BySource)).Message, StringComparison.Ordinal);
        Assert.Contains("TwoPhase", Refusal(rows => Windowed(rows.KeyBy(row => row)).TwoPhase().Lateness(Lateness.BySource)).Message,
            StringComparison.Ordinal);
        Assert.Contains("MergeTouching",
            Refusal(rows => Windowed(rows.KeyBy(row => row), windows: Window.Session(second).MergeTouching()).Lateness(Lateness.BySource))
            .Message, StringComparison.Ordinal);
        Assert.Contains("limited length",
            Refusal(rows => Windowed(rows.KeyBy(row => row), windows: Window.Session(second, 2 * second)).Lateness(Lateness.BySource))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_keeps_a_watermark_for_each_run_of_rows()
    {
        var watermarks = new SourceWatermarks();
        Assert.Equal((EventTime.MinValue, int.MaxValue), At(0));
        watermarks.Begin(0, 5);
        watermarks.Begin(3, 5);
        watermarks.Begin(4, 7);
        watermarks.Begin(4, 6);
        for (int row = 10; row < 100; row++)
            watermarks.Begin(row, -row);
        watermarks.Begin(100, 8);
        watermarks.Begin(100, -99);
        Assert.Equal((5, 4), At(0));
        Assert.Equal((5, 4), At(3));
        Assert.Equal((6, 10), At(4));
        Assert.Equal((6, 10), At(9));
        Assert.Equal((-42, 43), At(42));
        Assert.Equal((-99, int.MaxValue), At(1000));
        watermarks.Clear();
        watermarks.Begin(2, 1);
        Assert.Equal((EventTime.MinValue, 2), At(1));

        (long, int) At(int row) => (watermarks.At(row, out int end), end);
    }

    private static string Text(WindowResult<string, long> result) =>
        $"{result.Window.Start / 1_000_000 % 60:00} {result.Key} {result.Result}";

    private static JobOptions Options(int parallelism) =>
        new() { Parallelism = parallelism, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    private static WindowedStream<string, string> Windowed(KeyedStream<string, string> rows, string name = "w",
        WindowAssigner? windows = null) =>
        rows.Window(name, windows ?? Window.Tumbling(TimeSpan.FromSeconds(10)));

    private static Stream<string> Before(string what, Stream<string> rows)
    {
        KeyedStream<string, string> keyed = rows.KeyBy(row => row);
        switch (what)
        {
            case "a process function":
                return keyed.Process("before", () => new Passing());
            case "a window judged by the operator":
                return Windowed(keyed, "before").Aggregate(Aggregate.Of<string>().Count()).Map(Text);
            case "a window with early panes":
                return Windowed(keyed, "before").Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(1))).Lateness(Lateness.BySource)
                    .Aggregate(Aggregate.Of<string>().Count()).Map(Text);
            default:
                Windowed(keyed, "before").LateTo(out Stream<string> late).Aggregate(Aggregate.Of<string>().Count());
                return late;
        }
    }

    private PipelineException Refusal(Func<Stream<string>, WindowedStream<string, string>> build)
    {
        Pipeline pipeline = Pipeline.Create("refused");
        WindowedStream<string, string> windows = build(pipeline.Read("rows", _rows));
        return Assert.Throws<PipelineException>(() => windows.Aggregate(Aggregate.Of<string>().Count()));
    }

    private Task<StreamTest> StartAsync(
        int parallelism, Func<WindowedStream<string, string>, WindowedStream<string, string>> say,
            Func<SourceStream<string>, Stream<string>>? times = null, WindowAssigner? windows = null) =>
        StreamTest.StartAsync(
            pipeline =>
            {
                SourceStream<string> rows = pipeline.Read("rows", _rows);
                say(Windowed((times?.Invoke(rows) ?? rows).KeyBy(row => row), windows: windows)).LateTo(out Stream<string> late)
                    .Aggregate(Aggregate.Of<string>().Count()).Map(Text).Write("out", _out);
                late.Write("late", _late);
            },
            Options(parallelism));

    private sealed class Passing : ProcessFunction<string, string, string>
    {
        public override void OnRow(in string row, ProcessContext<string, string> context) => context.Emit(row);
    }
}
