using System.Globalization;
using System.Text;

namespace ActorStreams.Sql.Values;

/// <summary>Dates and times as PostgreSQL prints them with DateStyle ISO, in UTC.</summary>
internal static class DateTimeText
{
    public static string Of(Date value)
    {
        if (!value.IsFinite)
            return value.Days > 0 ? "infinity" : "-infinity";
        var text = new StringBuilder(16);
        return AppendDate(text, value.Days) ? text.Append(" BC").ToString() : text.ToString();
    }

    public static string Of(Time value)
    {
        var text = new StringBuilder(16);
        AppendTime(text, value.Micros);
        return text.ToString();
    }

    public static string Of(Timestamp value) => Of(value, "");

    public static string Of(TimestampTz value) => Of(value.Utc, "+00");

    /// <summary>ISO 8601, as JSON wants it: a T between date and time, and the zone with minutes.</summary>
    public static string ToJson(Timestamp value, string zone)
    {
        string text = Of(value, "");
        return value.IsFinite ? text.Replace(' ', 'T').Replace("TBC", " BC", StringComparison.Ordinal) + zone : text;
    }

    private static string Of(Timestamp value, string zone)
    {
        if (!value.IsFinite)
            return value.Micros > 0 ? "infinity" : "-infinity";
        var text = new StringBuilder(32);
        bool isBefore = AppendDate(text, value.Day);
        AppendTime(text.Append(' '), value.MicrosOfDay);
        text.Append(zone);
        return isBefore ? text.Append(" BC").ToString() : text.ToString();
    }

    /// <summary>Whether it lies before year 1.</summary>
    private static bool AppendDate(StringBuilder text, int days)
    {
        (int year, int month, int day) = Calendar.DateOf(days);
        bool isBefore = year <= 0;
        text.Append(CultureInfo.InvariantCulture, $"{(isBefore ? 1 - year : year):0000}-{month:00}-{day:00}");
        return isBefore;
    }

    private static void AppendTime(StringBuilder text, long micros)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{micros / Calendar.Hour:00}:{micros / Calendar.Minute % 60:00}:{micros / Calendar.Second % 60:00}");
        AppendFraction(text, (int)(micros % Calendar.Second));
    }

    public static void AppendFraction(StringBuilder text, int micros)
    {
        if (micros == 0)
            return;
        string digits = micros.ToString("000000", CultureInfo.InvariantCulture).TrimEnd('0');
        text.Append('.').Append(digits);
    }
}
