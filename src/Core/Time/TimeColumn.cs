using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.Time;

/// <summary>What the watermark needs to know of a run of event times, found a vector at a time.</summary>
internal static class TimeColumn
{
    /// <summary>Whether all times are in [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public static bool IsWithin(ReadOnlySpan<long> times, long start, long end)
    {
        (long minimum, long maximum, _) = Scan(times);
        return minimum >= start && maximum < end;
    }

    // Not inlined: in the middle of a large method its vectors end up in memory, at a nanosecond a row.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static (long Minimum, long Maximum, bool IsSorted) Scan(ReadOnlySpan<long> times)
    {
        if (times.Length < Vector<long>.Count * 2)
            return ScanOneByOne(times);
        ref long first = ref MemoryMarshal.GetReference(times);
        var minimum = Vector.LoadUnsafe(ref first);
        Vector<long> maximum = minimum;
        Vector<long> backwards = Vector<long>.Zero;
        int width = Vector<long>.Count;
        int row = 0;
        for (; row <= times.Length - width - 1; row += width)
        {
            var here = Vector.LoadUnsafe(ref first, (nuint)row);
            var next = Vector.LoadUnsafe(ref first, (nuint)(row + 1));
            minimum = Vector.Min(minimum, here);
            maximum = Vector.Max(maximum, here);
            backwards |= Vector.LessThan(next, here);
        }

        (long low, long high, bool isSorted) = ScanOneByOne(times[row..]);
        for (int lane = 0; lane < width; lane++)
        {
            low = Math.Min(low, minimum[lane]);
            high = Math.Max(high, maximum[lane]);
        }

        return (low, high, isSorted && backwards == Vector<long>.Zero);
    }

    private static (long Minimum, long Maximum, bool IsSorted) ScanOneByOne(ReadOnlySpan<long> times)
    {
        long minimum = long.MaxValue, maximum = long.MinValue, last = long.MinValue;
        bool isSorted = true;
        foreach (long time in times)
        {
            minimum = Math.Min(minimum, time);
            maximum = Math.Max(maximum, time);
            isSorted &= time >= last;
            last = time;
        }

        return (minimum, maximum, isSorted);
    }
}
