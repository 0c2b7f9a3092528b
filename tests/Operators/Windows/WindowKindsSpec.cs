using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Every kind of windows, however its input is cut up, its output slow, and wherever it crashes.</summary>
public sealed class WindowKindsSpec
{
    private static readonly Trigger s_allTimings = Trigger.AfterWatermark(early: Trigger.AfterCount(2), late: Trigger.AfterCount(1));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static string Text(WindowResult<string, long> result) =>
        $"{result.Key} {result.Window.StartTime:HH:mm:ss} {result.Window.EndTime:HH:mm:ss} {result.Result} {result.Pane.Timing}";

    private static string Text(Change<WindowResult<string, long>> change) => $"{change.Weight:+0;-0} {Text(change.Row)}";

    /// <summary>Rows out of order, with equal times, and late.</summary>
    private static OperatorContract<string, TOut> Input<TOut>(Func<WindowedStream<string, string>, Stream<TOut>> aggregate,
        WindowAssigner windows, Func<TOut, string> text) =>
        new OperatorContract<string, TOut>(rows => aggregate(rows.KeyBy(row => row).Window("windows", windows)), text)
            .Element("a", at: "12:00:02").Element("b", at: "12:00:04").Element("a", at: "12:00:02").Element("a", at: "12:00:01")
            .Watermark("12:00:10").Element("a", at: "12:00:08").Element("b", at: "12:00:13").Watermark("12:00:30");

    [Fact]
    public void Tumbling_with_all_three_timings() =>
        Input(windows => windows.AllowedLateness(Seconds(5)).Trigger(s_allTimings).Aggregate(Aggregate.Of<string>().Count()),
        Window.Tumbling(Seconds(10)), Text)
        .Holds("""
            a 12:00:00 12:00:10 2 Early
            a 12:00:00 12:00:10 3 OnTime
            b 12:00:00 12:00:10 1 OnTime
            a 12:00:00 12:00:10 4 Late
            b 12:00:10 12:00:20 1 OnTime
            """);

    [Fact]
    public void Discarding_shows_each_row_in_one_pane() =>
        Input(windows => windows.AllowedLateness(Seconds(5)).Trigger(s_allTimings).Discarding().Aggregate(Aggregate.Of<string>().Count()),
        Window.Tumbling(Seconds(10)), Text)
        .Holds("""
            a 12:00:00 12:00:10 2 Early
            a 12:00:00 12:00:10 1 OnTime
            b 12:00:00 12:00:10 1 OnTime
            a 12:00:00 12:00:10 1 Late
            b 12:00:10 12:00:20 1 OnTime
            """);

    [Fact]
    public void Retracting_takes_each_pane_back_with_the_next() =>
        Input(windows => windows.AllowedLateness(Seconds(5)).Trigger(s_allTimings).Retracting().Aggregate(Aggregate.Of<string>().Count()),
        Window.Tumbling(Seconds(10)), Text)
        .Holds("""
            +1 a 12:00:00 12:00:10 2 Early
            -1 a 12:00:00 12:00:10 2 Early
            +1 a 12:00:00 12:00:10 3 OnTime
            +1 b 12:00:00 12:00:10 1 OnTime
            -1 a 12:00:00 12:00:10 3 OnTime
            +1 a 12:00:00 12:00:10 4 Late
            +1 b 12:00:10 12:00:20 1 OnTime
            """);

    [Fact]
    public void Hopping() =>
        Input(windows => windows.DropLate().Aggregate(Aggregate.Of<string>().Count()), Window.Hopping(Seconds(10), Seconds(5)), Text)
        .Holds("""
            a 11:59:55 12:00:05 3 OnTime
            b 11:59:55 12:00:05 1 OnTime
            a 12:00:00 12:00:10 3 OnTime
            b 12:00:00 12:00:10 1 OnTime
            a 12:00:05 12:00:15 1 OnTime
            b 12:00:05 12:00:15 1 OnTime
            b 12:00:10 12:00:20 1 OnTime
            """);

    [Fact]
    public void Cumulating() =>
        Input(windows => windows.DropLate().Aggregate(Aggregate.Of<string>().Count()), Window.Cumulate(Seconds(10), Seconds(5)), Text)
        .Holds("""
            a 12:00:00 12:00:05 3 OnTime
            b 12:00:00 12:00:05 1 OnTime
            a 12:00:00 12:00:10 3 OnTime
            b 12:00:00 12:00:10 1 OnTime
            b 12:00:10 12:00:15 1 OnTime
            b 12:00:10 12:00:20 1 OnTime
            """);

    [Fact]
    public void Sessions_whose_panes_are_out_are_taken_back_when_they_merge() =>
        Input(windows => windows.AllowedLateness(Seconds(20)).Retracting().Aggregate(Aggregate.Of<string>().Count()),
        Window.Session(Seconds(5)), Text)
        .Holds("""
            +1 a 12:00:01 12:00:07 3 OnTime
            +1 b 12:00:04 12:00:09 1 OnTime
            +1 a 12:00:08 12:00:13 1 OnTime
            +1 b 12:00:13 12:00:18 1 OnTime
            """);

