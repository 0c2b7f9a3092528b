using ActorStreams.Authoring;
using ActorStreams.TestKit;
using FailedLogins;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>What pages and examples promise, in the situation they describe: rows come as they happen, and then nothing happens any
/// more.</summary>
[Trait("Issue", "B8")]
public sealed class LiveAndQuiet
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JobOptions s_options = new() { Parallelism = 1, EpochInterval = TimeSpan.FromSeconds(5) };

    private sealed record Click(string User, DateTimeOffset Time);

    [Fact]
    public async Task FailedLogins_tells_of_a_host_that_fell_silent_and_of_guessed_passwords_though_no_further_line_comes()
    {
        var signals = new TestSource<Signal>(silence: new StandardInput(TextReader.Null).Silence);
        var told = new List<string>();
        await using StreamTest test = await StreamTest.StartAsync(
            AlertPipeline.Build("live", signals, TimeSpan.FromSeconds(5), alert => told.Add(alert.ToString())), s_options);
        signals.Element(new Heartbeat("web-1", s_start)).Element(new Login("ann", false, s_start.AddSeconds(1)))
            .Element(new Login("ann", false, s_start.AddSeconds(2)))
            .Element(new Login("ann", false, s_start.AddSeconds(3)));

        test.AdvanceTime(TimeSpan.FromSeconds(25));
        Assert.Empty(told);
        test.AdvanceTime(TimeSpan.FromSeconds(30));
        Assert.Equal(["2030-01-01T00:00:30Z web-1 has been silent since 00:00:00"], told);
        test.AdvanceTime(TimeSpan.FromMinutes(10));
        Assert.Equal("2030-01-01T00:10:01Z ann failed to log in three times from 00:00:01 and has not succeeded since", told[^1]);
    }

    [Fact]
    public async Task Watermarks_complete_the_last_minute()
    {
        var measurements = new TestSource<Measurement>(silence: Silence.NothingHappens);
        var counts = new TestSink<WindowResult<string, long>>(result => $"{result.Key} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("measurements", measurements)
                .WithEventTime(m => m.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)))
                .KeyBy(m => m.Device)
                .Window("per-minute", Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(a => a.Count())
                .Write("counts", counts),
            s_options);
        measurements.Element(new Measurement("a", s_start.AddSeconds(30), 1));
        test.AdvanceTime(TimeSpan.FromSeconds(20));
        counts.ShouldEmit("");
        test.AdvanceTime(TimeSpan.FromMinutes(1));   // window + bound + five seconds + two epochs
        counts.ShouldEmit("a 1");
    }

    [Fact]
    public async Task Testing_shows_a_visit_when_the_user_is_gone()
    {
        var views = new TestSource<PageView>(silence: Silence.NothingHappens);
        var visits = new TestSink<UserVisit>(visit => $"{visit.User} {visit.Pages}");
        await using StreamTest test = await StreamTest.StartAsync(Clickstream.Build(views, visits, new TestSink<PageView>()), s_options);
        views.Element(new PageView("ann", "home", s_start)).Element(new PageView("ann", "cart", s_start.AddMinutes(1)));
        test.AdvanceTime(TimeSpan.FromMinutes(30));
        visits.ShouldEmit("");
        test.AdvanceTime(TimeSpan.FromMinutes(8));
        visits.ShouldEmit("ann 2");
    }

    [Fact]
    public async Task Lateness_gives_results_and_their_corrections_a_day_later()
    {
        var source = new TestSource<Click>(silence: Silence.NothingHappens);
        var counts = new TestSink<WindowResult<string, long>>(result => $"{result.Key} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                KeyedStream<string, Click> clicks = pipeline.Read("clicks", source)
                    .WithEventTime(c => c.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5))).KeyBy(c => c.User);
                Stream<WindowResult<string, long>> hourly = clicks.Window("hourly", Window.Tumbling(TimeSpan.FromHours(1)))
                    .LateTo(out var late).Aggregate(a => a.Count());
                Stream<WindowResult<string, long>> corrections = late.KeyBy(click => click.User)
                    .Window("corrections", Window.Tumbling(TimeSpan.FromHours(1))).AllowedLateness(TimeSpan.FromDays(1)).EmitOnClose()
                        .Aggregate(a => a.Count());
                hourly.Union(corrections).Write("counts", counts);
            },
            s_options with { EpochInterval = TimeSpan.FromMinutes(5) });
        source.Element(new Click("ann", s_start.AddMinutes(10)));
        test.AdvanceTime(TimeSpan.FromMinutes(90));
        counts.ShouldEmit("ann 1");
        source.Element(new Click("ann", s_start.AddMinutes(20))).Element(new Click("ann", s_start.AddMinutes(30)));   // an hour too late
        test.AdvanceTime(TimeSpan.FromHours(20));
        counts.ShouldEmit("");
        test.AdvanceTime(TimeSpan.FromHours(6));
        counts.ShouldEmit("ann 2");
    }

    [Fact]
    public async Task Tables_forget_a_key_that_is_not_written_any_more()
    {
        var orders = new TestSource<Click>(silence: Silence.NothingHappens);
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("clicks", orders)
                .WithEventTime(c => c.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5))).KeyBy(c => c.User)
                .ToTable("last-click", new TableOptions<Click> { TimeToLive = TimeSpan.FromMinutes(10) }).Materialize("view"),
            s_options);
        orders.Element(new Click("ann", s_start));
        test.AdvanceTime(TimeSpan.FromMinutes(9));
        Assert.NotNull(await test.Job.Table<string, Click>("view").GetAsync("ann"));
        test.AdvanceTime(TimeSpan.FromMinutes(2));
        Assert.Null(await test.Job.Table<string, Click>("view").GetAsync("ann"));
    }

    [Fact]
    public void Topics_pass_the_day_on_to_a_reader_that_follows_them()
    {
        var scheduler = new SimulationScheduler(seed: 1);
        var options = new JobOptions
        {
            Parallelism = 1,
            EpochInterval = TimeSpan.FromMinutes(10),
            OnNotice = _ => { }
        }.On(scheduler);
        var store = Store.InMemory();
        var trades = new Ingress<Trade>();

        var booking = Pipeline.Create("booking");
        booking.Read("trades", trades)
               .WithEventTime(t => t.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)))
               .KeyBy(t => t.Account)
               .Window("daily", Window.Tumbling(TimeSpan.FromDays(1)))
               .Aggregate(a => a.Sum(t => t.Profit))
               .Map(day => new DailyProfit(day.Key, day.Result))
               .Write("profits", Topics.To("daily-profits", 4, (DailyProfit p) => p.Account));
        var ranking = Pipeline.Create("ranking");
        ranking.Read("profits", Topics.Read<DailyProfit>("daily-profits").PollEvery(TimeSpan.FromMinutes(10)))
               .KeyBy(_ => "all")
               .Window("best", Window.Tumbling(TimeSpan.FromDays(1)))
               .Aggregate(a => a.Max(p => p.Profit))
               .Write("best-of-day",
                   Sinks.Table<WindowResult<string, decimal?>>("best",
                   t => t.Column("day", r => r.Window.Start).Column("profit", r => (double)r.Result!)));
        Job writer = scheduler.Run(() => Job.StartAsync(booking, store, options));
        Job reader = scheduler.Run(() => Job.StartAsync(ranking, store, options));

        scheduler.Run(() => trades.TellAsync(new Trade(scheduler.Clock.GetUtcNow(), "ann", "ACME", 7)));
        scheduler.Run(() => Task.Delay(TimeSpan.FromHours(23), scheduler.Clock));
        Assert.Empty(store.ReadTable("best"));
        scheduler.Run(() => Task.Delay(TimeSpan.FromHours(2), scheduler.Clock));
        Assert.Equal(7.0, Assert.Single(store.ReadTable("best"))[1]);
        scheduler.Run(() => writer.DisposeAsync().AsTask());
        scheduler.Run(() => reader.DisposeAsync().AsTask());
    }
}
