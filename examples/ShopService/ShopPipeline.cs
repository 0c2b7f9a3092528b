using ActorStreams;

namespace ShopService;

/// <summary>Orders become charges of accounts, each account an event-sourced entity; charges are a table of the store.</summary>
internal sealed class ShopPipeline(Ingress<Order> orders) : IPipelineDefinition
{
    public const string Name = "shop";

    /// <summary>The accounts, by customer.</summary>
    public static readonly EntityHandle<string, Account> Accounts = new("accounts");

    public Pipeline Build()
    {
        var pipeline = Pipeline.Create(Name);
        pipeline.Read("orders", orders, ErrorPolicy.Skip)
            .KeyBy(order => order.Customer)
            .EventSourced<Account, Charged>(Accounts.Operator,
                decide: (account, order) => account.Covers(order.Cents) ? [new Charged(order.Id, order.Customer, order.Cents)] : [],
                apply: (account, charged) => new Account(account.OwedCents + charged.Cents, account.Orders + 1))
            .Write("charges", Sinks.Table<Charged>("charges",
                table => table.Column("order_id", charged => charged.Order)
                    .Column("customer", charged => charged.Customer)
                    .Column("cents", charged => charged.Cents)));
        return pipeline;
    }
}
