using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows and totals appended to topics of the store: nothing lost, nothing twice.</summary>
public sealed class TopicCopies : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<Payment> payments = pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder));
        payments.Write("copies", world.Topic<Payment>("copies"));
        payments.KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("results", world.Topic<WindowResult<string, (long, long)>>("results"));
    }
}
