using ActorStreams;
using Akka.Actor;

namespace ShopService;

/// <summary>An actor of the shop's: gives each order to its customer's account, which decides on it, and tells the job of payments. Both
/// are answered once they are durable.</summary>
internal sealed class CreditDesk : ReceiveActor
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <param name="payments">Where payments are told.</param>
    /// <param name="accounts">The accounts, which are entities of the job.</param>
    public CreditDesk(Ingress<Payment> payments, IActorRef accounts)
    {
        Receive<Order>(order => AnswerAsync(order, accounts).PipeTo(Sender, Self, failure: error => new Status.Failure(error)));
        Receive<Payment>(payment => payments.TellNowAsync(payment)
            .PipeTo(Sender, Self, () => new Paid(payment.Id), error => new Status.Failure(error)));
    }

    /// <summary>The answer to an order that is charged, and durable.</summary>
    internal sealed record Taken(string Order, long Epoch);

    /// <summary>The answer to an order that the customer's credit does not cover.</summary>
    internal sealed record Refused(string Order, long OwedCents);

    /// <summary>The answer to a payment that is durable.</summary>
    internal sealed record Paid(string Payment);

    private static async Task<object> AnswerAsync(Order order, IActorRef accounts)
    {
        var booking = new Booking(order.Id, order.Customer, order.Cents);
        CommandCommitted<Booking> done = await accounts.Ask<CommandCommitted<Booking>>(
            new EntityEnvelope(order.Customer, booking), s_patience);
        if (done.Events.Count > 0)
            return new Taken(order.Id, done.Epoch);

        // Refused; or the answer was lost, and the customer has sent the order again.
        EntityState<Account> account = await accounts.Ask<EntityState<Account>>(
            new EntityEnvelope(order.Customer, new GetState<Account>()), s_patience);
        return account.Value.Last == order.Id ? new Taken(order.Id, done.Epoch) : new Refused(order.Id, account.Value.OwedCents);
    }
}
