using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Days, weeks and months of every zone that the system knows, wherever its clocks change between 1970 and 2040.</summary>
[Trait("Issue", "A3")]
public sealed class CalendarSpec
{
    private const long Hour = 3_600_000_000;
    private const long Day = 24 * Hour;

    private static readonly long s_first = Micros("1970-01-01T00:00Z");
    private static readonly long s_last = Micros("2041-01-01T00:00Z");

    [TheoryOfZones]
    [InlineData("America/Asuncion", "2024-10-06T12:00Z", "2024-10-06T04:00Z", "2024-10-07T03:00Z")]
    [InlineData("America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z")]
    [InlineData("Asia/Beirut", "2021-03-28T12:00Z", "2021-03-27T22:00Z", "2021-03-28T21:00Z")]
    [InlineData("America/Santiago", "2023-09-03T12:00Z", "2023-09-03T04:00Z", "2023-09-04T03:00Z")]
    [InlineData("America/Havana", "2024-03-10T12:00Z", "2024-03-10T05:00Z", "2024-03-11T04:00Z")]
    [InlineData("America/Sao_Paulo", "2018-02-18T02:30Z", "2018-02-17T02:00Z", "2018-02-18T03:00Z")]
    [InlineData("America/St_Johns", "2010-11-07T03:00Z", "2010-11-07T02:30Z", "2010-11-08T03:30Z")]
    [InlineData("Pacific/Apia", "2011-12-31T09:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T09:59Z", "2011-12-29T10:00Z", "2011-12-30T10:00Z")]
    public void A_day_begins_when_the_clocks_first_show_its_date(string zone, string time, string start, string end)
    {
        Window day = Window.Day(Zone(zone)).Assign(Micros(time));
        Assert.Equal((Micros(start), Micros(end)), (day.Start, day.End));
    }

