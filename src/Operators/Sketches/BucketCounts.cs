using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Sketches;

/// <summary>Counts by bucket number: a window over the numbers in use, at most <c>limit</c> wide; what falls below it is counted in its
/// lowest bucket.</summary>
internal record struct BucketCounts
{
    private int _first;
    private long[]? _counts;

    public readonly int SizeBytes => (_counts?.Length ?? 0) * sizeof(long);

    public readonly int First => _first;

    public readonly ReadOnlySpan<long> Counts => _counts;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int bucket, long weight, int limit)
    {
        uint at = (uint)(bucket - _first);
        if (_counts is { } counts && at < (uint)counts.Length)
            counts[at] += weight;
        else
            AddOutside(bucket, weight, limit);
    }

    public void Merge(in BucketCounts other, int limit)
    {
        // from above, so that what has to be given up is given up once
        for (int at = other.Counts.Length - 1; at >= 0; at--)
        {
            if (other.Counts[at] != 0)
                Add(other._first + at, other.Counts[at], limit);
        }
    }

    public readonly BucketCounts Copy() => this with { _counts = (long[]?)_counts?.Clone() };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddOutside(int bucket, long weight, int limit)
    {
        ReadOnlySpan<long> old = _counts;
        int lowest = bucket, highest = bucket;
        int from = old.IndexOfAnyExcept(0), to = old.LastIndexOfAnyExcept(0);
        if (from >= 0)
            (lowest, highest) = (Math.Min(bucket, _first + from), Math.Max(bucket, _first + to));
        lowest = Math.Max(lowest, highest - limit + 1);
        int used = highest - lowest + 1;
        int length = Math.Min(limit, Math.Max(16, used + (used / 2)));
        int first = lowest - ((length - used) / 2);
        var counts = new long[length];
        for (int at = Math.Max(0, from); at <= to; at++)
            counts[Math.Max(0, _first + at - first)] += old[at];
        (_first, _counts) = (first, counts);
        counts[Math.Max(0, bucket - first)] += weight;
    }
}
