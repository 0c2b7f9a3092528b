using ActorStreams.Core.Time;

namespace ActorStreams.Core.Sources;

/// <summary>Where the event time of a row is found, and how the watermark follows.</summary>
internal sealed record EventTimes<T>(Func<T, long>? Micros, Func<T, DateTimeOffset>? Instant, WatermarkStrategy Strategy)
{
    /// <summary>Fills the times of rows until the end or until the user's code throws.</summary>
    /// <returns>The number of rows that have a time.</returns>
    public int Assign(ReadOnlySpan<T> rows, Span<long> times, out Exception? error)
    {
        int row = 0;
        error = null;
        try
        {
            if (Micros is { } micros)
            {
                for (; row < rows.Length; row++)
                    times[row] = micros(rows[row]);
            }
            else
            {
                Func<T, DateTimeOffset> instant = Instant!;
                for (; row < rows.Length; row++)
                    times[row] = instant(rows[row]).ToMicros();
            }
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        return row;
    }
}
