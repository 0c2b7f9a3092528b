using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Two exchanges: window results get another key and are windowed again; the results of both go out, the last through two
/// phases.</summary>
public sealed class ChainedWindows : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<WindowResult<string, long>> totals = pipeline
            .Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(5)))
            .Aggregate(Aggregate.Of<Payment>().Sum(payment => payment.Amount));
        totals.Write("totals-out", world.Table<WindowResult<string, long>>("totals"));
        totals
            .KeyBy(total => total.Result % 7)
            .Window("groups", Window.Tumbling(TimeSpan.FromSeconds(20)))
            .Aggregate(Aggregate.Of<WindowResult<string, long>>().Count().Max(total => total.Result))
            .Write("groups-out", world.TwoPhase<WindowResult<long, (long, long?)>>("groups"));
    }
}
