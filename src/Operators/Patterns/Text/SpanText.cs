using System.Globalization;

namespace ActorStreams.Operators.Patterns.Text;

/// <summary>Lengths of time as text: <c>90 s</c>, <c>10 min</c>, <c>1 h 30 min</c>.</summary>
internal static class SpanText
{
    /// <summary>The first name of each unit is the one that is printed.</summary>
    private static readonly (long Micros, string[] Names)[] s_units =
    [
        (24 * 3600 * 1_000_000L, ["d", "day", "days"]),
        (3600 * 1_000_000L, ["h", "hour", "hours"]),
        (60 * 1_000_000L, ["min", "minute", "minutes"]),
        (1_000_000, ["s", "sec", "second", "seconds"]),
        (1000, ["ms", "millisecond", "milliseconds"]),
        (1, ["us", "microsecond", "microseconds"]),
    ];

    public static string Units => string.Join(", ", s_units.Select(unit => unit.Names[0]));

    /// <summary>Whole multiples of the longest unit that divides it.</summary>
    public static string Print(long micros)
    {
        (long unit, string[] names) = s_units.First(one => micros % one.Micros == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{micros / unit} {names[0]}");
    }

    /// <returns>Null if there is no such unit.</returns>
    public static long? MicrosOf(string unit)
    {
        foreach ((long micros, string[] names) in s_units)
        {
            if (names.Contains(unit, StringComparer.Ordinal))
                return micros;
        }

        return null;
    }
}
