using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sinks;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Windows;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region testing-pipeline
public sealed record PageView(string User, string Page);

public sealed record UserVisit(string User, long Pages);

public static class Clickstream
{
    public static void Build(Stream<PageView> views, Sink<UserVisit> visits, Sink<PageView> missed)
    {
        views.KeyBy(view => view.User)
             .Window("visits", Windows.Session(TimeSpan.FromMinutes(30)))
             .LateTo(out var late)
             .Aggregate(Aggregates.Of<PageView>().Count())
             .Map(visit => new UserVisit(visit.Key, visit.Result))
             .Write("visits-out", visits);
        late.Write("missed", missed);
    }
}
#endregion

/// <summary>The code of docs/testing.md.</summary>
public sealed class TestingPage
{
    #region testing-test
    [Fact]
    public async Task Clicks_less_than_half_an_hour_apart_are_one_visit_even_across_a_crash()
    {
        var views = new TestSource<PageView>();
        var visits = new TestSink<UserVisit>(visit => $"{visit.User} {visit.Pages}");
        var missed = new TestSink<PageView>(view => view.Page);
        await using var test = await StreamTest.StartAsync(pipeline => Clickstream.Build(pipeline.Read("views", views), visits, missed));

        views.Element(new("ann", "home"), at: "12:00").Element(new("ann", "cart"), at: "12:20").Watermark("12:20");
        visits.ShouldEmit("");                              // not yet: the session is open

        test.Commit().CrashAndRestore();                    // the state comes back from the last epoch
        views.Watermark("12:50").Element(new("ann", "help"), at: "12:05");
        visits.ShouldEmit("ann 2");
        missed.ShouldEmit("help");
    }
    #endregion
}
