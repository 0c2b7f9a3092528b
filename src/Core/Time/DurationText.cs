namespace ActorStreams.Core.Time;

/// <summary>Durations from text, the same everywhere: in files, events and tests.</summary>
/// <remarks>
/// <para>Two forms. A clock: <c>hh:mm:ss</c> with any number of hours (<c>36:00:00</c> is a day and a half), or <c>d.hh:mm:ss</c> with
/// less than 24 of them; up to seven digits behind the seconds. Or ISO 8601 of
/// fixed length: <c>PT36H</c>, <c>P1DT12H</c>, <c>P2W</c>, <c>PT0.5S</c>; years and months only if there are none of them. Both with a
/// minus sign in front for negative ones.</para>
/// <para><see cref="TimeSpan.Parse(string)"/> takes more, and guesses: <c>24:00:00</c> is 24 days to it, <c>5</c> five days, <c>1:2</c> an
/// hour and two minutes. What must be guessed is refused here.</para>
/// </remarks>
internal static class DurationText
{
    /// <summary>How a duration is written, for error messages.</summary>
    public const string Forms = "36:00:00, 1.12:00:00 or PT36H";

    private const string Units = "YMWDHMS";                 // in the order of ISO 8601; those of a time from the fifth on
    private const int FirstOfTime = 4;

    private static readonly long[] s_ticks =
        [0, 0, 7 * TimeSpan.TicksPerDay, TimeSpan.TicksPerDay, TimeSpan.TicksPerHour, TimeSpan.TicksPerMinute, TimeSpan.TicksPerSecond];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (text.Length <= bytes.Length && System.Text.Ascii.FromUtf16(text, bytes, out int length) == System.Buffers.OperationStatus.Done)
            return TryParse(bytes[..length], out duration);
        duration = default;
        return false;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out TimeSpan duration)
    {
        bool isNegative = text is [(byte)'-', ..];
        ReadOnlySpan<byte> rest = isNegative ? text[1..] : text;
        bool isGood = rest is [(byte)'P', ..] ? TryIso(rest[1..], out Int128 ticks) : TryClock(rest, out ticks);
        ticks = isNegative ? -ticks : ticks;
        isGood &= ticks >= long.MinValue && ticks <= long.MaxValue;
        duration = isGood ? new TimeSpan((long)ticks) : default;
        return isGood;
    }

    /// <summary>[d.]hh:mm:ss[.fffffff]</summary>
    private static bool TryClock(ReadOnlySpan<byte> text, out Int128 ticks)
    {
        ticks = 0;
        int colon = text.IndexOf((byte)':');
        if (colon < 0 || text.Length < colon + 6 || text[colon + 3] != ':')
            return false;
        ReadOnlySpan<byte> hours = text[..colon], seconds = text[(colon + 4)..];
        long day = 0;
        int dot = hours.IndexOf((byte)'.');
        if (dot >= 0 && (hours.Length != dot + 3 || !TryWhole(ref hours, out day) || !TryTake(ref hours, '.')))
            return false;
        if (!TryWhole(ref hours, out long hour) || !hours.IsEmpty || (dot >= 0 && hour > 23)
            || !TryTwo(text[(colon + 1)..], out int minute) || !TryTwo(seconds, out int second))
            return false;
        ReadOnlySpan<byte> fraction = seconds[2..];
        if (!TryFraction(ref fraction, out long part) || !fraction.IsEmpty)
            return false;
        ticks = ((Int128)day * TimeSpan.TicksPerDay) + ((Int128)hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute) +
            (second * TimeSpan.TicksPerSecond) + part;
        return true;
    }

    /// <summary>What follows the P: numbers with their units, those behind a T being of a time.</summary>
    private static bool TryIso(ReadOnlySpan<byte> text, out Int128 ticks)
    {
        ticks = 0;
        int next = 0;
        bool isTime = false, any = false;
        while (!text.IsEmpty)
        {
            if (!isTime && TryTake(ref text, 'T'))
            {
                (isTime, any) = (true, false);
                next = FirstOfTime;
                continue;
            }

            bool isNegative = TryTake(ref text, '-');
            if (!TryWhole(ref text, out long whole))
                return false;
            bool hasPoint = text is [(byte)'.', ..];
            if (!TryFraction(ref text, out long part) || text.IsEmpty)
                return false;
            int unit = Units.IndexOf((char)text[0], next, (isTime ? Units.Length : FirstOfTime) - next);
            if (unit < 0 || (hasPoint && unit != Units.Length - 1) || (s_ticks[unit] == 0 && whole != 0))
                return false;
            Int128 length = ((Int128)whole * s_ticks[unit]) + part;
            ticks += isNegative ? -length : length;
            text = text[1..];
            (next, any) = (unit + 1, true);
        }

        return any;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> text, char wanted)
    {
        if (text.IsEmpty || text[0] != wanted)
            return false;
        text = text[1..];
        return true;
    }

    private static bool TryTwo(ReadOnlySpan<byte> text, out int value)
    {
        value = text is [>= (byte)'0' and <= (byte)'5', >= (byte)'0' and <= (byte)'9', ..] ? ((text[0] - '0') * 10) + text[1] - '0' : -1;
        return value >= 0;
    }

    private static bool TryWhole(ref ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        int digits = 0;
        for (; digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            if (digits == 18)
                return false;
            value = (value * 10) + text[digits] - '0';
        }

        text = text[digits..];
        return digits > 0;
    }

    /// <summary>A point and digits, as ticks of a second; none is none. Digits that a tick does not hold are refused, unless they are
    /// zeros.</summary>
    private static bool TryFraction(ref ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (!TryTake(ref text, '.'))
            return true;
        long scale = TimeSpan.TicksPerSecond;
        int digits = 0;
        for (; digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            int digit = text[digits] - '0';
            scale /= 10;
            if (scale == 0 && digit != 0)
                return false;
            ticks += digit * scale;
        }

        text = text[digits..];
        return digits > 0;
    }
}
