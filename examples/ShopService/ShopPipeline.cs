using ActorStreams;

namespace ShopService;

/// <summary>Payments, and orders that come by message, become bookings of accounts, each account an event-sourced entity; bookings are a
/// table of the store, and what each customer owes is a view.</summary>
internal sealed class ShopPipeline(Ingress<Payment> payments) : IPipelineDefinition
{
    public const string Name = "shop";

    /// <summary>The accounts, by customer.</summary>
    public static readonly EntityHandle<string, Account> Accounts = new("accounts");

    public Pipeline Build()
    {
        var pipeline = Pipeline.Create(Name);
        Stream<Booking> bookings = pipeline.Read("payments", payments, ErrorPolicy.Skip)
            .Map(payment => new Booking(payment.Id, payment.Customer, -payment.Cents))
            .KeyBy(booking => booking.Customer)
            .EventSourced<Account, Booking>(Accounts.Operator,
                decide: (account, booking) => account.Takes(booking) ? [booking] : [],
                apply: (account, booking) => account.With(booking));
        bookings.Write("bookings", Sinks.Table<Booking>("bookings",
                table => table.Column("id", booking => booking.Id)
                    .Column("customer", booking => booking.Customer)
                    .Column("cents", booking => booking.Cents)));
        bookings.KeyBy(booking => booking.Customer)
            .Aggregate("owed", owed => owed.Sum(booking => booking.Cents))
            .Materialize("owed-by-customer");
        return pipeline;
    }
}
