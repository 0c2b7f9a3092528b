using System.Runtime.CompilerServices;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>Makes the rows: from a seed, keys uniform over [0, keys), one million rows to the event second.</summary>
public static class Bids
{
    public const long MicrosPerSecond = 1_000_000;
    public const int RowsPerEventSecond = 1_000_000;
    public const int BatchRows = 1024;

    /// <summary>Input that does not fit any cache: 512 MB.</summary>
    public const long ColdRows = 16_777_216;

    /// <summary>2026-01-01T00:00:00Z, a whole second.</summary>
    public const long FirstTime = 1_767_225_600 * MicrosPerSecond;

    private static (long Rows, long Keys, int RowsPerEventSecond, Bid[] Bids) _last = (0, 0, 0, []);

    /// <summary>The rows of a benchmark; kept until other ones are asked for, so that every run of both sides reads the same
    /// array.</summary>
    public static Bid[] Of(long rows, long keys, int rowsPerEventSecond = RowsPerEventSecond)
    {
        if (_last.Rows != rows || _last.Keys != keys || _last.RowsPerEventSecond != rowsPerEventSecond)
        {
            _last = (0, 0, 0, []);
            _last = (rows, keys, rowsPerEventSecond, Generate(rows, keys, rowsPerEventSecond: rowsPerEventSecond));
        }
        return _last.Bids;
    }

    /// <param name="rowsPerEventSecond">How fast event time advances.</param>
    /// <param name="disorder">Each time is moved back by less than this, uniformly; zero leaves times in order.</param>
    public static Bid[] Generate(long rows, long keys, ulong seed = 1, int rowsPerEventSecond = RowsPerEventSecond,
        TimeSpan disorder = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keys);
        var bids = GC.AllocateUninitializedArray<Bid>(checked((int)rows));
        long disorderMicros = (long)disorder.TotalMicroseconds;
        ulong state = seed;
        for (int row = 0; row < bids.Length; row++)
        {
            long time = FirstTime + (row * MicrosPerSecond / rowsPerEventSecond);
            if (disorderMicros > 0) time -= Below(disorderMicros, Next(ref state));
            ulong random = Next(ref state);
            bids[row] = new Bid(Below(keys, random), Below(100_000, random * 3), 1 + Below(9_999, random * 5), time);
        }
        return bids;
    }

    /// <summary>The start of the one-second window that holds <paramref name="time"/> (the generator makes no time before 1970).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long WindowOf(long time) => time - (time % MicrosPerSecond);

    // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static long Below(long bound, ulong random) => (long)Math.BigMul((ulong)bound, random, out _);
}