    [FactOfZones]
    public void In_every_zone_windows_hold_their_times_touch_their_neighbours_and_begin_with_their_date()
    {
        (TimeZoneInfo Zone, List<long> Changes)[] zones = [.. TimeZoneInfo.GetSystemTimeZones().AsParallel()
            .Select(zone => (zone, ChangesOf(zone)))
            .GroupBy(one => string.Join(' ', one.Item2.Select(change => $"{change}:{OffsetAt(one.zone, change)}")) + OffsetAt(one.zone,
                s_first))
            .Select(same => same.First())];
        string[] wrong = [.. zones.AsParallel().SelectMany(one => WrongIn(one.Zone, one.Changes).Take(3))];
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong.Take(20)));
    }

    [Fact]
    public void Clocks_of_a_zone_that_the_user_made_may_change_at_any_millisecond_of_the_night()
    {
        var start = TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 0, 0, 0, 0), 3, 31);
        var end = TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 0, 20, 0, 5), 10, 1);
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(DateTime.MinValue.Date, DateTime.MaxValue.Date,
            TimeSpan.FromMinutes(40), start, end);
        var zone = TimeZoneInfo.CreateCustomTimeZone("made", TimeSpan.FromMinutes(-90), "made", "made", "made", [rule]);
        Assert.Empty(WrongIn(zone, ChangesOf(zone)));
    }

    private static IEnumerable<string> WrongIn(TimeZoneInfo zone, List<long> changes)
    {
        var times = new HashSet<long>();
        for (long time = s_first; time < s_last; time += 40 * Day)
            times.Add(time + (time / Day % 24 * Hour));
        foreach (long change in changes)
        {
            times.Add(change);
            if (IsNearMidnight(zone, change - 1) || IsNearMidnight(zone, change) || DateAt(zone, change - 1) != DateAt(zone, change))
                times.UnionWith([change - (26 * Hour), change - (Hour / 2), change - 1, change + (Hour / 2), change + (11 * Hour),
                    change + (26 * Hour)]);
        }

        (CalendarWindows Windows, Func<DateOnly, DateOnly> Begin)[] kinds =
        [
            (Window.Day(zone), date => date),
            (Window.Week(zone), date => date.AddDays(-(((int)date.DayOfWeek + 6) % 7))),
            (Window.Week(zone, DayOfWeek.Saturday), date => date.AddDays(-(((int)date.DayOfWeek + 1) % 7))),
            (Window.Month(zone), date => new DateOnly(date.Year, date.Month, 1)),
        ];
        foreach (long time in times)
        {
            foreach ((CalendarWindows windows, Func<DateOnly, DateOnly> begin) in kinds)
            {
                if (WhatIsWrong(zone, windows, begin, time) is { } what)
                    yield return $"{windows} at {EventTime.Format(time)}, in {windows.Assign(time)}: {what}";
            }
        }
    }

    private static string? WhatIsWrong(TimeZoneInfo zone, CalendarWindows windows, Func<DateOnly, DateOnly> begin, long time)
    {
        Window window = windows.Assign(time);
        if (!window.Contains(time))
            return "the time is not in it";
        if (windows.Assign(window.Start) != window || windows.Assign(window.MaxTime) != window)
            return "its ends are in another";
        if (windows.Assign(window.End).Start != window.End)
            return $"the next one is {windows.Assign(window.End)}";
        if (window.Start % windows.Granularity != 0)
            return "it begins between two multiples of its granularity";

        // The date at its start is its first one, or follows it where that is skipped; and it was never shown before.
        DateOnly date = DateAt(zone, window.Start), before = DateAt(zone, window.Start - 1), after = DateAt(zone, window.End);
        if (before >= date || (begin(date) != date && before >= begin(date)))
            return $"at its start clocks go from {before:O} to {date:O}";
        DateOnly shown = DateAt(zone, time);
        return begin(shown) == begin(date) || (shown < date && time - window.Start < Day)
            ? begin(after) > begin(date) ? null : $"it ends with {after:O}"
            : $"clocks show {shown:O}, and {date:O} at its start";
    }

    private static bool IsNearMidnight(TimeZoneInfo zone, long time) =>
        Math.Abs(TimeZoneInfo.ConvertTime(EventTime.ToDateTimeOffset(time), zone).TimeOfDay.TotalHours - 12) > 9;

    /// <summary>The instants at which clocks change; they never do twice in twelve days.</summary>
    private static List<long> ChangesOf(TimeZoneInfo zone)
    {
        var changes = new List<long>();
        long offset = OffsetAt(zone, s_first);
        for (long time = s_first; time < s_last; time += 12 * Day)
        {
            long next = OffsetAt(zone, time + (12 * Day));
            if (next == offset)
                continue;
            (long before, long after) = (time, time + (12 * Day));
            while (after - before > 1)
            {
                long middle = (before + after) / 2;
                (before, after) = OffsetAt(zone, middle) == offset ? (middle, after) : (before, middle);
            }

            changes.Add(after);
            offset = next;
        }

        return changes;
    }

    private static long OffsetAt(TimeZoneInfo zone, long time) => (long)zone.GetUtcOffset(EventTime.ToDateTimeOffset(time))
        .TotalMicroseconds;

    private static DateOnly DateAt(TimeZoneInfo zone, long time) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(EventTime.ToDateTimeOffset(time), zone).DateTime);

    private static TimeZoneInfo Zone(string id) => TimeZoneInfo.FindSystemTimeZoneById(id);

    private static long Micros(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToMicros();
}

/// <summary>Needs the zones of the system.</summary>
internal sealed class FactOfZonesAttribute : FactAttribute
{
    public FactOfZonesAttribute() => Skip = WhyNot;

    /// <summary>Null if the system knows zones.</summary>
    internal static string? WhyNot { get; } = TimeZoneInfo.GetSystemTimeZones().Count >= 100
        ? null
        : $"The system has no time zone data: it knows {TimeZoneInfo.GetSystemTimeZones().Count} zones. Install tzdata.";
}

/// <summary>Needs the zones of the system.</summary>
internal sealed class TheoryOfZonesAttribute : TheoryAttribute
{
    public TheoryOfZonesAttribute() => Skip = FactOfZonesAttribute.WhyNot;
}
