using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Changes that cancel out in part, consolidated at the end of each epoch; what they come to in all does not depend on where
/// epochs end.</summary>
public sealed class NetChanges : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .Map(payment => new Change<string>(payment.Account, payment.Amount % 3 == 0 ? -1 : 1))
            .Consolidate("net")
            .Map(change => (change.Row, Weight: (long)change.Weight))
            .KeyBy(row => row.Row)
            .Window("sums", Window.Global())
            .Aggregate(Aggregate.Of<(string Row, long Weight)>().Sum(row => row.Weight))
            .Filter(sum => sum.Result != 0)     // what came and went within one epoch was not seen at all
            .Write("results", world.Table<WindowResult<string, long>>("results"));
}
