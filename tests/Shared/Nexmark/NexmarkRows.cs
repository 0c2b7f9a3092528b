namespace ActorStreams.Tests;

/// <summary>Somebody who sells and bids.</summary>
public sealed record Person(
    long Id, string Name, string Email, string Card, string City, string State, DateTime At, string Extra);

/// <summary>An auction of an item. Prices are in cents.</summary>
public sealed record Auction(
    long Id, string Item, string Description, long InitialBid, long Reserve, DateTime At, DateTime Expires, long Seller, long Category,
    string Extra);

/// <summary>A bid in an auction. The property of the auction has the column's name, not that of the record.</summary>
public sealed record Bid(
    [property: ColumnName("auction")] long AuctionId, long Bidder, long Price, string Channel, string Url, DateTime At, string Extra);

/// <summary>A text for a number.</summary>
public sealed record SideInput(long Key, string Value);

/// <summary>One of the three: the others are null.</summary>
public sealed record NexmarkEvent(Person? Person, Auction? Auction, Bid? Bid)
{
    public DateTime At => Person?.At ?? Auction?.At ?? Bid!.At;
}
