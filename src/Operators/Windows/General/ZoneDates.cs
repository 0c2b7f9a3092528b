namespace ActorStreams.Operators.Windows.General;

/// <summary>When the clocks of a zone first show a date.</summary>
/// <remarks>
/// All follows from one question to the zone: how far its clocks are from UTC at an instant. What it says of clock times (whether one is
/// skipped or comes twice, and
/// its offset then) is not asked for: it is not right for every zone in which clocks change at midnight, and knows nothing of days that
/// are skipped whole.
/// </remarks>
internal sealed class ZoneDates(TimeZoneInfo zone)
{
    /// <summary>Clocks are never further from UTC: by local mean time some were nearly that far.</summary>
    private static readonly long s_furthest = TimeSpan.FromHours(16).ToMicros();

    /// <summary>Clocks are changed once, at most, in so long.</summary>
    private static readonly long s_step = TimeSpan.FromHours(1).ToMicros();

    /// <summary>What the clocks show at an instant.</summary>
    public DateOnly DateOf(long time) => DateOnly.FromDateTime(EventTime.ToDateTimeOffset(time + OffsetAt(time)).UtcDateTime);

    /// <summary>The first instant at which the clocks show a date or, if they never do, a later one.</summary>
    public long FirstOf(DateOnly date)
    {
        long midnight = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToMicros();
        long time = midnight - s_furthest, offset = OffsetAt(time);

        // Mostly clocks do not change around midnight.
        if (offset == OffsetAt(midnight - offset) && offset == OffsetAt(midnight + s_furthest))
            return midnight - offset;
        while (true)
        {
            long next = time + s_step, offsetNext = OffsetAt(next);
            long change = offset == offsetNext ? next : ChangeBetween(time, next, offset);
            if (midnight - offset < change)
                return midnight - offset;
            if (change + offsetNext >= midnight)
                return change;
            (time, offset) = (change, offsetNext);
        }
    }

    /// <summary>The first instant from which clocks are no longer <paramref name="offset"/> from UTC.</summary>
    private long ChangeBetween(long before, long after, long offset)
    {
        while (after - before > 1)
        {
            long middle = before + ((after - before) / 2);
            if (OffsetAt(middle) == offset)
                before = middle;
            else
                after = middle;
        }

        return after;
    }

    private long OffsetAt(long time) => zone.GetUtcOffset(EventTime.ToDateTimeOffset(time)).Ticks / TimeSpan.TicksPerMicrosecond;
}
