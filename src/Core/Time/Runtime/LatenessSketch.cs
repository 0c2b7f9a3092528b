using System.Numerics;

namespace ActorStreams.Core.Time.Runtime;

/// <summary>How late rows are: counts in logarithmic buckets, of which older ones can be made to weigh less.</summary>
/// <remarks>
/// 32 buckets for each power of two, so a bucket's end is at most 1/32 above any value in it; up to 31 µs every value has a bucket of its
/// own. Integers only: the same on every machine. A row counts 4,096, so that halving is exact for twelve half-lives.
/// </remarks>
internal sealed class LatenessSketch
{
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;
    private const int HighestBit = 46;
    private const int WeightBits = 12;

    /// <summary>The largest value told apart, about two years in microseconds.</summary>
    public const long MaxValue = (1L << (HighestBit + 1)) - 1;

    private readonly long[] _weights = new long[(HighestBit - SubBits + 2) * SubBuckets];
    private long _total;
    private int _highest;

    /// <summary>Rows counted, older ones weighing less.</summary>
    public double Rows => (double)_total / (1 << WeightBits);

    /// <summary>Counts a value from 0 to <see cref="MaxValue"/>.</summary>
    public void Add(long value, int rows = 1)
    {
        int bucket = BucketOf(value);
        long weight = (long)rows << WeightBits;
        _weights[bucket] += weight;
        _total += weight;
        if (bucket > _highest)
            _highest = bucket;
    }

    /// <summary>The smallest end of a bucket above which at most <paramref name="rows"/> rows lie.</summary>
    public long ValueWithAbove(double rows)
    {
        double allowed = rows * (1 << WeightBits);
        long above = 0;
        int bucket = _highest;
        while (bucket > 0 && above + _weights[bucket] <= allowed)
            above += _weights[bucket--];
        return EndOf(bucket);
    }

    /// <summary>Everything counted so far weighs half.</summary>
    public void Halve()
    {
        (_total, int highest) = (0, 0);
        for (int bucket = 0; bucket <= _highest; bucket++)
        {
            _total += _weights[bucket] >>= 1;
            if (_weights[bucket] > 0)
                highest = bucket;
        }

        _highest = highest;
    }

    public void Write(BlobWriter writer)
    {
        writer.WriteVarint((uint)_weights.Count(weight => weight > 0));
        for (int bucket = 0; bucket <= _highest; bucket++)
        {
            if (_weights[bucket] == 0)
                continue;
            writer.WriteVarint((uint)bucket);
            writer.WriteInt64(_weights[bucket]);
        }
    }

    public void Read(ref BlobReader reader)
    {
        Array.Clear(_weights);
        (_total, _highest) = (0, 0);
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            uint bucket = reader.ReadVarint();
            long weight = reader.ReadInt64();
            if (bucket >= _weights.Length || weight < 0)
                throw new CodecException($"Stored data is damaged: a sketch has weight {weight} in bucket {bucket} of {_weights.Length}.");
            _weights[bucket] = weight;
            _total += weight;
            _highest = Math.Max(_highest, (int)bucket);
        }
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets)
            return (int)value;
        int shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + ((int)(value >> shift) & (SubBuckets - 1));
    }

    /// <summary>The largest value that falls into a bucket.</summary>
    private static long EndOf(int bucket)
    {
        if (bucket < SubBuckets)
            return bucket;
        int shift = (bucket >> SubBits) - 1;
        return (((bucket & (SubBuckets - 1)) + SubBuckets + 1L) << shift) - 1;
    }
}
