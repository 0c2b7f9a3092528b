namespace ActorStreams.Benchmarks.Workloads;

internal static class BidSpan
{
    /// <summary>How many rows come before event time <paramref name="end"/>; times must be in order, so most spans cost one look.</summary>
    public static int CountUntil(this ReadOnlySpan<Bid> rows, long end)
    {
        if (rows[^1].Time < end) return rows.Length;
        int count = 0;
        while (rows[count].Time < end) count++;
        return count;
    }
}
