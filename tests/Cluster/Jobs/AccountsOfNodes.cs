using ActorStreams.Authoring;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>What a customer orders: a row of the stream, and a command to the customer's account.</summary>
internal sealed record Order(string Id, string Customer, long Cents);

/// <summary>What an account has decided on an order.</summary>
[StoredCases(typeof(Charged), typeof(Refused))]
internal abstract record Decision(string Id);

internal sealed record Charged(string Id, string Customer, long Cents) : Decision(Id);

internal sealed record Refused(string Id) : Decision(Id);

/// <summary>What a customer owes: an abstract state, so that its cases cross nodes.</summary>
[StoredCases(typeof(Open), typeof(Empty))]
internal abstract record Account(long Owed, int Orders);

internal sealed record Open(long Owed, int Orders) : Account(Owed, Orders);

internal sealed record Empty() : Account(0, 0);

/// <summary>A pipeline with an event-sourced account for each customer, fed by an ingress and by commands, and a table of what customers
/// owe.</summary>
internal sealed class AccountsOfNodes
{
    public const long Credit = 100;

    public static readonly EntityHandle<string, Account> Handle = new("accounts");

    /// <summary>The table of each customer's last order.</summary>
    public const string Last = "last-orders";

    public Ingress<Order> Orders { get; } = new();

    public Pipeline Build()
    {
        Pipeline pipeline = Pipeline.Create("shop");
        EventSourcedStream<string, Account, Decision> decisions = pipeline.Read("orders", Orders).KeyBy(static order => order.Customer)
            .EventSourced<Account, Decision>(Handle.Operator, Decide, static (account, decision) => decision is Charged charged
                ? new Open(account.Owed + charged.Cents, account.Orders + 1) : account, () => new Empty());
        decisions.Write("decisions", Sinks.Table<Decision>("decisions", columns => columns.Column("id", decision => decision.Id)));
        decisions.Filter(static decision => decision is Charged).Map(static decision => (Charged)decision)
            .KeyBy(static charged => charged.Customer).ToTable("last").Materialize(Last);
        return pipeline;
    }

    private static IEnumerable<Decision> Decide(Account account, Order order)
    {
        if (order.Cents < 0)
            throw new InvalidOperationException("a negative amount");
        return [account.Owed + order.Cents <= Credit ? new Charged(order.Id, order.Customer, order.Cents) : new Refused(order.Id)];
    }
}

/// <summary>What tests tell the actors of entities.</summary>
internal static class Asking
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    public static Task<CommandCommitted<Decision>> GiveAsync(this IActorRef accounts, Order order, bool isUrgent = true) =>
        accounts.Ask<CommandCommitted<Decision>>(new EntityEnvelope(order.Customer, order) { IsUrgent = isUrgent }, s_limit);

    public static async Task<Account> CurrentAsync(this IActorRef accounts, string customer) =>
        (await accounts.Ask<EntityState<Account>>(new EntityEnvelope(customer, new GetState<Account>()), s_limit)).Value!;

    public static async Task<(Account Account, long Epoch)> CommittedAsync(this IActorRef accounts, string customer)
    {
        var state = await accounts.Ask<EntityState<Account>>(
            new EntityEnvelope(customer, new GetState<Account>(EntityConsistency.Committed)), s_limit);
        return (state.Value!, state.Epoch!.Value);
    }

    public static async Task<JobException> RefusedAsync(this IActorRef actor, object message) =>
        await Assert.ThrowsAsync<JobException>(() => actor.Ask<object>(message, s_limit));
}
