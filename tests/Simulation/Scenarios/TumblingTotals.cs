using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Tumbling windows over several partitions, into a transactional sink.</summary>
public sealed class TumblingTotals : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("results", world.Table<WindowResult<string, (long, long)>>("results"));
}
