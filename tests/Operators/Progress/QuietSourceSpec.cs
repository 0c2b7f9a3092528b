using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Stateless;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Live sources that fall quiet: results come out, the same after a restart; all on virtual time.</summary>
[Trait("Issue", "B2")]
public sealed class QuietSourceSpec
{
    private static readonly WatermarkStrategy s_bounded = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    public async Task The_last_window_comes_out_within_window_and_bound_and_five_seconds(int partitions, int parallelism)
    {
        var source = new FedSource(partitions) { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(parallelism));
        source.Add(0, At(1), At(3));
        for (int partition = 1; partition < partitions; partition++)
            source.Add(partition, At(2));

        // The window [0, 10) is complete at 12 in event time: 9 to 10 seconds after the last rows, and five of quiet time.
        test.AdvanceTime(Seconds(13));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(Seconds(3));
        Assert.Equal([$"a 0 {partitions + 1}"], sink.Shown());
    }

    [Fact]
    public async Task Idleness_alone_brings_the_results_of_a_single_live_source_out()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded.WithIdleness(Seconds(20)), sink, Options(1));
        source.Add(0, At(1), At(3));
        test.AdvanceTime(Seconds(60));
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Fact]
    public async Task Partitions_that_never_had_a_row_hold_nobody()
    {
        var source = new FedSource(3) { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(2));
        source.Add(1, At(1), At(3));
        test.AdvanceTime(Seconds(16));
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Theory]
    [InlineData("the source's silence says nothing")]
    [InlineData("the strategy says hold")]
    [InlineData("the strategy says hold while all are idle")]
    [InlineData("the job says never")]
    [InlineData("the rows say how far they are complete")]
    public async Task Event_time_waits_for_rows_where(string who)
    {
        var source = new FedSource { IsLive = !who.Contains("says nothing", StringComparison.Ordinal) };
        WatermarkStrategy watermarks = who switch
        {
            "the strategy says hold" => s_bounded.WithQuiet(WhenQuiet.Hold),
            "the strategy says hold while all are idle" => s_bounded.WithIdleness(Seconds(1), WhenAllIdle.Hold),
            "the rows say how far they are complete" => Watermarks.Punctuated<Event>(row => row.IsMarker ? row.Time : null),
            _ => s_bounded,
        };
        TestSink<WindowCount> sink = Sink();
        JobOptions options = Options(1);
        await using StreamTest test = await StartAsync(source, watermarks, sink, who.Contains("job", StringComparison.Ordinal)
            ? options with { QuietAfter = null } : options);
        source.Add(0, At(1), At(2, isMarker: true));
        test.AdvanceTime(TimeSpan.FromHours(1));
        Assert.Empty(sink.Shown());
        source.Add(0, At(3)).End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 3"], sink.Shown());
    }

    [Fact]
    public async Task Any_source_and_strategy_goes_on_after_the_time_it_is_told()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.Punctuated<Event>(row => row.IsMarker ? row.Time : null)
            .WithQuiet(WhenQuiet.GoOnAfter(Seconds(30)));
        await using StreamTest test = await StartAsync(source, watermarks, sink, Options(1));
        source.Add(0, At(1), At(2, isMarker: true));
        test.AdvanceTime(Seconds(37));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(Seconds(2));
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Fact]
    public async Task Rows_that_are_as_far_behind_the_clock_as_before_the_silence_are_in_time()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1));
        source.Add(0, At(1));
        for (int second = 2; second < 100; second += 14)
        {
            test.AdvanceTime(Seconds(14));
            source.Add(0, At(second + 13 - 7));   // seven seconds later than usual: the bound and the quiet time
            source.Add(0, At(second + 13));
        }

        source.End();
        test.RunUntilIdle();
        Assert.Equal(15, sink.Rows.Sum(result => result.Result));
        Assert.Equal(0, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
    }

    [Fact]
    public async Task Rows_that_come_behind_a_silence_are_late_counted_and_kept()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1));
        source.Add(0, At(1), At(3));
        test.AdvanceTime(Seconds(20));
        source.Add(0, At(4), At(30)).End();
        test.RunUntilIdle();
        Assert.Equal(["a 0 2", "a 30 1"], sink.Shown());
        Assert.Equal(1, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
        Assert.Equal(1, test.Job.Metrics.Partitions["rows/0"].LateAfterQuiet);
        Assert.Single(test.ReadTable("dead_letters"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_a_silence_has_completed_is_complete_after_a_restart(int parallelism)
    {
        var source = new FedSource(2) { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(parallelism));
        source.Add(0, At(1), At(3)).Add(1, At(2), At(11));
        test.AdvanceTime(Seconds(20));
        Assert.Equal(["a 0 3"], sink.Shown());
        test.Commit().CrashAndRestore(1);
        source.Add(0, At(4), At(12)).Add(1, At(5));
        test.AdvanceTime(Seconds(20));
        Assert.Equal(["a 0 3", "a 10 2"], sink.Shown());
        Assert.Equal(2, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
    }

    [Fact]
    public async Task What_was_not_stored_when_the_process_died_has_not_happened()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1));
        source.Add(0, At(1), At(3));
        test.Commit().AdvanceTime(Seconds(5));
        test.CrashAndRestore();
        source.Add(0, At(4));
        test.AdvanceTime(Seconds(20));
        Assert.Equal(["a 0 3"], sink.Shown());
    }

    [Fact]
    public async Task A_silence_of_which_the_source_knows_nothing_does_not_count()
    {
        var source = new FedSource { IsLive = true, IsUpToDate = false };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1) with { EpochInterval = Seconds(1) });
        source.Add(0, At(1), At(3));
        test.AdvanceTime(Seconds(60));
        Assert.Empty(sink.Shown());
        source.IsUpToDate = true;
        test.AdvanceTime(Seconds(12));
        Assert.Empty(sink.Shown());
        test.AdvanceTime(Seconds(5));
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Fact]
    public async Task A_row_from_ahead_of_the_clock_does_not_take_the_clock_ahead_of_itself()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink,
            Options(1) with { MaxEventTimeAhead = TimeSpan.FromDays(1) });
        double now = (test.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        source.Add(0, At(now), At(now + 100));
        test.AdvanceTime(Seconds(90));
        source.Add(0, At(now + 98.5));      // in time: a second ahead of the watermark, though more than a minute has passed
        test.AdvanceTime(Seconds(30));
        source.End();
        test.RunUntilIdle();
        Assert.Equal(0, test.Job.Metrics.CounterOf(new("counts"), Counters.LateDropped));
        Assert.Equal(3, sink.Rows.Sum(result => result.Result));
    }

    [Fact]
    public async Task Absence_is_told_while_nothing_comes()
    {
        var beats = new FedSource { IsLive = true };
        var sink = new TestSink<string>();
        Pattern<Event> silent = Pattern.Begin<Event>("beat").NotFollowedBy("next", _ => true).Within(Seconds(30));
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("beats", beats).WithEventTime(row => row.Time, s_bounded).KeyBy(row => row.Key)
                .Match("silent", silent).Select(match => match.Key).Write("out", sink),
            Options(1));
        beats.Add(0, At(1), At(2, "b"), At(3));
        test.AdvanceTime(Seconds(40));
        sink.ShouldEmit("b\na");
    }

    [Fact]
    public async Task A_row_without_a_partner_comes_out_while_neither_side_gives_any_more()
    {
        FedSource left = new() { IsLive = true }, right = new() { IsLive = true };
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("left", left).WithEventTime(row => row.Time, s_bounded).KeyBy(row => row.Key)
                .IntervalJoin("join", pipeline.Read("right", right).WithEventTime(row => row.Time, s_bounded).KeyBy(row => row.Key),
                    Interval.Within(Seconds(10)), JoinType.Left)
                .Map(pair => $"{pair.Left.Key} {pair.HasRight}").Write("out", sink),
            Options(1));
        left.Add(0, At(1), At(2, "b"));
        test.RunUntilIdle();
        test.AdvanceTime(Seconds(20));
        sink.ShouldEmit("a False\nb False");
    }

    [Fact]
    public async Task A_session_ends_while_nothing_comes()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, s_bounded).KeyBy(row => row.Key)
                .Window("sessions", Window.Session(Seconds(10))).Aggregate(Aggregate.Of<Event>().Count()).Write("out", sink),
            Options(1));
        source.Add(0, At(1), At(5));
        test.AdvanceTime(Seconds(18));
        Assert.Equal(["a 1 2"], sink.Shown());
    }

    [Fact]
    public async Task An_ingress_shows_its_last_window_in_a_job_with_every_default()
    {
        var thread = new SimulationScheduler(seed: 1);
        VirtualClock clock = thread.Clock;
        var ingress = new Ingress<Event>();
        TestSink<WindowCount> sink = Sink();
        var pipeline = Pipeline.Create("live");
        pipeline.Read("rows", ingress).WithEventTime(row => row.Time, s_bounded).CountInto(sink);
        double now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        Task[] told = [ingress.TellAsync(At(now + 1)), ingress.TellAsync(At(now + 2))];
        Job job = thread.Run(() => Job.StartAsync(pipeline, Store.InMemory(), new JobOptions().On(thread)));
        for (int second = 0; second < 10 + 2 + 5 + 2; second++)
        {
            thread.RunReady();
            clock.Advance(Seconds(1));
        }

        thread.RunReady();
        await Task.WhenAll(told);
        Assert.Equal(2, Assert.Single(sink.Committed).Result);
        thread.Run(() => job.StopAsync());
    }
}
