using ActorStreams.TestKit;
using Akka.Actor;
using Xunit.Abstractions;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/testing-with-akka.md.</summary>
public sealed class TestingWithAkkaPage
{
    private static Pipeline Build(Source<PageView> views, Sink<Visit> visits)
    {
        var pipeline = Pipeline.Create("clickstream");
        pipeline.Read("views", views)
            .WithEventTime(view => view.Time, Watermarks.Monotonic())
            .KeyBy(view => view.User)
            .Window("visits", Window.Session(TimeSpan.FromMinutes(30)))
            .Aggregate(a => a.Count())
            .Map(visit => new Visit(visit.Key, visit.Result))
            .Write("out", visits);
        return pipeline;
    }

    public sealed record PageView(string User, DateTimeOffset Time);

    public sealed record Visit(string User, long Views);

    [Trait("Issue", "12")]
    public sealed class VisitsSpec : Akka.TestKit.Xunit2.TestKit
    {
        #region testing-with-akka-spec
        public VisitsSpec(ITestOutputHelper output)
            : base(ActorStreamsTestKit.VirtualTime, output: output)
        {
        }

        [Fact]
        public async Task A_visit_ends_after_half_an_hour_even_if_its_region_is_killed()
        {
            var views = new TestSource<PageView>();
            RowProbe<Visit> visits = this.CreateRowProbe<Visit>();
            await using Job job = await this.StartPipelineAsync(Build(views, visits));

            views.Element(new PageView("ann", TestTime.Of("12:00"))).Element(new PageView("ann", TestTime.Of("12:10")));
            this.RunUntilIdle();
            await job.CommitAsync();

            IActorRef region = this.Region(job, "visits");
            Watch(region);
            region.Tell(Kill.Instance);
            await ExpectTerminatedAsync(region);

            views.Element(new PageView("bob", TestTime.Of("12:41")));
            this.RunUntilIdle();
            await job.CommitAsync();

            await visits.ExpectNextAsync(new Visit("ann", 2));
            visits.ExpectNone();
        }
        #endregion

        [Fact]
        public async Task A_restart_is_logged()
        {
            await using Job job = await this.StartPipelineAsync(Build(new TestSource<PageView>(), this.CreateRowProbe<Visit>()));

            #region testing-with-akka-log
            await EventFilter.Warning(contains: "restarts from epoch 0").ExpectAsync(1, () =>
            {
                this.Region(job, "visits").Tell(Kill.Instance);
                return Task.CompletedTask;
            });
            #endregion
        }
    }
}
