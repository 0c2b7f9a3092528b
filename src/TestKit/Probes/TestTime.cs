using System.Globalization;
using ActorStreams.Core.Time;

namespace ActorStreams.TestKit;

/// <summary>Instants written short: <c>12:00:10</c> is a time of the day on which a virtual clock begins, 2030-01-01, UTC.</summary>
public static class TestTime
{
    private static readonly DateTimeOffset s_day = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] s_instants =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mmK",
            "yyyy-MM-dd' 'HH:mm:ssK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK"];

    /// <summary>The instant of a text: a time of that day, <c>hh:mm</c> or <c>hh:mm:ss</c>, also beyond its ends (<c>36:00:00</c> is noon
    /// of the next day, <c>1.12:00:00</c> too, <c>-00:00:01</c> a second
    /// before it); or a whole ISO 8601 instant, in UTC unless it says otherwise.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static DateTimeOffset Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string time = text is [_, _, ':', _, _] or ['-', _, _, ':', _, _] ? $"{text}:00" : text;
        if (!text.Contains('P', StringComparison.Ordinal) && DurationText.TryParse(time, out TimeSpan sinceMidnight))
            return s_day + sinceMidnight;
        return DateTimeOffset.TryParseExact(text, s_instants, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset instant)
            ? instant
            : throw new FormatException(
                $"'{text}' is no time of a test: write a time of the day, such as 12:00, 12:00:10 or 36:00:00, or an instant, such as 2030-01-01T12:00:10Z.");
    }
}
