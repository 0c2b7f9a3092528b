using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows meet the version of a table that was valid at their time, whatever came first.</summary>
public sealed class VersionedPrices : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Table<string, Payment> prices = pipeline.Read("prices",
            world.Source("prices", random => Payment.Partitions(random, areKeysPrivate: true)))
            .WithEventTime(price => price.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(price => price.Account).ToTable("price-list");
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .AsOfJoin("priced", prices, JoinType.Left)
            .Map(pair => $"{pair.Left.Id} at {(pair.HasRight ? pair.Right.Amount : null)}").Write("out", world.TwoPhase<string>("priced"));
    }
}
