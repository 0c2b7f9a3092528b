using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Sources;

/// <summary>Where the event time of a row is found, and how the watermark follows.</summary>
internal sealed record EventTimes<T>(Func<T, long>? Micros, Func<T, DateTimeOffset>? Instant, WatermarkStrategy Strategy)
{
    /// <summary>The source gives the time with each row.</summary>
    public bool IsCarried => Micros is null && Instant is null;

    /// <summary>Fills the times of rows until the end or until the user's code throws.</summary>
    /// <returns>The number of rows that have a time.</returns>
    public int Assign(ReadOnlySpan<T> rows, Span<long> times, out Exception? error)
    {
        int row = 0;
        error = null;
        try
        {
            if (Micros is { } micros)
                Assign(micros, rows, times, ref row);
            else
                Assign(Instant!, rows, times, ref row);
            return rows.Length;
        }
        catch (Exception thrown)
        {
            error = thrown;
            return row;
        }
    }

    // The inner loops, outside of the try so that their variables stay in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Assign(Func<T, long> micros, ReadOnlySpan<T> rows, Span<long> times, ref int row)
    {
        times = times[..rows.Length];
        for (int at = 0; at < rows.Length; at++)
        {
            row = at;
            times[at] = micros(rows[at]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Assign(Func<T, DateTimeOffset> instant, ReadOnlySpan<T> rows, Span<long> times, ref int row)
    {
        times = times[..rows.Length];
        for (int at = 0; at < rows.Length; at++)
        {
            row = at;
            times[at] = instant(rows[at]).ToMicros();
        }
    }
}
