using System.Globalization;

namespace ActorStreams.Tests;

/// <summary>The events of Nexmark, each a function of its number: any part of them can be made again, in any order.</summary>
/// <param name="rate">Events a second of event time.</param>
/// <param name="seed">Another seed gives other rows.</param>
internal sealed class NexmarkGenerator(int rate = 10_000, ulong seed = 42)
{
    private const int InEpoch = 50, Auctions = 3, FirstId = 1000, FirstCategory = 10;
    private const int InFlight = 100, Active = 1000, Lead = 10, Step = 953;
    private const long UrlsFrom = 1L << 40;

    private static readonly DateTime s_start = new(2015, 7, 15);
    private static readonly string[] s_first =
        ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
    private static readonly string[] s_last =
        ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
    private static readonly string[] s_cities =
        ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];
    private static readonly string[] s_states = ["AZ", "CA", "ID", "OR", "WA", "WY"];
    private static readonly string[] s_channels = ["Google", "Facebook", "Baidu", "Apple"];

    private readonly Dictionary<long, string> _urls = [];

    /// <summary>The number of the row that comes in some place, if rows come in groups that are out of order.</summary>
    public static long NumberAt(long place, int group) => group == 1 ? place : place - (place % group) + (place * Step % group);

    public NexmarkEvent Event(long number) => (number % InEpoch) switch
    {
        0 => new NexmarkEvent(PersonOf(number), null, null),
        <= Auctions => new NexmarkEvent(null, AuctionOf(number), null),
        _ => new NexmarkEvent(null, null, BidOf(number)),
    };

    private DateTime TimeOf(long number) => s_start.AddMilliseconds(number * 1000 / rate);

    private static long LastPerson(long number) => number / InEpoch;

    private static long LastAuction(long number) =>
        ((number / InEpoch) * Auctions) + Math.Min(number % InEpoch, Auctions) - 1;

    private Person PersonOf(long number)
    {
        var random = new NumberedRandom(seed, number);
        string name = $"{s_first[random.Below(s_first.Length)]} {s_last[random.Below(s_last.Length)]}";
        string email = $"{random.Text(7, ' ')}@{random.Text(5, ' ')}.com";
        string card = string.Join(' ', Digits(ref random), Digits(ref random), Digits(ref random), Digits(ref random));
        string city = s_cities[random.Below(s_cities.Length)], state = s_states[random.Below(s_states.Length)];
        int size = 8 + name.Length + email.Length + card.Length + city.Length + state.Length;
        return new Person(FirstId + LastPerson(number), name, email, card, city, state, TimeOf(number), random.Extra(200 - size));
    }

    private Auction AuctionOf(long number)
    {
        var random = new NumberedRandom(seed, number);
        bool isHot = !random.OneIn(4);
        long seller = isHot ? LastPerson(number) / 100 * 100 : ColdPerson(number, ref random);
        long category = FirstCategory + random.Below(5), initial = random.Price();
        DateTime at = TimeOf(number), expires = at.AddMilliseconds(1 + random.Below(Math.Max(2 * Horizon(number), 1)));
        string item = random.Text(20, ' '), description = random.Text(100, ' ');
        long reserve = initial + random.Price();
        return new Auction(FirstId + LastAuction(number), item, description, initial, reserve, at, expires, FirstId + seller, category,
            random.Extra(500 - (8 + item.Length + description.Length + 40)));
    }

    private Bid BidOf(long number)
    {
        var random = new NumberedRandom(seed, number);
        bool isHot = !random.OneIn(2);
        long last = LastAuction(number), low = Math.Max(last - InFlight, 0);
        long auction = isHot ? last / 100 * 100 : low + random.Below(last - low + 1 + Lead);
        bool isHotBidder = !random.OneIn(4);
        long bidder = isHotBidder ? (LastPerson(number) / 100 * 100) + 1 : ColdPerson(number, ref random);
        long price = random.Price();
        bool isHotChannel = !random.OneIn(2);
        long channel = random.Below(isHotChannel ? s_channels.Length : 10_000);
        string name = isHotChannel ? s_channels[channel] : string.Create(CultureInfo.InvariantCulture, $"channel-{channel}");
        return new Bid(FirstId + auction, FirstId + bidder, price, name, UrlOf(isHotChannel ? channel : 4 + channel), TimeOf(number),
            random.Extra(100 - 32));
    }

    private static long ColdPerson(long number, ref NumberedRandom random)
    {
        long people = LastPerson(number) + 1, active = Math.Min(people, Active);
        return people - active + random.Below(active + Lead);
    }

    /// <summary>How long it takes on average until so many auctions more have begun as are in flight; in milliseconds.</summary>
    private long Horizon(long number) =>
        (long)(TimeOf(number + (InEpoch * InFlight / Auctions)) - TimeOf(number)).TotalMilliseconds;

    private static string Digits(ref NumberedRandom random) => random.Below(10_000).ToString("0000", CultureInfo.InvariantCulture);

    /// <summary>The one of a channel: 0 to 3 are the hot ones.</summary>
    private string UrlOf(long channel)
    {
        lock (_urls)
        {
            if (!_urls.TryGetValue(channel, out string? url))
                _urls[channel] = url = MakeUrl(channel);
            return url;
        }
    }

    private string MakeUrl(long channel)
    {
        var random = new NumberedRandom(seed, UrlsFrom + channel);
        string url = $"https://www.nexmark.com/{random.Text(5, '_')}/{random.Text(5, '_')}/{random.Text(5, '_')}/item.htm?query=1";
        if (channel < s_channels.Length || random.OneIn(10))
            return url;
        return string.Create(CultureInfo.InvariantCulture, $"{url}&channel_id={Math.Abs((long)Reversed((int)channel - 4))}");
    }

    private static int Reversed(int bits)
    {
        uint reversed = 0;
        for (int bit = 0; bit < 32; bit++)
            reversed |= (((uint)bits >> bit) & 1) << (31 - bit);
        return (int)reversed;
    }
}
