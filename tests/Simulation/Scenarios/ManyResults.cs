using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Windows of hundreds of keys with a row each: more results than an operator puts out at once, so that barriers cut in between
/// their shards.</summary>
public sealed class ManyResults : Scenario
{
    private const int Copies = 16;

    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random, paces: 2500)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .FlatMap(payment => Enumerable.Range(0, Copies).Select(copy => payment with { Id = (payment.Id * Copies) + copy }))
            .KeyBy(payment => payment.Id)
            .Window("single", Window.Tumbling(TimeSpan.FromSeconds(30)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("results", world.Table<WindowResult<int, (long, long)>>("results"));
}
