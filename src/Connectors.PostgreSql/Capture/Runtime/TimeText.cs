using System.Globalization;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Times as PostgreSQL prints them: <c>2024-02-29 23:59:59.123456</c>, with <c>+00</c> behind it where there is a zone.</summary>
internal static class TimeText
{
    public static bool TryDateTime(ReadOnlySpan<byte> text, out DateTime time)
    {
        if (text.EndsWith("+00"u8))
            text = text[..^3];
        if (text.Length is >= 19 and <= 26 && TryQuick(text, out time))
            return true;
        return DateTime.TryParseExact(Encoding.UTF8.GetString(text), ["yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    public static bool TryInstant(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        bool isTime = TryDateTime(text, out DateTime utc);
        time = isTime ? new DateTimeOffset(utc, TimeSpan.Zero) : default;
        return isTime;
    }

    private static bool TryQuick(ReadOnlySpan<byte> text, out DateTime time)
    {
        time = default;
        for (int i = 0; i < text.Length; i++)
        {
            if (i is 4 or 7 ? text[i] != '-' : i == 10 ? text[i] != ' ' : i is 13 or 16 ? text[i] != ':' : i == 19 ? text[i] != '.'
                : !char.IsAsciiDigit((char)text[i]))
                return false;
        }

        int fraction = 0;
        for (int i = 20; i < 26; i++)
            fraction = (fraction * 10) + (i < text.Length ? text[i] - '0' : 0);
        int year = (Two(text) * 100) + Two(text[2..]), month = Two(text[5..]), day = Two(text[8..]), hour = Two(text[11..]),
            minute = Two(text[14..]), second = Two(text[17..]);
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59
            || second > 59)
            return false;
        time = new DateTime(year, month, day, hour, minute, second).AddTicks(fraction * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    private static int Two(ReadOnlySpan<byte> text) => ((text[0] - '0') * 10) + text[1] - '0';
}
