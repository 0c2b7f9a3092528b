using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

public readonly record struct Click(string User, string Page);

#region own-windows
/// <summary>Clicks on the checkout page count for half an hour, all others for five minutes.</summary>
public sealed class ByPage : WindowAssigner<Click>
{
    public override string Definition => "half an hour after checkout, five minutes after other pages";

    public override bool Merges => true;

    public override void Assign(in Click row, long time, ICollection<Window> windows) =>
        windows.Add(new Window(time, time + (row.Page == "checkout" ? 1_800_000_000 : 300_000_000)));
}
#endregion

/// <summary>The code of docs/windows.md, docs/triggers.md and docs/lateness.md.</summary>
public sealed class WindowPages
{
    private readonly TestSource<Click> _clicks = new();
    private readonly TestSink<WindowResult<string, long>> _out = new(result =>
        $"{result.Key} {result.Window.StartTime:HH:mm} {result.Window.EndTime:HH:mm} {result.Result} {result.Pane.Timing}");

    private Task<StreamTest> StartAsync(Func<KeyedStream<string, Click>, Stream<WindowResult<string, long>>> build) =>
        StreamTest.StartAsync(pipeline => build(pipeline.Read("clicks", _clicks).KeyBy(click => click.User)).Write("out", _out));

    private void Click(string at, string page = "home") => _clicks.Element(new Click("ann", page), at);

