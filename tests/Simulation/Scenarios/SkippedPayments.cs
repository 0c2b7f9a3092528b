using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows on which user code throws, before and in a window: each is in the dead letters once.</summary>
public sealed class SkippedPayments : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .Map(payment => payment.Amount % 17 == 0 ? throw new InvalidOperationException("unlucky") : payment, errors: ErrorPolicy.Skip)
            .KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(10)), ErrorPolicy.Skip)
            .Aggregate(Aggregate.Of<Payment>()
                .Sum(payment => payment.Amount % 19 == 0 ? throw new InvalidOperationException("unlucky too") : payment.Amount))
            .Write("results", world.Table<WindowResult<string, long>>("results"));
}
