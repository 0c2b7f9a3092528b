using System.Numerics;

namespace ActorStreams.Benchmarks.Harness;

/// <summary>Counts durations in logarithmic buckets: 64 to each power of two of nanoseconds, so a percentile is right within 1.6
/// %.</summary>
/// <remarks>One writer. Recording is a few instructions and never allocates.</remarks>
public sealed class LatencyHistogram
{
    private const int SubBits = 6, SubBuckets = 1 << SubBits;
    private readonly long[] _counts = new long[(64 - SubBits + 1) * SubBuckets];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Record(long nanoseconds, long times = 1)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[BucketOf((ulong)nanoseconds)] += times;
        Count += times;
        if (nanoseconds > Max.Ticks * TimeSpan.NanosecondsPerTick) Max = new TimeSpan(nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Adds everything that another histogram holds.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++) _counts[bucket] += other._counts[bucket];
        Count += other.Count;
        if (other.Max > Max) Max = other.Max;
    }

    /// <summary>The upper edge of the bucket that holds the value below which <paramref name="share"/> of all values lie.</summary>
    public TimeSpan Percentile(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count)), seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank) return TimeSpan.FromMicroseconds(UpperEdge(bucket) / 1000d);
        }
        return Max;
    }

    private static int BucketOf(ulong value)
    {
        if (value < SubBuckets) return (int)value;
        int exponent = BitOperations.Log2(value);
        return ((exponent - SubBits + 1) << SubBits) + (int)((value >> (exponent - SubBits)) & (SubBuckets - 1));
    }

    private static double UpperEdge(int bucket)
    {
        int exponent = (bucket >> SubBits) - 1 + SubBits;
        return bucket < SubBuckets ? bucket : Math.Pow(2, exponent) + (((bucket & (SubBuckets - 1)) + 1) * Math.Pow(2, exponent - SubBits));
    }
}