    [Fact]
    public async Task Kinds()
    {
        #region kinds
        TimeZoneInfo berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        WindowAssigner[] kinds =
        [
            Window.Tumbling(TimeSpan.FromMinutes(5)),                            // [00:00, 00:05), [00:05, 00:10), …
            Window.Hopping(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(2)),   // [00:00, 00:10), [00:02, 00:12), …
            Window.Cumulate(TimeSpan.FromDays(1), TimeSpan.FromHours(1)),        // since midnight: [0 h, 1 h), [0 h, 2 h), …
            Window.Session(TimeSpan.FromMinutes(30)),                            // until nothing has come for half an hour
            Window.Day(berlin), Window.Week(berlin), Window.Month(berlin),     // days of 23, 24 and 25 hours
            Window.Global(),                                                     // one for all of time: give it a trigger
            Window.Tumbling(TimeSpan.FromMinutes(5)).InProcessingTime(),         // by the job's clock
        ];
        #endregion

        foreach (WindowAssigner kind in kinds)
        {
            var clicks = new TestSource<Click>();
            var results = new TestSink<WindowResult<string, long>>();
            await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("clicks", clicks).KeyBy(click => click.User)
                .Window("windows", kind).Aggregate(a => a.Count()).Write("out", results));
            clicks.Element(new Click("ann", "home"), at: "12:00").Complete();
            Assert.NotEmpty(results.Rows);
        }
    }

    [Fact]
    public async Task Sessions()
    {
        await using StreamTest test = await StartAsync(clicks =>
        #region sessions
            clicks.Window("visits", Window.Session(TimeSpan.FromMinutes(30)))
                  .Aggregate(a => a.Count())
        #endregion
        );
        Click("12:00");
        Click("12:50");
        Click("12:25");
        _clicks.Watermark("14:00");
        _out.ShouldEmit("ann 12:00 13:20 3 OnTime");
    }

    [Fact]
    public async Task A_result_per_row()
    {
        var counts = new TestSink<OverResult<Click, long>>(result => $"{result.Row.Page} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string, Click> clicks = pipeline.Read("clicks", _clicks).KeyBy(click => click.User);
            #region over
            Stream<OverResult<Click, long>> recent = clicks
                .Over("recent", Frames.Range(TimeSpan.FromMinutes(10)))    // or Frames.Rows(100)
                .Aggregate(a => a.Count());
            #endregion
            recent.Write("out", counts);
        });
        Click("12:09", "second");
        Click("12:00", "first");
        Click("12:10", "third");
        _clicks.Watermark("14:00");
        counts.ShouldEmit("""
            first 1
            second 2
            third 2
            """);
    }

    [Fact]
    public async Task All_rows_of_a_window()
    {
        var texts = new TestSink<string>(text => text);
        var lasts = new TestSink<WindowResult<string, Click>>(result => $"{result.Key} {result.Result.Page}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string, Click> clicks = pipeline.Read("clicks", _clicks).KeyBy(click => click.User);
            #region process
            Stream<string> steps = clicks
                .Window("steps", Window.Session(TimeSpan.FromMinutes(30)))
                .Process(visit => visit.Rows.Zip(visit.Rows.Skip(1), (from, to) => $"{visit.Key}: {from.Page} > {to.Page}"));

            Stream<WindowResult<string, Click>> last = clicks
                .Window("last", Window.Tumbling(TimeSpan.FromHours(1)))
                .Reduce((_, click) => click);
            #endregion
            steps.Write("steps-out", texts);
            last.Write("last-out", lasts);
        });
        Click("12:00", "home");
        Click("12:05", "cart");
        Click("12:20", "checkout");
        _clicks.Watermark("14:00");
        texts.ShouldEmit("""
            ann: home > cart
            ann: cart > checkout
            """);
        lasts.ShouldEmit("ann checkout");
    }

    [Fact]
    public async Task Own_windows()
    {
        await using StreamTest test = await StartAsync(clicks => clicks.Window("visits", new ByPage()).Aggregate(a => a.Count()));
        Click("12:00", "checkout");
        Click("12:20");
        Click("12:40");
        _clicks.Watermark("14:00");
        _out.ShouldEmit("""
            ann 12:00 12:30 2 OnTime
            ann 12:40 12:45 1 OnTime
            """);
    }

    [Fact]
    public async Task Three_timings()
    {
        await using StreamTest test = await StartAsync(clicks =>
        #region timings
            clicks.Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                  .Trigger(Trigger.AfterWatermark(
                      early: Trigger.AfterProcessingTime(TimeSpan.FromMinutes(1)),
                      late: Trigger.AfterCount(1)))
                  .AllowedLateness(TimeSpan.FromHours(2))
                  .Accumulating()
                  .Aggregate(a => a.Count())
        #endregion
        );
        Click("12:10");
        Click("12:11");
        test.AdvanceTime(TimeSpan.FromMinutes(1));
        Click("12:12");
        _clicks.Watermark("13:00");
        Click("12:59");
        _out.ShouldEmit("""
            ann 12:00 13:00 2 Early
            ann 12:00 13:00 3 OnTime
            ann 12:00 13:00 4 Late
            """);
    }

    [Fact]
    public async Task Composites()
    {
        await using StreamTest test = await StartAsync(clicks =>
        #region composites
            clicks.Window("pages", Window.Global())
                  .Trigger(Trigger.AfterFirst(
                      Trigger.AfterCount(100),
                      Trigger.AfterProcessingTime(TimeSpan.FromSeconds(10))).Repeatedly())
                  .Discarding()
                  .Aggregate(a => a.Count())
        #endregion
        );
        Click("12:10");
        Click("12:20");
        test.AdvanceTime(TimeSpan.FromSeconds(10));
        Assert.Equal(2, Assert.Single(_out.Rows).Result);
    }

    [Fact]
    public async Task Retracting()
    {
        var changes = new TestSink<Change<WindowResult<string, long>>>(change => $"{change.Weight:+0;-0} {change.Row.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string, Click> clicks = pipeline.Read("clicks", _clicks).KeyBy(click => click.User);
            #region retracting
            Stream<Change<WindowResult<string, long>>> counts = clicks
                .Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                .AllowedLateness(TimeSpan.FromHours(2))
                .Retracting()
                .Aggregate(a => a.Count());
            #endregion
            counts.Write("out", changes);
        });
        Click("12:10");
        _clicks.Watermark("13:00");
        Click("12:59");
        changes.ShouldEmit("""
            +1 1
            -1 1
            +1 2
            """);
    }

    [Fact]
    public async Task Late_rows()
    {
        TestSink<WindowResult<string, long>> counts = _out;
        var missed = new TestSink<Click>(click => click.Page);
        Stream<Click>? late = null;
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string, Click> clicks = pipeline.Read("clicks", _clicks).KeyBy(click => click.User);
            #region lateness
            clicks.Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                  .AllowedLateness(TimeSpan.FromMinutes(30))
                  .LateTo(out late)
                  .EmitOnClose()
                  .Aggregate(a => a.Count())
                  .Write("final", counts);
            late.Write("late", missed);
            #endregion
        });
        Click("12:10");
        _clicks.Watermark("13:00");
        Click("12:59");
        _clicks.Watermark("13:30");
        Click("12:58", "missed");
        _out.ShouldEmit("ann 12:00 13:00 2 Late");
        missed.ShouldEmit("missed");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task By_source(int parallelism)
    {
        var source = new TestSource<Click>(partitions: 2);
        TestSink<WindowResult<string, long>> counts = _out;
        var missed = new TestSink<Click>(click => click.Page);
        Stream<Click>? late = null;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                KeyedStream<string, Click> clicks = pipeline.Read("clicks", source).KeyBy(click => click.User);
                #region by-source
                clicks.Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                      .Lateness(Lateness.BySource)
                      .LateTo(out late)
                      .Aggregate(a => a.Count())
                      .Write("counts", counts);
                #endregion
                late!.Write("missed", missed);
            },
            new() { Parallelism = parallelism, MaxEventTimeAhead = null });
        source.Element(new("ann", "home"), "12:10").Watermark("13:00").Element(new("ann", "late by its partition"), "12:50");
        source.Element(new("ann", "home"), "12:40", partition: 1).Element(new("ann", "home"), "12:20", partition: 1).Complete();
        counts.ShouldEmit("ann 12:00 13:00 3 OnTime");
        missed.ShouldEmit("late by its partition");
    }

    [Fact]
    public async Task Corrections()
    {
        TestSink<WindowResult<string, long>> counts = _out;
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            KeyedStream<string, Click> clicks = pipeline.Read("clicks", _clicks).KeyBy(click => click.User);
            #region corrections
            Stream<WindowResult<string, long>> hourly = clicks
                .Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                .LateTo(out var late)
                .Aggregate(a => a.Count());

            Stream<WindowResult<string, long>> corrections = late    // how many clicks each hour has missed, a day later
                .KeyBy(click => click.User)
                .Window("corrections", Window.Tumbling(TimeSpan.FromHours(1)))
                .AllowedLateness(TimeSpan.FromDays(1))
                .EmitOnClose()
                .Aggregate(a => a.Count());

            hourly.Union(corrections).Write("counts", counts);
            #endregion
        });
        Click("12:10");
        _clicks.Watermark("13:30");
        Click("12:59");
        Click("12:58");
        _out.ShouldEmit("ann 12:00 13:00 1 OnTime");
        _clicks.Watermark("2030-01-02T13:00");
        _out.ShouldEmit("ann 12:00 13:00 2 Late");
    }
}
