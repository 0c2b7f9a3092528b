using ActorStreams.TestKit;
using Akka.Actor;
using Xunit.Abstractions;

namespace ActorStreams.TestKit.Tests.ActorSystems;

/// <summary>Reads as a spec of a user's on Akka.TestKit.Xunit2.</summary>
[Trait("Issue", "12")]
public sealed class VisitsSpec(ITestOutputHelper output) : Akka.TestKit.Xunit2.TestKit(ActorStreamsTestKit.VirtualTime, output: output)
{
    private readonly record struct View(string User, DateTimeOffset Time);

    private readonly record struct Visit(string User, long Views);

    private readonly TestSource<View> _views = new();

    [Fact]
    public async Task A_visit_ends_after_half_an_hour_even_if_its_region_is_killed()
    {
        RowProbe<Visit> visits = this.CreateRowProbe<Visit>();
        await using Job job = await this.StartPipelineAsync(Visits(visits));
        _views.Element(Seen("ann", "12:00")).Element(Seen("ann", "12:10"));
        this.RunUntilIdle();
        await job.CommitAsync();

        IActorRef region = this.Region(job, "visits");
        Watch(region);
        region.Tell(Kill.Instance);
        await ExpectTerminatedAsync(region);
        _views.Element(Seen("bob", "12:41"));
        this.RunUntilIdle();
        await job.CommitAsync();

        await visits.ExpectNextAsync(new Visit("ann", 2));
        visits.ExpectNone();
        Assert.Equal(1, job.Restarts);
    }

    [Fact]
    public async Task A_restart_is_in_the_log()
    {
        await using Job job = await this.StartPipelineAsync(Visits(this.CreateRowProbe<Visit>()));

        await EventFilter.Warning(contains: "restarts from epoch 0").ExpectAsync(1, () =>
        {
            this.Region(job, "visits").Tell(Kill.Instance);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Time_passes_when_the_spec_says_so_for_jobs_and_actors_alike()
    {
        RowProbe<string> ends = this.CreateRowProbe<string>();
        var names = new Ingress<string>();
        await using Job job = await this.StartPipelineAsync(pipeline => pipeline.Read("names", names)
            .KeyBy(name => name)
            .Process("hour", static () => new AnHourLater())
            .Write("out", ends));
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMinutes(30), TestActor, "half", ActorRefs.NoSender);
        _ = names.TellAsync("ann");
        this.AdvanceTime(TimeSpan.FromMinutes(30));
        await job.CommitAsync();

        await ExpectMsgAsync("half");
        ends.ExpectNone();
        this.AdvanceTime(TimeSpan.FromMinutes(30));
        await job.CommitAsync();
        await ends.ExpectNextAsync("ann");
    }

    private sealed class AnHourLater : ProcessFunction<string, string, string>
    {
        public override void OnRow(in string row, ProcessContext<string, string> context) =>
            context.SetProcessingTimer(context.ProcessingTime + 3_600_000_000);

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) => context.Emit(context.Key);
    }

    private Pipeline Visits(Sink<Visit> visits)
    {
        var pipeline = Pipeline.Create("clickstream");
        pipeline.Read("views", _views)
            .WithEventTime(view => view.Time, Watermarks.Monotonic())
            .KeyBy(view => view.User)
            .Window("visits", Window.Session(TimeSpan.FromMinutes(30)))
            .Aggregate(a => a.Count())
            .Map(visit => new Visit(visit.Key, visit.Result))
            .Write("out", visits);
        return pipeline;
    }

    private static View Seen(string user, string at) => new(user, TestTime.Of(at));
}
