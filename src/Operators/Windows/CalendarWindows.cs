using ActorStreams.Operators.Windows.General;

namespace ActorStreams;

/// <summary>Days, weeks or months of a time zone. Where clocks change a day has 23 or 25 hours.</summary>
/// <remarks>
/// A day begins with the first instant that the zone's clocks show its date: where midnight itself is skipped, with the instant after the
/// gap. Where clocks are set back
/// over midnight, what they show again belongs to the day that has begun. A date that is skipped has no window; a week or month that would
/// begin with it begins with the
/// next one. Dates before the year 2 and after the year 9998 are in one window each.
/// </remarks>
public sealed class CalendarWindows : WindowAssigner, IPartitionOfTime
{
    private const long Millisecond = 1_000;
    private const long Second = 1_000_000;

    private readonly TimeZoneInfo _zone;
    private readonly ZoneDates _dates;
    private readonly Unit _unit;
    private readonly DayOfWeek _firstDay;

    internal CalendarWindows(Unit unit, TimeZoneInfo zone, DayOfWeek firstDay)
    {
        ArgumentNullException.ThrowIfNull(zone);
        (_unit, _zone, _firstDay) = (unit, zone, firstDay);
        _dates = new ZoneDates(zone);
        Granularity = Array.Exists(zone.GetAdjustmentRules(), ChangesWithinSecond) ? Millisecond : Second;
        FirstStart = _dates.FirstOf(Begin(new DateOnly(2, 1, 15)));
        LastStart = _dates.FirstOf(Begin(new DateOnly(9998, 12, 15)));
    }

    internal enum Unit
    {
        Day,
        Week,
        Month,
    }

    /// <summary>A day begins at midnight by an offset of whole minutes, or when clocks change.</summary>
    internal override long Granularity { get; }

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
        return _dates.FirstOf(BeginAt(time));
    }

    internal long EndOf(long start)
    {
        if (start == EventTime.MinValue)
            return FirstStart;
        return start >= LastStart ? EventTime.MaxValue : _dates.FirstOf(Next(BeginAt(start)));
    }

    private static bool ChangesWithinSecond(TimeZoneInfo.AdjustmentRule rule) =>
        rule.DaylightTransitionStart.TimeOfDay.Ticks % TimeSpan.TicksPerSecond != 0 ||
        rule.DaylightTransitionEnd.TimeOfDay.Ticks % TimeSpan.TicksPerSecond != 0;

    /// <summary>The first date of the window that holds an instant.</summary>
    private DateOnly BeginAt(long time)
    {
        DateOnly begin = Begin(_dates.DateOf(time));

        // Clocks set back over midnight show a date again after the next one has begun: that hour belongs to the next. And a date that is
        // skipped begins with the next.
        for (DateOnly next = Next(begin); time >= _dates.FirstOf(next); next = Next(next))
            begin = next;
        return begin;
    }

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
}
