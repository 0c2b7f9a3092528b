using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>The slow, obvious answers.</summary>
public static class Model
{
    /// <summary>Tumbling one-second counts: a counter for every key and window there can be.</summary>
    public static Outcome TumblingCounts(IReadOnlyList<Bid[]> inputs, long keys)
    {
        var digest = new ResultDigest();
        foreach ((long window, int[] counts) in CountsByWindow(inputs, keys))
            AddTo(digest, window, counts);
        return digest.Outcome;
    }

    /// <summary>Three stateless stages: a filter that keeps half of the rows, and two maps.</summary>
    public static Outcome Stages(Bid[] input)
    {
        var digest = new ResultDigest();
        foreach (Bid bid in input)
            if (bid.Auction % 2 == 0) digest.Add(bid with { Price = bid.Price * 100, Bidder = bid.Bidder + 1 });
        return digest.Outcome;
    }

    public static SortedDictionary<long, int[]> CountsByWindow(IReadOnlyList<Bid[]> inputs, long keys)
    {
        var windows = new SortedDictionary<long, int[]>();
        foreach (Bid[] input in inputs)
        {
            int[] counts = [];
            long current = long.MinValue;
            foreach (ref readonly Bid bid in input.AsSpan())
            {
                long window = Bids.WindowOf(bid.Time);
                if (window != current)
                {
                    if (!windows.TryGetValue(window, out counts!)) windows.Add(window, counts = new int[keys]);
                    current = window;
                }
                counts[bid.Auction]++;
            }
        }
        return windows;
    }

    public static void AddTo(ResultDigest digest, long window, ReadOnlySpan<int> counts)
    {
        for (int key = 0; key < counts.Length; key++)
            if (counts[key] != 0) digest.Add(new WindowCount(key, window, counts[key]));
    }
}
