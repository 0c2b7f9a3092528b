using ActorStreams.Tests;

namespace ActorStreams.Sql.Tests.Nexmark;

/// <summary>The generator gives the rows of its specification: seed 42, 10,000 events a second.</summary>
public sealed class NexmarkGeneratorSpec
{
    private readonly NexmarkGenerator _events = new();

    [Fact]
    public void Events_have_the_check_values_of_the_specification()
    {
        Person sarah = _events.Event(0).Person!, smith = _events.Event(50).Person!;
        Assert.Equal((1000, "Sarah Abrams", "afif@nfm.com", "0934 6889 9573 0730", "Bend", "OR"),
            (sarah.Id, sarah.Name, sarah.Email, sarah.Card, sarah.City, sarah.State));
        Assert.Equal((1001, "Sarah Smith", "Redmond", "ID"), (smith.Id, smith.Name, smith.City, smith.State));
        Auction first = _events.Event(1).Auction!, later = _events.Event(51).Auction!;
        Assert.Equal((1000, 1010, 10, 29026307, 39212119, 271),
            (first.Id, first.Seller, first.Category, first.InitialBid, first.Reserve, (first.Expires - first.At).TotalMilliseconds));
        Assert.Equal((1003, 1000, 13, 18840740), (later.Id, later.Seller, later.Category, later.InitialBid));
        Bid bid = _events.Event(4).Bid!;
        Assert.Equal((1000, 1001, 24351, "Facebook"), (bid.AuctionId, bid.Bidder, bid.Price, bid.Channel));
        Assert.Contains("/zme/my_/krpc/", bid.Url, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_are_out_of_order_and_hold_every_number_once()
    {
        long[] numbers = [.. Enumerable.Range(0, 3000).Select(static place => NexmarkGenerator.NumberAt(place, 1000))];

        Assert.Equal(Enumerable.Range(0, 3000).Select(static one => (long)one), numbers.Order());
        Assert.NotEqual(numbers.Order(), numbers);
        Assert.All(numbers.Select((number, place) => Math.Abs(number - place)), static distance => Assert.InRange(distance, 0, 999));
    }
}
