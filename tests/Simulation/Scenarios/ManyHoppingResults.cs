using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Windows with more results than an operator puts out at once, several of them in one shard: a barrier must not cut in between
/// two parts of a shard.</summary>
public sealed class ManyHoppingResults : Scenario
{
    private const int Copies = 40;

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<int, Payment> copies = Keyed(pipeline, world, "payments", paces: 2500).Stream
            .FlatMap(payment => Enumerable.Range(0, Copies).Select(copy => payment with { Id = (payment.Id * Copies) + copy }))
            .KeyBy(payment => payment.Id);
        var total = Aggregate.Of<Payment>().Sum(payment => payment.Amount);
        copies.Window("hopping", Window.Hopping(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30))).Aggregate(total)
            .KeyBy(result => result.Window).Window("sums", Window.Global())
                .Aggregate(Aggregate.Of<WindowResult<int, long>>().Count().Sum(result => result.Key))
            .Write("sums-out", world.Table<WindowResult<Window, (long, long)>>("sums"));
        copies.Window("sessions", Window.Session(TimeSpan.FromSeconds(40))).Aggregate(total).Map(result => result.Key)
            .Write("sessions-out", world.TwoPhase<int>("sessions"));
    }
}
