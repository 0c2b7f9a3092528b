using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Hopping windows by slices, sessions, two phases and frames, all over one input.</summary>
public sealed class FastWindows : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder)).KeyBy(payment => payment.Account);
        var total = Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount);
        payments.Window("hopping", Window.Hopping(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2))).Aggregate(total)
            .Write("hopping-out", world.Table<WindowResult<string, (long, long)>>("hopping"));
        payments.Window("sessions", Window.Session(TimeSpan.FromSeconds(1))).Aggregate(total)
            .Write("sessions-out", world.Table<WindowResult<string, (long, long)>>("sessions"));
        payments.Window("phases", Window.Tumbling(TimeSpan.FromSeconds(3))).TwoPhase().Aggregate(total)
            .Write("phases-out", world.TwoPhase<WindowResult<string, (long, long)>>("phases"));
        payments.Over("over", Frames.Range(TimeSpan.FromSeconds(2))).Aggregate(total)
            .Write("over-out", world.Table<OverResult<Payment, (long, long)>>("over"));
    }
}
