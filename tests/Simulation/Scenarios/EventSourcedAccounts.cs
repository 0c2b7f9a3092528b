using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Event-sourced entities whose answers depend on the order of their rows; each key comes from one partition.</summary>
public sealed class EventSourcedAccounts : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random, areKeysPrivate: true)))
            .KeyBy(payment => payment.Account)
            .EventSourced<Account, Booked>("accounts",
                decide: (account, payment) => account.Balance >= payment.Amount
                    ? [new Booked(payment.Id, -payment.Amount, account.Balance)]
                    : [new Booked(payment.Id, 700, account.Balance), new Booked(payment.Id, -1, account.Balance)],
                apply: (account, booked) => new Account(account.Balance + booked.Change))
            .Write("bookings", world.Table<Booked>("bookings"));

    public readonly record struct Account(long Balance);

    public readonly record struct Booked(int Payment, long Change, long Before);
}
