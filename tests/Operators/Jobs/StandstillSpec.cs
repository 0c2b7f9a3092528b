using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Progress;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A job that keeps results back, or cannot end its epoch, says so, once; a job that is fine says nothing. On virtual
/// time.</summary>
public sealed class StandstillSpec
{
    private static readonly WatermarkStrategy s_bounded = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2));
    private readonly List<JobNotice> _notices = [];

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private JobOptions Told => Options(1) with { EpochInterval = Seconds(1), OnNotice = _notices.Add };

    [Fact]
    [Trait("Issue", "B3")]
    public async Task Open_windows_whose_watermark_stands_still_are_told_within_ten_seconds_and_once()
    {
        var source = new FedSource(2);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Told);
        source.Add(0, At(1), At(25, "b")).Add(1, At(3));
        test.AdvanceTime(Seconds(3));
        Assert.Empty(test.Job.Conditions);
        test.AdvanceTime(Seconds(7));

        JobNotice notice = Assert.Single(_notices);
        Assert.Equal(JobNoticeKind.Standstill, notice.Kind);
        foreach (string part in (string[])["operator 'counts' keeps back 2 open windows", "stands at 1970-01-01T00:00:01",
            "Source partition 'rows/1' holds it",
            "has given no row since 2030-01-01T00:00:00Z", "WithQuiet(WhenQuiet.GoOnAfter(…))", "DrainAsync"])
        {
            Assert.Contains(part, notice.Message, StringComparison.Ordinal);
        }

        JobCondition condition = Assert.Single(test.Job.Conditions);
        Assert.Equal(("counts", notice.Message), (condition.Operator, condition.Message));
        Assert.Equal(test.Clock.Start, condition.Since, Seconds(4));
        string described = test.Job.Describe();
        Assert.Contains(notice.Message, described, StringComparison.Ordinal);
        Assert.Contains("rows/1: 1 rows, watermark 1970-01-01T00:00:01Z, no row for 10 s", described, StringComparison.Ordinal);
        Assert.Contains("counts: watermark 1970-01-01T00:00:01Z, keeps back 2 open windows", described, StringComparison.Ordinal);

        test.AdvanceTime(TimeSpan.FromMinutes(10));
        Assert.Single(_notices);
        source.Add(0, At(61)).Add(1, At(60));
        test.AdvanceTime(Seconds(5));
        Assert.Equal([JobNoticeKind.Standstill, JobNoticeKind.GoesOn], _notices.Select(told => told.Kind));
        Assert.Empty(test.Job.Conditions);
    }

    [Theory]
    [Trait("Issue", "B3")]
    [InlineData("a pattern")]
    [InlineData("a join")]
    [InlineData("sessions")]
    public async Task Whatever_waits_for_the_watermark_is_told(string what)
    {
        FedSource left = new(), right = new();
        var sink = new TestSink<string>();
        Pattern<Event> silent = Pattern.Begin<Event>("beat").NotFollowedBy("next", _ => true).Within(Seconds(30));
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                KeyedStream<string, Event> rows = pipeline.Read("left", left).WithEventTime(row => row.Time, s_bounded)
                    .KeyBy(row => row.Key);
                KeyedStream<string, Event> others = pipeline.Read("right", right).WithEventTime(row => row.Time, s_bounded)
                    .KeyBy(row => row.Key);
                (what switch
                {
                    "a pattern" => rows.Match("op", silent).Select(match => match.Key),
                    "a join" => rows.IntervalJoin("op", others, Interval.Within(Seconds(10)), JoinType.Left).Map(pair => pair.Left.Key),
                    _ => rows.Window("op", Window.Session(Seconds(10))).Aggregate(Aggregate.Of<Event>().Count()).Map(result => result.Key),
                }).Write("out", sink);
                if (what != "a join")
                    others.Stream.Map(row => row.Key).Write("others", new TestSink<string>());
            },
            Told);
        left.Add(0, At(1), At(2));
        test.AdvanceTime(Seconds(10));
        JobNotice notice = Assert.Single(_notices);
        Assert.Contains("operator 'op' keeps back", notice.Message, StringComparison.Ordinal);
        Assert.Contains(what == "a join" ? "'right/0'" : "'left/0'", notice.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Issue", "B3")]
    [InlineData("rows come")]
    [InlineData("a live source is quiet")]
    [InlineData("nothing waits")]
    [InlineData("markers come every minute")]
    public async Task A_job_that_is_fine_says_nothing(string how)
    {
        var source = new FedSource { IsLive = how == "a live source is quiet" };
        var sink = new TestSink<WindowResult<string, long>>();
        WatermarkStrategy watermarks = how.StartsWith("markers", StringComparison.Ordinal)
            ? Watermarks.Punctuated<Event>(row => row.IsMarker ? row.Time : null) : s_bounded;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, watermarks).KeyBy(row => row.Key)
                .Window("counts", Window.Tumbling(TimeSpan.FromHours(1))).Aggregate(Aggregate.Of<Event>().Count()).Write("out", sink),
            Told);
        if (how == "markers come every minute")
        {
            for (int second = 0; second < 60; second++)
            {
                source.Add(0, At(second));
                test.AdvanceTime(Seconds(1));
            }

            source.Add(0, At(60, isMarker: true));
            test.AdvanceTime(Seconds(5));
            _notices.Clear();      // the first minute is as new to the job as to us
        }

        for (int second = 61; second < 300; second++)
        {
            if (how == "rows come" || (how == "a live source is quiet" && second < 70)
                || how.StartsWith("markers", StringComparison.Ordinal))
                source.Add(0, At(second, isMarker: second % 60 == 0));
            test.AdvanceTime(Seconds(1));
        }

        Assert.Empty(_notices);
        Assert.Empty(test.Job.Conditions);
    }

    [Fact]
    [Trait("Issue", "B3")]
    public async Task Late_rows_that_nobody_keeps_are_told()
    {
        var scheduler = new SimulationScheduler(seed: 2);
        var source = new FedSource();
        var pipeline = Pipeline.Create("volatile");
        pipeline.Read("rows", source).WithEventTime(row => row.Time, s_bounded).CountInto(Sink());
        Job job = scheduler.Run(() => Job.StartAsync(pipeline, null, Told.On(scheduler)));
        source.Add(0, At(1), At(50), At(2));
        scheduler.Run(() => Task.Delay(Seconds(8), scheduler.Clock));
        JobNotice notice = Assert.Single(_notices, told => told.Kind == JobNoticeKind.LettersForNobody);
        Assert.Contains("1 rows so far", notice.Message, StringComparison.Ordinal);
        Assert.Contains("operator 'counts': Late", notice.Message, StringComparison.Ordinal);
        scheduler.Run(() => job.DisposeAsync().AsTask());
    }

    [Fact]
    [Trait("Issue", "B2")]
    public async Task Rows_that_are_late_because_of_a_silence_are_told_with_the_remedy()
    {
        var source = new FedSource { IsLive = true };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Told);
        source.Add(0, At(1));
        test.AdvanceTime(Seconds(60));
        source.Add(0, At(2));
        test.AdvanceTime(Seconds(5));
        JobNotice notice = Assert.Single(_notices);
        Assert.Equal(JobNoticeKind.LateBehindSilence, notice.Kind);
        Assert.Contains("WithQuiet(WhenQuiet.Hold)", notice.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Issue", "C7")]
    [InlineData("a sink that prepares")]
    [InlineData("a sink that commits")]
    [InlineData("a call")]
    public async Task Who_holds_up_the_epoch_is_named_after_ten_seconds(string who)
    {
        var scheduler = new SimulationScheduler(seed: 9);
        var source = new FedSource();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = Pipeline.Create("held");
        Stream<Event> rows = pipeline.Read("rows", source);
        if (who == "a call")
        {
            rows = rows.MapAsync(async (row, _) =>
            {
                await held.Task;
                return row;
            });
        }

        rows.Write("out", new HeldSink(who, held.Task));
        Job job = scheduler.Run(() => Job.StartAsync(pipeline, null, Told.On(scheduler)));
        source.Add(0, At(1));
        scheduler.Run(() => Task.Delay(Seconds(11), scheduler.Clock));

        JobNotice notice = Assert.Single(_notices);
        Assert.Equal(JobNoticeKind.EpochHeldUp, notice.Kind);
        Assert.Contains(who switch
        {
            "a sink that prepares" => "'out' has been preparing its part for",
            "a sink that commits" => "'out' has been committing its part for",
            _ => "has 1 calls under way, none of which has returned for",
        }, notice.Message, StringComparison.Ordinal);
        Assert.Contains(notice.Message, job.Describe(), StringComparison.Ordinal);
        Assert.Equal(JobNoticeKind.EpochHeldUp, Assert.Single(job.Conditions).Kind);

        held.SetResult();
        scheduler.Run(() => Task.Delay(Seconds(6), scheduler.Clock));
        Assert.Equal([JobNoticeKind.EpochHeldUp, JobNoticeKind.EpochGoesOn], _notices.Select(told => told.Kind));
        Assert.Empty(job.Conditions);
        scheduler.Run(() => job.DisposeAsync().AsTask());
    }

    /// <summary>Prepares or commits once the test lets it.</summary>
    private sealed class HeldSink(string who, Task until) : Sink<Event>
    {
        public override string Description => "held sink";

        public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

        public override ValueTask<SinkWriter<Event>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
            new(new Writer(who, until));

        private sealed class Writer(string who, Task until) : SinkWriter<Event>
        {
            public override void Write(in Chunk<Event> chunk)
            {
            }

            public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
            {
                if (who == "a sink that prepares")
                    await until;
                return PreparedOutput.None;
            }

            public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
            {
                if (who == "a sink that commits")
                    await until;
            }
        }
    }
}
