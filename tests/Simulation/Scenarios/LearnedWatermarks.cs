using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Windows per key with late rows, and adaptive watermarks whose largest delay holds every row: neither depends on how partitions
/// interleave.</summary>
public sealed class LearnedWatermarks : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        var learning = new AdaptiveOptions { MinimumDelay = Payment.Disorder, MaximumDelay = 2 * Payment.Disorder, WarmUpRows = 0 };
        Stream<Payment> payments = pipeline
            .Read("payments", world.Source("payments", random => Payment.Partitions(random, areKeysPrivate: true)))
            .WithEventTime(payment => payment.Time, Watermarks.Adaptive(0.99, learning).WithAlignment(TimeSpan.FromSeconds(20)));
        payments.KeyBy(payment => payment.Account)
            .WithKeyWatermarks(TimeSpan.FromSeconds(2))
            .Window("by-key", Window.Tumbling(TimeSpan.FromSeconds(5)))
            .Aggregate(Aggregate.Of<Payment>().Sum(payment => payment.Amount))
            .Write("by-key-out", world.Table<WindowResult<string, long>>("by_key"));
        payments.KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("totals-out", world.TwoPhase<WindowResult<string, (long, long)>>("totals"));
    }
}