    [Fact]
    public void A_late_row_that_joins_two_emitted_sessions_corrects_both()
    {
        new OperatorContract<string, Change<WindowResult<string, long>>>(
                rows => rows.KeyBy(row => row).Window("sessions", Window.Session(Seconds(5))).AllowedLateness(TimeSpan.FromMinutes(1))
                    .Retracting().Aggregate(Aggregate.Of<string>().Count()), Text)
            .Element("a", at: "12:00:00").Element("a", at: "12:00:08").Watermark("12:00:20").Element("a", at: "12:00:04").Watermark("12:05")
            .Holds("""
                +1 a 12:00:00 12:00:05 1 OnTime
                +1 a 12:00:08 12:00:13 1 OnTime
                -1 a 12:00:00 12:00:05 1 OnTime
                -1 a 12:00:08 12:00:13 1 OnTime
                +1 a 12:00:00 12:00:13 3 Late
                """);
    }

    [Fact]
    public void Every_few_rows() => new OperatorContract<string, WindowResult<string, long>>(
            rows => rows.KeyBy(row => row).Window("counts", Window.Count(2)).Aggregate(Aggregate.Of<string>().Count()),
                result => $"{result.Key} {result.Result}")
        .Element("a", at: "12:00").Element("a", at: "12:02").Element("b", at: "12:03").Element("a", at: "11:00")
        .Holds("""
            a 2
            b 1
            a 1
            """);

    [Fact]
    public async Task Windows_in_processing_time_close_by_the_clock_and_once_even_after_a_restart()
    {
        var clicks = new TestSource<string>();
        var counts = new TestSink<WindowResult<string, long>>(result => $"{result.Key} {result.Window.EndTime:HH:mm:ss} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("clicks", clicks).KeyBy(page => page)
            .Window("counts", Window.Tumbling(Seconds(10)).InProcessingTime()).Aggregate(Aggregate.Of<string>().Count())
                .Write("out", counts));
        clicks.Element("a", at: "12:00").Element("a", at: "09:00");
        test.AdvanceTime(Seconds(9)).Commit().CrashAndRestore();
        counts.ShouldEmit("");
        test.AdvanceTime(Seconds(1));
        counts.ShouldEmit("a 00:00:10 2");
        test.Commit().CrashAndRestore().AdvanceTime(Seconds(60));
        counts.ShouldEmit("");
    }

    [Fact]
    public async Task A_deadline_in_processing_time_survives_a_restart()
    {
        var clicks = new TestSource<string>();
        var counts = new TestSink<WindowResult<string, long>>(result => $"{result.Key} {result.Result} {result.Pane.Timing}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("clicks", clicks).KeyBy(page => page)
            .Window("counts", Window.Tumbling(TimeSpan.FromHours(1))).Trigger(Trigger.AfterProcessingTime(Seconds(10)).Repeatedly())
                .Aggregate(Aggregate.Of<string>().Count()).Write("out", counts));
        clicks.Element("a", at: "12:00").Element("a", at: "12:10");
        test.AdvanceTime(Seconds(4)).Commit().CrashAndRestore().AdvanceTime(Seconds(5));
        counts.ShouldEmit("");
        test.AdvanceTime(Seconds(1));
        counts.ShouldEmit("a 2 Early");
        test.AdvanceTime(Seconds(100));
        counts.ShouldEmit("");
    }

