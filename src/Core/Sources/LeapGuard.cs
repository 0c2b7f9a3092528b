namespace ActorStreams.Core.Sources;

/// <summary>Keeps one row from far ahead of all rows before it from moving its partition's watermark, which would complete every
/// window.</summary>
/// <remarks>
/// A function of the rows and their order, never of the clock, so that a replay of history believes what the first run believed. Such a row
/// is believed once the row after it is as far ahead: then time has moved on, after a long silence or a wrong first row. The row itself is
/// passed on either way.
/// </remarks>
/// <param name="maxLeap">How far ahead of all rows before it a row may be, in microseconds.</param>
internal sealed class LeapGuard(long maxLeap)
{
    private long _leaps;

    /// <summary>The last row was a leap: if the next one is as far ahead, it is believed.</summary>
    public bool HasLeapt { get; private set; }

    /// <summary>Rows that the watermark did not follow; may be asked from any thread.</summary>
    public long Leaps => Volatile.Read(ref _leaps);

    public void Restore(bool hasLeapt, long leaps) => (HasLeapt, _leaps) = (hasLeapt, leaps);

    /// <summary>Whether rows up to <paramref name="maximum"/> have to be looked at one by one.</summary>
    public bool Concerns(long maximum, long highest) => HasLeapt || maximum > EventTime.AddSaturated(highest, maxLeap);

    /// <summary>How many of the next rows the watermark may follow; 0: the first of them leaps.</summary>
    /// <param name="times">The next rows' event times, at least one.</param>
    /// <param name="highest">The highest event time that was believed; <see cref="EventTime.MinValue"/>: none yet, so the first row
    /// is.</param>
    public int Follow(ReadOnlySpan<long> times, long highest)
    {
        for (int row = 0; row < times.Length; row++)
        {
            bool leaps = highest != EventTime.MinValue && times[row] > EventTime.AddSaturated(highest, maxLeap);
            if (leaps && !HasLeapt)
            {
                if (row == 0)
                {
                    HasLeapt = true;
                    Volatile.Write(ref _leaps, _leaps + 1);
                }

                return row;
            }

            HasLeapt = false;
            highest = Math.Max(highest, times[row]);
        }

        return times.Length;
    }
}
