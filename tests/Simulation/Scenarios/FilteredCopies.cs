using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Nothing but stateless operators between a source and two sinks, one transactional, one in two phases.</summary>
public sealed class FilteredCopies : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<Payment> large = pipeline
            .Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .Filter(payment => payment.Amount >= 200);
        large.Map(payment => payment.Id * 2).Write("doubled", world.Table<int>("doubled"));
        large.Map(payment => payment.Id).Write("ids", world.TwoPhase<int>("ids"));
    }
}
