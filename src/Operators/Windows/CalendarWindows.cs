using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Windows;

/// <summary>Days, weeks or months of a time zone. Where clocks change a day has 23 or 25 hours.</summary>
/// <remarks>
/// A day begins with the first instant that the zone's clocks show its date: where midnight itself is skipped, with the instant after the gap.
/// Dates before the year 2 and after the year 9998 are in one window each.
/// </remarks>
public sealed class CalendarWindows : WindowAssigner, IPartitionOfTime
{
    /// <summary>Offsets from UTC are whole minutes.</summary>
    private const long Minute = 60_000_000;

    private readonly TimeZoneInfo _zone;
    private readonly Unit _unit;
    private readonly DayOfWeek _firstDay;

    internal CalendarWindows(Unit unit, TimeZoneInfo zone, DayOfWeek firstDay)
    {
        ArgumentNullException.ThrowIfNull(zone);
        (_unit, _zone, _firstDay) = (unit, zone, firstDay);
        FirstStart = StartOfDate(Begin(new DateOnly(2, 1, 15)));
        LastStart = StartOfDate(Begin(new DateOnly(9998, 12, 15)));
    }

    internal enum Unit
    {
        Day,
        Week,
        Month,
    }

    internal override long Granularity => Minute;

    private long FirstStart { get; }

    private long LastStart { get; }

    /// <summary>The window that holds <paramref name="time"/> (microseconds).</summary>
    public Window Assign(long time)
    {
        long start = StartOf(time);
        return new Window(start, EndOf(start));
    }

    /// <inheritdoc/>
    public override string ToString() => _unit switch
    {
        Unit.Day => $"days of {_zone.Id}",
        Unit.Week => $"weeks of {_zone.Id} from {_firstDay}",
        _ => $"months of {_zone.Id}",
    };

    long IPartitionOfTime.StartOf(long time) => StartOf(time);

    long IPartitionOfTime.EndOf(long start) => EndOf(start);

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        Window window = Assign(time);
        windows.Add(window);
        return window;
    }

    internal long StartOf(long time)
    {
        if (time < FirstStart)
            return EventTime.MinValue;
        if (time >= LastStart)
            return LastStart;
        DateOnly begin = Begin(DateOf(time));
        long start = StartOfDate(begin);

        // Clocks set back over midnight show a date again after the next one has begun: that hour belongs to the next.
        long next = StartOfDate(Next(begin));
        return time >= next ? next : start;
    }

    internal long EndOf(long start)
    {
        if (start == EventTime.MinValue)
            return FirstStart;
        return start >= LastStart ? EventTime.MaxValue : StartOfDate(Next(Begin(DateOf(start))));
    }

    private DateOnly DateOf(long time) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(EventTime.ToDateTimeOffset(time), _zone).DateTime);

    /// <summary>The first date of the window that holds a date.</summary>
    private DateOnly Begin(DateOnly date) => _unit switch
    {
        Unit.Day => date,
        Unit.Week => date.AddDays(-((date.DayOfWeek - _firstDay + 7) % 7)),
        _ => new DateOnly(date.Year, date.Month, 1),
    };

    private DateOnly Next(DateOnly begin) => _unit switch
    {
        Unit.Day => begin.AddDays(1),
        Unit.Week => begin.AddDays(7),
        _ => begin.AddMonths(1),
    };

    /// <summary>The first instant of a date.</summary>
    private long StartOfDate(DateOnly date)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        if (_zone.IsInvalidTime(midnight))
        {
            // Skipped: the gap ends where the offset from before it, applied to the first valid time, would.
            TimeSpan before = _zone.GetUtcOffset(new DateTimeOffset(midnight, TimeSpan.Zero) - _zone.BaseUtcOffset - TimeSpan.FromHours(2));
            return new DateTimeOffset(midnight, before).ToMicros();
        }

        TimeSpan offset = _zone.IsAmbiguousTime(midnight) ? _zone.GetAmbiguousTimeOffsets(midnight).Max() : _zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToMicros();
    }
}
