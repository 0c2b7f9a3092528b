using System.Globalization;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Intervals as PostgreSQL prints them with IntervalStyle <c>postgres</c>, which a capture sets for itself: <c>-1 days
/// +02:03:04.5</c>, <c>36:00:00</c>, <c>1 year 2 mons 3 days</c>.</summary>
/// <remarks>
/// <para>A day is 24 hours here, as PostgreSQL has it where an interval is compared or justified. Months and years have no length, so an
/// interval with some is refused.</para>
/// <para>The form of .NET will not do, though it looks alike: there <c>36:00:00</c> is 36 days, because 36 is no hour of a day.</para>
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-OUTPUT">The styles.</seealso>
internal static class IntervalText
{
    private const int MostFractionDigits = 6;

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan interval)
    {
        interval = default;
        Int128 ticks = 0;
        bool any = false;
        text = text.Trim(' ');
        while (text.Length > 0)
        {
            int space = text.IndexOf(' ');
            ReadOnlySpan<char> word = space < 0 ? text : text[..space];
            text = space < 0 ? default : text[(space + 1)..].TrimStart(' ');
            if (word.Contains(':'))
            {
                if (!TryClock(word, out Int128 clock) || text.Length > 0)       // it is the last part
                    return false;
                (ticks, any) = (ticks + clock, true);
                continue;
            }

            if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
                return false;
            space = text.IndexOf(' ');
            ReadOnlySpan<char> unit = space < 0 ? text : text[..space];
            text = space < 0 ? default : text[(space + 1)..].TrimStart(' ');
            if (unit is "day" or "days")
                ticks += (Int128)number * TimeSpan.TicksPerDay;
            else if (unit is not ("year" or "years" or "mon" or "mons") || number != 0)
                return false;
            any = true;
        }

        if (!any || ticks < long.MinValue || ticks > long.MaxValue)
            return false;
        interval = new TimeSpan((long)ticks);
        return true;
    }

    /// <summary>Hours of any number, minutes, seconds and their fraction, with one sign for all.</summary>
    private static bool TryClock(ReadOnlySpan<char> word, out Int128 ticks)
    {
        ticks = 0;
        bool isNegative = word[0] == '-';
        if (word[0] is '-' or '+')
            word = word[1..];
        int first = word.IndexOf(':'), second = word.LastIndexOf(':');
        if (first <= 0 || second != first + 3 || word.Length < second + 3)
            return false;
        ReadOnlySpan<char> fraction = word[(second + 3)..];
        int micros = 0;
        if (!long.TryParse(word[..first], NumberStyles.None, CultureInfo.InvariantCulture, out long hours) || hours > int.MaxValue
            || !int.TryParse(word[(first + 1)..second], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) || minutes > 59
            || !int.TryParse(word.Slice(second + 1, 2), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds > 59)
        {
            return false;
        }

        if (fraction.Length > 0)
        {
            if (fraction[0] != '.' || fraction.Length is 1 or > MostFractionDigits + 1 || !int.TryParse(fraction[1..], NumberStyles.None,
                CultureInfo.InvariantCulture, out micros))
                return false;
            for (int digits = fraction.Length - 1; digits < MostFractionDigits; digits++)
                micros *= 10;
        }

        ticks = ((((Int128)hours * 60) + minutes) * 60 * TimeSpan.TicksPerSecond) + ((Int128)seconds * TimeSpan.TicksPerSecond)
            + (micros * TimeSpan.TicksPerMicrosecond);
        ticks = isNegative ? -ticks : ticks;
        return true;
    }
}
