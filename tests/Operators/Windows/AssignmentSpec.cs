using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Which windows a time falls into: calendars with days of 23 and 25 hours, the ends of time, and what cannot be a
/// window.</summary>
public sealed class AssignmentSpec
{
    private static readonly TimeZoneInfo s_berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static long Micros(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToMicros();

    private static Window[] Windows(WindowAssigner assigner, long time)
    {
        var windows = new List<Window>();
        Window stretch = assigner.Assign(time, windows);
        Assert.True(stretch.Start <= time && (stretch.End > time || stretch.End == long.MaxValue), $"{stretch} around {time}");
        return [.. windows];
    }

    [Theory]
    [InlineData("2025-03-30T12:00+02:00", "2025-03-30T00:00+01:00", 23)]
    [InlineData("2025-10-26T12:00+01:00", "2025-10-26T00:00+02:00", 25)]
    [InlineData("2025-10-26T02:30+02:00", "2025-10-26T00:00+02:00", 25)]
    [InlineData("2025-06-01T00:00+02:00", "2025-06-01T00:00+02:00", 24)]
    [InlineData("1969-12-31T23:30+01:00", "1969-12-31T00:00+01:00", 24)]
    public void Days_have_as_many_hours_as_the_clocks_say(string time, string start, int hours)
    {
        Window day = Window.Day(s_berlin).Assign(Micros(time));
        Assert.Equal(Micros(start), day.Start);
        Assert.Equal(TimeSpan.FromHours(hours), day.EndTime - day.StartTime);
    }

    [Fact]
    public void Days_follow_each_other_without_gaps_in_zones_that_skip_or_repeat_midnight()
    {
        foreach (string zone in (string[])["America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia",
            "UTC"])
        {
            CalendarWindows days = Window.Day(TimeZoneInfo.FindSystemTimeZoneById(zone));
            Window day = days.Assign(Micros("2010-01-01T12:00Z"));
            while (day.Start < Micros("2012-06-01T00:00Z"))
            {
                Assert.Equal(day, days.Assign(day.Start));
                Assert.Equal(day, days.Assign(day.MaxTime));
                Window next = days.Assign(day.End);
                Assert.True(next.Start == day.End, $"{zone}: {day} is followed by {next}");
                day = next;
            }
        }
    }

    [Fact]
    public void Weeks_begin_on_the_day_that_was_said_and_months_on_the_first()
    {
        Assert.Equal(new Window(Micros("2025-03-24T00:00+01:00"), Micros("2025-03-31T00:00+02:00")), Window.Week(s_berlin)
            .Assign(Micros("2025-03-30T23:00+02:00")));
        Assert.Equal(new Window(Micros("2025-03-30T00:00+01:00"), Micros("2025-04-06T00:00+02:00")), Window.Week(s_berlin, DayOfWeek.Sunday)
            .Assign(Micros("2025-03-30T23:00+02:00")));
        Assert.Equal(new Window(Micros("2024-02-01T00:00+01:00"), Micros("2024-03-01T00:00+01:00")), Window.Month(s_berlin)
            .Assign(Micros("2024-02-29T12:00+01:00")));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MinValue + 3)]
    [InlineData(long.MaxValue - 3)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(0)]
    public void At_the_ends_of_time_windows_are_cut_short_and_still_hold_their_time(long time)
    {
        WindowAssigner[] all =
        [
            Window.Tumbling(TimeSpan.FromMicroseconds(10), TimeSpan.FromMicroseconds(3)),
                Window.Hopping(TimeSpan.FromMicroseconds(10), TimeSpan.FromMicroseconds(3)),
            Window.Cumulate(TimeSpan.FromMicroseconds(12), TimeSpan.FromMicroseconds(3)), Window.Session(TimeSpan.FromMicroseconds(5)),
                Window.Global(),
            Window.Day(s_berlin), Window.Month(s_berlin), Window.Hopping(TimeSpan.FromDays(10_000_000), TimeSpan.FromDays(4_000_000)),
        ];
        foreach (WindowAssigner assigner in all)
            Assert.All(Windows(assigner, time), window => Assert.True(window.Contains(time), $"{assigner}: {window} of {time}"));
    }

    [Fact]
    public void Impossible_windows_are_refused()
    {
        Action[] impossible =
        [
            () => Window.Tumbling(TimeSpan.Zero), () => Window.Hopping(TimeSpan.FromSeconds(1), TimeSpan.Zero),
                () => Window.Hopping(TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(1)),
            () => Window.Cumulate(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(3)), () => Window.Session(TimeSpan.Zero),
                () => Window.Session(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)),
            () => Window.Count(0), () => Window.Count(1, 0),
        ];
        Assert.All(impossible, make => Assert.Throws<PipelineException>(make));
    }

    [Fact]
    public void More_windows_to_a_row_than_can_be_served_are_refused()
    {
        TimeSpan day = TimeSpan.FromDays(1);
        Assert.Equal(
            "Hopping windows of 1.00:00:00 every 00:00:00.0010000 are not possible: each row would be in 86,400,000 windows, and the most is 100,000. " +
            "Take a longer slide or a shorter size; for a result per row, use Over.",
            Assert.Throws<PipelineException>(() => Window.Hopping(day, TimeSpan.FromMilliseconds(1))).Message);
        Assert.Contains("86,400 windows, and the most is 10,000",
            Assert.Throws<PipelineException>(() => Window.Cumulate(day, TimeSpan.FromSeconds(1))).Message, StringComparison.Ordinal);

        TimeSpan step = TimeSpan.FromMicroseconds(7);
        Assert.Equal(100_000, Windows(Window.Hopping(100_000 * step, step), 0).Length);
        Assert.Throws<PipelineException>(() => Window.Hopping((100_000 * step) + TimeSpan.FromMicroseconds(1), step));
        Assert.Equal(10_000, Windows(Window.Cumulate(10_000 * step, step), 0).Length);
        Assert.Throws<PipelineException>(() => Window.Cumulate(10_001 * step, step));
        Assert.Throws<PipelineException>(() => Window.Hopping(TimeSpan.MaxValue, TimeSpan.FromMicroseconds(1)));
    }
}
