using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows that come several times, once each, and then in the order of their event times.</summary>
public sealed class OrderedOnce : Scenario
{
    private static readonly Comparer<Payment> s_byId = Comparer<Payment>.Create((a, b) => a.Id.CompareTo(b.Id));

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<Payment> payments = Keyed(pipeline, world, "payments").Stream;
        payments.Union(payments)
            .FlatMap(payment => Enumerable.Repeat(payment, 1 + (payment.Id % 3)))
            .KeyBy(payment => payment.Id)
            .Deduplicate("once", TimeSpan.FromSeconds(20))
            .OrderByEventTime("in-order", s_byId)
            .KeyBy(payment => payment.Account)
            .EventSourced<int, Link>("chain", decide: (before, payment) => [new Link(payment.Account, before, payment.Id)],
                apply: (_, link) => link.Id)
            .Map(link => $"{link.Account} {link.Before} {link.Id}")
            .Write("out", world.Table<string>("chain"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        foreach (var account in Payments(seed, "payments").OrderBy(payment => payment.Time).ThenBy(payment => payment.Id)
            .GroupBy(payment => payment.Account))
        {
            int before = 0;
            foreach (Payment payment in account)
                yield return $"chain: {account.Key} {before} {before = payment.Id}";
        }
    }

    public readonly record struct Link(string Account, int Before, int Id);
}
