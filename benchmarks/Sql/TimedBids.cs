using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Sql;

/// <summary>A bid whose time SQL knows as one; it is no larger for that.</summary>
internal readonly record struct TimedBid(long Auction, long Bidder, long Price, long Time)
{
    public DateTime At => new(DateTime.UnixEpoch.Ticks + (Time * TimeSpan.TicksPerMicrosecond));
}

/// <summary>The rows of the benchmarks of SQL, made once.</summary>
internal static class TimedBids
{
    private static (long Rows, long Keys, TimedBid[] Bids) _last = (0, 0, []);

    public static TimedBid[] Of(long rows, long keys)
    {
        if (_last.Rows != rows || _last.Keys != keys)
        {
            _last = (rows, keys, Array.ConvertAll(Bids.Generate(rows, keys),
                static bid => new TimedBid(bid.Auction, bid.Bidder, bid.Price, bid.Time)));
        }

        return _last.Bids;
    }

    /// <summary>The bids of a pipeline, in the order of their times.</summary>
    public static Stream<TimedBid> Read(Pipeline pipeline, TimedBid[] bids, string name = "bids") => pipeline
        .Read(name, Sources.Of(bids)).WithEventTime(static bid => bid.Time, Watermarks.Monotonic());
}
