using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Two streams, joined by nearness and in sessions; rows without a partner come out, too.</summary>
public sealed class JoinedStreams : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> orders = Read("orders"), payments = Read("payments");
        orders.IntervalJoin("near", payments, Interval.Within(TimeSpan.FromMilliseconds(400)), JoinType.Full)
            .Map(Text).Write("near-out", world.Table<string>("near"));
        orders.WindowJoin("sessions", payments, Window.Session(TimeSpan.FromMilliseconds(300)), JoinType.Left)
            .Map(Text).Write("sessions-out", world.TwoPhase<string>("sessions"));

        KeyedStream<string, Payment> Read(string name) => pipeline.Read(name, world.Source(name, random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder)).KeyBy(payment => payment.Account);
    }

    private static string Text(Joined<Payment, Payment> pair) =>
        $"{(pair.HasLeft ? pair.Left.Id : null)} + {(pair.HasRight ? pair.Right.Id : null)}";
}
