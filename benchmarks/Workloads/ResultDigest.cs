using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>Consumes results as a sink would, and adds them up in a way that no order, batching or split over actors changes.</summary>
/// <remarks>One writer. Digests of parallel sinks are added as outcomes.</remarks>
public sealed class ResultDigest
{
    private long _count, _sum, _checksum;

    public Outcome Outcome => new(_count, _sum, _checksum);

    public void Add(ReadOnlySpan<WindowCount> results)
    {
        long sum = 0, checksum = 0;
        foreach (ref readonly WindowCount result in results)
        {
            sum += result.Count;
            checksum += HashOf(result.Auction, result.Window, result.Count);
        }
        _count += results.Length;
        _sum += sum;
        _checksum += checksum;
    }

    public void Add(WindowCount result) => Add([result]);

    /// <summary>Rows of a stateless query: sums of all fields, the cheapest reading that leaves none out.</summary>
    public void Add(ReadOnlySpan<Bid> bids)
    {
        long price = 0, rest = 0;
        foreach (ref readonly Bid bid in bids)
        {
            price += bid.Price;
            rest += bid.Auction + bid.Bidder + bid.Time;
        }
        _count += bids.Length;
        _sum += price;
        _checksum += rest;
    }

    public void Add(in Bid bid)
    {
        _count++;
        _sum += bid.Price;
        _checksum += bid.Auction + bid.Bidder + bid.Time;
    }

    private static long HashOf(long auction, long window, long count)
    {
        ulong hash = unchecked((((ulong)auction * 0x9E3779B97F4A7C15) + (ulong)window) * 0xD6E8FEB86659FD93);
        return unchecked((long)(hash ^ (hash >> 32)) * count);
    }
}