    [Fact]
    public async Task Nothing_is_kept_of_windows_that_have_expired()
    {
        var rows = new TestSource<int>();
        var results = new TestSink<WindowResult<int, long>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row)
            .Window("sessions", Window.Session(Seconds(5))).AllowedLateness(Seconds(10)).Aggregate(Aggregate.Of<int>().Count())
                .Write("out", results));
        for (int key = 0; key < 1_000; key++)
            rows.Element(key, at: "12:00:00");
        test.RunUntilIdle();
        Assert.Equal(1_000, OpenWindows(test, 1_000));
        rows.Watermark("12:00:14");
        Assert.Equal(1_000, results.Rows.Count);
        Assert.Equal(1_000, OpenWindows(test, 1_000));
        rows.Watermark("12:00:15");
        Assert.Equal(1_000, results.Rows.Count);
        Assert.Equal(0, OpenWindows(test, 1_000));
    }

    private static int OpenWindows(StreamTest test, int keys) => Enumerable.Range(0, keys)
        .Sum(key => test.Run(() => test.Job.Entity<int, IReadOnlyList<WindowResult<int, long>>>(new("sessions"), key).AskAsync())!.Count);

    [Fact]
    public async Task A_gap_of_a_year_costs_nothing()
    {
        var rows = new TestSource<string>();
        var results = new TestSink<WindowResult<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row)
            .Window("seconds", Window.Hopping(Seconds(2), Seconds(1))).Trigger(Trigger.ContinuousEventTime(TimeSpan.FromMilliseconds(1)))
                .Aggregate(Aggregate.Of<string>().Count()).Write("out", results));
        rows.Element("a", at: "2030-01-01T12:00:00").Watermark("2031-01-01").Element("a", at: "2031-01-01T12:00:00").Complete();
        results.ShouldEmit("""
            a 11:59:59 12:00:01 1 OnTime
            a 12:00:00 12:00:02 1 OnTime
            a 11:59:59 12:00:01 1 OnTime
            a 12:00:00 12:00:02 1 OnTime
            """);
    }

    [Fact]
    public async Task A_row_that_joins_sessions_whose_sums_overflow_is_skipped_without_a_trace()
    {
        var rows = new TestSource<long>();
        var results = new TestSink<WindowResult<int, long>>(result => $"{result.Window.StartTime:HH:mm:ss} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(_ => 1)
            .Window("sessions", Window.Session(Seconds(5)), ErrorPolicy.Skip).Aggregate(Aggregate.Of<long>().Sum(row => row))
                .Write("out", results));
        rows.Element(long.MaxValue, at: "12:00:00").Element(1, at: "12:00:08").Element(7, at: "12:00:04").Element(3, at: "12:00:09")
            .Watermark("12:01");
        results.ShouldEmit($"""
            12:00:00 {long.MaxValue}
            12:00:08 4
            """);
        test.Commit();
        Assert.Contains("7", (string)Assert.Single(test.ReadTable("dead_letters"))[3]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_one_of_its_windows_cannot_take_is_in_none_of_them()
    {
        var rows = new TestSource<long>();
        var results = new TestSink<WindowResult<int, long>>(result => $"{result.Window.StartTime:HH:mm:ss} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(_ => 1)
            .Window("hops", Window.Hopping(Seconds(3), Seconds(1)), ErrorPolicy.Skip)
                .Trigger(Trigger.AfterWatermark(late: Trigger.AfterCount(1)))
            .AllowedLateness(Seconds(1)).Aggregate(Aggregate.Of<long>().Sum(row => row)).Write("out", results));
        rows.Element(long.MaxValue, at: "12:00:00").Element(7, at: "12:00:02").Element(1, at: "12:00:03").Watermark("12:01");
        results.ShouldEmit($"""
            11:59:58 {long.MaxValue}
            11:59:59 {long.MaxValue}
            12:00:00 {long.MaxValue}
            12:00:01 1
            12:00:02 1
            12:00:03 1
            """);
        test.Commit();
        Assert.Contains("7", (string)Assert.Single(test.ReadTable("dead_letters"))[3]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_if_those_before_it_would_have_changed_in_place()
    {
        var rows = new TestSource<long>();
        var results = new TestSink<WindowResult<int, IReadOnlyList<long>>>(
            result => $"{result.Window.StartTime:HH:mm:ss} {string.Join(' ', result.Result)}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(_ => 1)
            .Window("hops", Window.Hopping(Seconds(3), Seconds(1)), ErrorPolicy.Skip).AllowedLateness(Seconds(1))
            .Aggregate(Aggregate.Of<long>().Collect(row => row, atMost: 2)).Write("out", results));
        rows.Element(1, at: "12:00:02").Element(2, at: "12:00:03").Element(7, at: "12:00:01").Watermark("12:01");
        results.ShouldEmit("""
            12:00:00 1
            12:00:01 1 2
            12:00:02 1 2
            12:00:03 2
            """);
        test.Commit();
        Assert.Contains("7", (string)Assert.Single(test.ReadTable("dead_letters"))[3]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Windows_of_the_user_s_own_may_come_in_any_order_and_twice()
    {
        var rows = new TestSource<string>();
        var results = new TestSink<WindowResult<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row)
            .Window("own", new BackAndForth()).Aggregate(Aggregate.Of<string>().Count()).Write("out", results));
        rows.Element("a", at: "12:00:00").Element("a", at: "12:00:01").Watermark("12:01");
        results.ShouldEmit("""
            a 11:59:59 12:00:01 1 OnTime
            a 12:00:00 12:00:02 2 OnTime
            a 12:00:01 12:00:03 2 OnTime
            a 12:00:02 12:00:04 1 OnTime
            """);
    }

    private sealed class BackAndForth : WindowAssigner<string>
    {
        public override string Definition => "back and forth";

        public override void Assign(in string row, long time, ICollection<Window> windows)
        {
            foreach (int second in (int[])[1, -1, 0, 1])
                windows.Add(new Window(time + (second * 1_000_000), time + ((second + 2) * 1_000_000)));
        }
    }

    [Fact]
    public async Task Rows_in_the_gaps_between_windows_belong_to_none_and_are_counted()
    {
        var rows = new TestSource<string>();
        var results = new TestSink<WindowResult<string, long>>(Text);
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("rows", rows).KeyBy(row => row)
            .Window("gaps", Window.Hopping(Seconds(2), Seconds(10))).Aggregate(Aggregate.Of<string>().Count()).Write("out", results));
        rows.Element("a", at: "12:00:01").Element("a", at: "12:00:02").Element("a", at: "12:00:09").Watermark("12:01");
        results.ShouldEmit("a 12:00:00 12:00:02 1 OnTime");
        Assert.Equal(2, test.Job.Run.Regions.Sum(region => region.Counters()["unassigned"]));
    }
}
