namespace ShopService;

/// <summary>What a customer orders.</summary>
internal sealed record Order(string Id, string Customer, long Cents);

/// <summary>What a customer has paid.</summary>
internal sealed record Payment(string Id, string Customer, long Cents);

/// <summary>What changes an account: the price of an order, or a payment, which is below zero. A command to the account; and the event that
/// it is made of.</summary>
internal sealed record Booking(string Id, string Customer, long Cents);

/// <summary>What a customer owes.</summary>
/// <param name="OwedCents">The sum.</param>
/// <param name="Orders">How many orders were charged.</param>
/// <param name="Last">The booking that came last: one that comes again is known.</param>
internal readonly record struct Account(long OwedCents, int Orders, string? Last)
{
    /// <summary>Nobody may owe more than this.</summary>
    public const long CreditCents = 100_00;

    /// <summary>Whether a booking is to be made: it is new, and the credit covers it.</summary>
    public bool Takes(Booking booking) => booking.Id != Last && (booking.Cents < 0 || OwedCents + booking.Cents <= CreditCents);

    public Account With(Booking booking) => new(OwedCents + booking.Cents, booking.Cents > 0 ? Orders + 1 : Orders, booking.Id);
}
