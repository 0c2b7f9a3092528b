using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region testing-pipeline
public sealed record PageView(string User, string Page, DateTimeOffset Time);

public sealed record UserVisit(string User, long Pages);

public static class Clickstream
{
    public static Pipeline Build(Source<PageView> views, Sink<UserVisit> visits, Sink<PageView> missed)
    {
        var pipeline = Pipeline.Create("clickstream");
        var outOfOrder = Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)).WithIdleness(TimeSpan.FromMinutes(1));

        pipeline.Read("views", views)
                .WithEventTime(view => view.Time, outOfOrder)
                .KeyBy(view => view.User)
                .Window("visits", Window.Session(TimeSpan.FromMinutes(30)))
                .LateTo(out var late)
                .Aggregate(a => a.Count())
                .Map(visit => new UserVisit(visit.Key, visit.Result))
                .Write("visits-out", visits);
        late.Write("missed", missed);
        return pipeline;
    }
}
#endregion

/// <summary>The code of docs/testing.md.</summary>
public sealed class TestingPage
{
    #region testing-test
    private readonly TestSource<PageView> _views = new(partitions: 2);
    private readonly TestSink<UserVisit> _visits = new(visit => $"{visit.User} {visit.Pages}");
    private readonly TestSink<PageView> _missed = new(view => view.Page);

    private static PageView View(string user, string page, string at) => new(user, page, TestTime.Of(at));

    [Fact]
    public async Task Clicks_less_than_half_an_hour_apart_are_one_visit_even_across_a_crash()
    {
        await using var test = await StreamTest.StartAsync(Clickstream.Build(_views, _visits, _missed));

        _views.Element(View("ann", "home", at: "12:00")).Element(View("ann", "cart", at: "12:20"));
        _views.Element(View("bob", "home", at: "12:54:59"), partition: 1);
        test.Commit().CrashAndRestore();                    // the state comes back from the last epoch
        _visits.ShouldEmit("");                             // partition 0 may still bring views from 12:15 on

        _views.Element(View("cid", "home", at: "12:55"));   // five minutes out of order: both are complete until 12:49:59
        _visits.ShouldEmit("");
        _views.Element(View("bob", "cart", at: "12:56"), partition: 1);
        _visits.ShouldEmit("ann 2");                        // complete until 12:50

        _views.Element(View("ann", "help", at: "12:05"));
        _missed.ShouldEmit("help");                         // too late, and not lost
    }

    [Fact]
    public async Task A_silent_partition_does_not_hold_the_visits_back_for_more_than_a_minute()
    {
        await using var test = await StreamTest.StartAsync(Clickstream.Build(_views, _visits, _missed));
        _views.Element(View("ann", "home", at: "12:00")).Element(View("bob", "home", at: "13:00"));
        _visits.ShouldEmit("");                             // partition 1 may have earlier ones

        test.AdvanceTime(TimeSpan.FromMinutes(1));
        _visits.ShouldEmit("ann 1");
    }
    #endregion

    #region testing-failure
    [Fact]
    public async Task A_connection_that_breaks_and_a_record_that_cannot_be_read_lose_and_double_nothing()
    {
        var options = new JobOptions { Parallelism = 1, Restart = RestartPolicy.BackOff, Errors = ErrorPolicy.Skip };
        await using var test = await StreamTest.StartAsync(Clickstream.Build(_views, _visits, _missed), options);

        _views.Element(View("ann", "home", at: "12:00"))
              .Reject("{ not json", new FormatException("no JSON"))
              .Fail(new IOException("connection lost"))
              .Element(View("ann", "cart", at: "12:20"))
              .Complete();
        test.AdvanceTime(TimeSpan.FromSeconds(5));          // the job restarts, and epochs end, by virtual time

        _visits.ShouldEmit("ann 2");
        Assert.Single(test.ReadTable("dead_letters"));
    }
    #endregion

    #region testing-real-waits
    private readonly TestSource<PageView> _seen = new();
    private readonly TestSink<string> _countries = new();

    private static async ValueTask<string> CountryOf(PageView view, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(2), cancellation);       // or a request over HTTP
        return view.User == "ann" ? "Norway" : "unknown";
    }

    [Fact]
    public async Task A_service_is_really_asked()
    {
        await using var test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("views", _seen).MapAsync(CountryOf).Write("countries", _countries),
            waits: RealWaits.Allowed(TimeSpan.FromSeconds(20)));

        _seen.Element(View("ann", "home", at: "12:00"));
        _countries.ShouldEmit("Norway");                    // once the call has come back
    }
    #endregion
}
