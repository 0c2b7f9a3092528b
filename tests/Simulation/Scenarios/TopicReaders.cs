using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows read from a topic of the store that another job has written: by their event times and watermarks, from all
/// partitions.</summary>
public sealed class TopicReaders : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        world.Before("writer",
            (writer, outside) => Keyed(writer, outside, "payments")
            .Stream.Write("topic", Topics.To<Payment, string>("payments", 3, payment => payment.Account)));
        pipeline.Read("topic", Topics.Read<Payment>("payments").ToEnd().RateLimit(rowsPerSecond: 200))
            .KeyBy(payment => payment.Account)
            .EventSourced<long, string>("running", decide: (sum, payment) => [$"{payment.Account} {sum + payment.Amount}"],
                apply: (sum, text) => long.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))
            .KeyBy(text => text.Split(' ')[0]).ToTable("last").Changes().Settle("last", world, row => row.Value);
    }

    public override IEnumerable<string> Model(ulong seed) =>
        Payments(seed, "payments").GroupBy(payment => payment.Account)
            .Select(rows => $"last: {rows.Key} {rows.Sum(payment => payment.Amount)}");
}
