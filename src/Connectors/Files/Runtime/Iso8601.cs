using System.Buffers.Text;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Instants as ISO 8601: <c>2018-01-31T06:00:00.123Z</c>.</summary>
/// <remarks>Read: date, or date and time with 'T' or a space, seconds and up to seven fraction digits optional, 'Z' or ±hh:mm or nothing
/// (UTC). Written: UTC, the fraction only where it is not zero.</remarks>
internal static class Iso8601
{
    /// <summary>The longest text written.</summary>
    public const int MaxBytes = 28;

    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-')
            return false;
        int year = (Two(text, 0) * 100) + Two(text, 2), month = Two(text, 5), day = Two(text, 8);
        if (year < 1 || month is < 1 or > 12 || day < 1 || Two(text, 0) < 0 || Two(text, 2) < 0 || day > DateTime.DaysInMonth(year, month))
            return false;

        long ticks = new DateTime(year, month, day).Ticks;
        if (text.Length > 10)
        {
            if (text.Length < 16 || text[10] is not ((byte)'T' or (byte)' ' or (byte)'t') || !TryTime(text[11..], ref ticks))
                return false;
            if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
                return false;
        }

        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    public static int Format(DateTimeOffset time, Span<byte> text)
    {
        DateTime utc = time.UtcDateTime;
        long fraction = utc.Ticks % TimeSpan.TicksPerSecond;
        Utf8Formatter.TryFormat(utc, text, out int length, 'O');        // 2018-01-31T06:00:00.1230000Z
        if (fraction == 0)
            length = 19;
        else
            length = text[..27].TrimEnd((byte)'0').Length;
        text[length] = (byte)'Z';
        return length + 1;
    }

    private static bool TryTime(ReadOnlySpan<byte> text, ref long ticks)
    {
        int hour = Two(text, 0), minute = Two(text, 3), second = 0;
        if (text[2] != ':' || hour is < 0 or > 23 || minute is < 0 or > 59)
            return false;
        text = text[5..];
        if (text is [(byte)':', _, _, ..])
        {
            second = Two(text, 1);
            if (second is < 0 or > 59)
                return false;
            text = text[3..];
            if (text is [(byte)'.', _, ..] && !TryFraction(ref text, ref ticks))
                return false;
        }

        ticks += ((((hour * 60L) + minute) * 60) + second) * TimeSpan.TicksPerSecond;
        return TryOffset(text, ref ticks);
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> text, ref long ticks)
    {
        long scale = TimeSpan.TicksPerSecond;
        int at = 1;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            scale /= 10;
            ticks += (text[at] - '0') * scale;                          // digits behind the seventh count nothing
        }

        text = text[at..];
        return at > 1;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text.IsEmpty || text is [(byte)'Z'] or [(byte)'z'])
            return true;
        if (text.Length is not (5 or 6) || text[0] is not ((byte)'+' or (byte)'-') || (text.Length == 6 && text[3] != ':'))
            return false;
        int hours = Two(text, 1), minutes = Two(text, text.Length - 2);
        if (hours is < 0 or > 14 || minutes is < 0 or > 59)
            return false;
        long offset = ((hours * 60L) + minutes) * TimeSpan.TicksPerMinute;
        ticks -= text[0] == '+' ? offset : -offset;
        return true;
    }

    /// <summary>Two digits, or a negative number.</summary>
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        int tens = text[at] - '0', ones = text[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -10_000 : (tens * 10) + ones;
    }
}
