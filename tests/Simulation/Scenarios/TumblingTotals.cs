using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Windows;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Tumbling windows over several partitions, into a transactional sink.</summary>
public sealed class TumblingTotals : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Window("totals", Windows.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregates.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("results", world.Table<WindowResult<string, (long, long)>>("results"));
}
