using System.Globalization;

namespace ActorStreams.TestKit;

/// <summary>Instants written short: <c>12:00:10</c> is a time of the day on which a virtual clock begins, 2030-01-01, UTC.</summary>
public static class TestTime
{
    /// <summary>The instant of a text: a time of day, or a whole ISO 8601 instant.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static DateTimeOffset Of(string text) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time)
            ? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + time
            : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
