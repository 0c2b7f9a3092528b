using ActorStreams;
using Akka.Actor;

namespace ShopService;

/// <summary>An actor of the shop's, which knows of streams only a job that it asks and feeds: takes orders, and answers each.</summary>
internal sealed class CreditDesk : ReceiveActor
{
    /// <param name="orders">Where orders are told.</param>
    /// <param name="shop">Where accounts are.</param>
    public CreditDesk(Ingress<Order> orders, Job shop) =>
        Receive<Order>(order => AnswerAsync(order, orders, shop).PipeTo(Sender, Self, failure: error => new Status.Failure(error)));

    /// <summary>The answer to an order that is durable, and charged unless another one of the customer's came first.</summary>
    internal sealed record Taken(string Order, long Epoch);

    /// <summary>The answer to an order that the customer's credit does not cover.</summary>
    internal sealed record Refused(string Order, long OwedCents);

    private static async Task<object> AnswerAsync(Order order, Ingress<Order> orders, Job shop)
    {
        Account account = await shop.Entity(ShopPipeline.Accounts, order.Customer).AskAsync();
        if (!account.Covers(order.Cents))
            return new Refused(order.Id, account.OwedCents);
        await orders.TellNowAsync(order);
        return new Taken(order.Id, shop.Epoch);
    }
}
