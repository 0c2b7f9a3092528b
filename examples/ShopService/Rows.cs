namespace ShopService;

/// <summary>What a customer orders.</summary>
internal sealed record Order(string Id, string Customer, long Cents);

/// <summary>An order that the customer's credit covers; the event that an account is made of.</summary>
internal sealed record Charged(string Order, string Customer, long Cents);

/// <summary>What a customer owes.</summary>
internal readonly record struct Account(long OwedCents, int Orders)
{
    /// <summary>Nobody may owe more than this.</summary>
    public const long CreditCents = 100_00;

    public bool Covers(long cents) => OwedCents + cents <= CreditCents;
}
