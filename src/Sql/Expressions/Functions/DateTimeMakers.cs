using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Dates and times made of parts, shown in zones, and the age between them.</summary>
internal static class DateTimeMakers
{
    [SqlFunction("make_date")]
    public static Date MakeDate(int year, int month, int day)
    {
        if (year == 0)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "date field value out of range");
        int astronomic = year < 0 ? year + 1 : year;
        if (month is < 1 or > 12 || astronomic is < -4713 or > 5_874_897 || day < 1 || day > Calendar.DaysIn(astronomic, month))
            throw new SqlFault(SqlState.DatetimeFieldOverflow, $"date field value out of range: {year}-{month:00}-{day:00}");
        return Date.Of(astronomic, month, day);
    }

    [SqlFunction("make_time")]
    public static Time MakeTime(int hour, int minute, double second)
    {
        bool isEnd = hour == 24 && minute == 0 && second == 0;
        if (double.IsNaN(second) || hour < 0 || minute is < 0 or > 59 || second < 0 || second > 60 || (hour > 23 && !isEnd))
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "time field value out of range");
        long micros = hour * Calendar.Hour + minute * Calendar.Minute + (long)Math.Round(second * Calendar.Second, MidpointRounding.ToEven);
        return micros <= Calendar.Day
            ? new Time(micros) : throw new SqlFault(SqlState.DatetimeFieldOverflow, "time field value out of range");
    }

    [SqlFunction("make_timestamp")]
    public static Timestamp MakeTimestamp(int year, int month, int day, int hour, int minute, double second) =>
        DateTimeArithmetic.Add(MakeDate(year, month, day), MakeTime(hour, minute, second));

    [SqlFunction("make_timestamptz")]
    public static TimestampTz MakeTimestampTz(int year, int month, int day, int hour, int minute, double second) =>
        TimestampTz.OfUtc(MakeTimestamp(year, month, day, hour, minute, second));

    [SqlFunction("make_timestamptz")]
    public static TimestampTz MakeTimestampTz(int year, int month, int day, int hour, int minute, double second, string zone) =>
        TimeZones.ToUtc(MakeTimestamp(year, month, day, hour, minute, second), zone);

    [SqlFunction("make_interval")]
    public static SqlInterval MakeInterval(int years, int months, int weeks, int days, int hours, int minutes, double seconds) =>
        double.IsNaN(seconds) ? throw new SqlFault(SqlState.DatetimeFieldOverflow, "interval out of range")
        : SqlInterval.Checked((long)years * 12 + months, (long)weeks * 7 + days,
            (Int128)hours * Calendar.Hour + (Int128)minutes * Calendar.Minute + (Int128)Math.Round(seconds * Calendar.Second));

    [SqlFunction("to_timestamp")]
    public static TimestampTz OfEpoch(double seconds)
    {
        if (double.IsNaN(seconds))
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "timestamp cannot be NaN");
        if (double.IsInfinity(seconds))
            return seconds > 0 ? TimestampTz.Infinity : TimestampTz.MinusInfinity;
        if (Math.Abs(seconds) > 1e13)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "timestamp out of range");
        return TimestampTz.OfUtc(Timestamp.Checked((Int128)Math.Round(seconds * Calendar.Second, MidpointRounding.ToEven)));
    }

    /// <summary>AT TIME ZONE of a time in no zone: the instant.</summary>
    [SqlFunction("timezone")]
    public static TimestampTz AtZone(string zone, Timestamp local) => TimeZones.ToUtc(local, TimeZones.Posix(zone));

    /// <summary>AT TIME ZONE of an instant: what clocks in the zone show.</summary>
    [SqlFunction("timezone")]
    public static Timestamp AtZone(string zone, TimestampTz instant) => TimeZones.ToLocal(instant, TimeZones.Posix(zone));

    [SqlFunction("timezone")]
    public static TimestampTz AtZone(SqlInterval offset, Timestamp local) =>
        local.IsFinite ? TimestampTz.OfUtc(Timestamp.Checked((Int128)local.Micros - Offset(offset))) : new TimestampTz(local.Micros);

    [SqlFunction("timezone")]
    public static Timestamp AtZone(SqlInterval offset, TimestampTz instant) =>
        instant.IsFinite ? Timestamp.Checked((Int128)instant.Micros + Offset(offset)) : instant.Utc;

    [SqlFunction("age")]
    public static SqlInterval Age(Timestamp end, Timestamp start)
    {
        if (!end.IsFinite || !start.IsFinite)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "timestamp out of range");
        bool isBack = end.Micros < start.Micros;
        (Timestamp late, Timestamp early) = isBack ? (start, end) : (end, start);
        (int year, int month, int day) = Calendar.DateOf(late.Day);
        (int earlyYear, int earlyMonth, int earlyDay) = Calendar.DateOf(early.Day);
        long micros = late.MicrosOfDay - early.MicrosOfDay;
        int days = day - earlyDay, months = (year - earlyYear) * Calendar.MonthsPerYear + month - earlyMonth;
        if (micros < 0)
        {
            micros += Calendar.Day;
            days--;
        }

        // Days are borrowed from the month of the earlier one.
        while (days < 0)
        {
            days += Calendar.DaysIn(earlyYear, earlyMonth);
            months--;
        }

        var age = new SqlInterval(months, days, micros);
        return isBack ? -age : age;
    }

    [SqlFunction("age")]
    public static SqlInterval Age(TimestampTz end, TimestampTz start) => Age(end.Utc, start.Utc);

    [SqlFunction("justify_hours")]
    public static SqlInterval JustifyHours(SqlInterval value)
    {
        long days = value.Days + value.Micros / Calendar.Day, micros = value.Micros % Calendar.Day;
        if (days > 0 && micros < 0)
            (days, micros) = (days - 1, micros + Calendar.Day);
        else if (days < 0 && micros > 0)
            (days, micros) = (days + 1, micros - Calendar.Day);
        return SqlInterval.Checked(value.Months, days, micros);
    }

    [SqlFunction("justify_days")]
    public static SqlInterval JustifyDays(SqlInterval value)
    {
        long months = value.Months + value.Days / 30, days = value.Days % 30;
        if (months > 0 && days < 0)
            (months, days) = (months - 1, days + 30);
        else if (months < 0 && days > 0)
            (months, days) = (months + 1, days - 30);
        return SqlInterval.Checked(months, days, value.Micros);
    }

    [SqlFunction("justify_interval")]
    public static SqlInterval Justify(SqlInterval value)
    {
        long days = value.Days, micros = value.Micros, months = value.Months;
        days += micros / Calendar.Day;
        micros %= Calendar.Day;
        months += days / 30;
        days %= 30;
        if (months > 0 && (days < 0 || (days == 0 && micros < 0)))
            (months, days) = (months - 1, days + 30);
        else if (months < 0 && (days > 0 || (days == 0 && micros > 0)))
            (months, days) = (months + 1, days - 30);
        if (days > 0 && micros < 0)
            (days, micros) = (days - 1, micros + Calendar.Day);
        else if (days < 0 && micros > 0)
            (days, micros) = (days + 1, micros - Calendar.Day);
        return SqlInterval.Checked(months, days, micros);
    }

    private static long Offset(SqlInterval offset) => offset.Months != 0 || offset.Days != 0
        ? throw new SqlFault(SqlState.InvalidParameterValue, $"interval time zone \"{offset}\" must not include months or days")
        : offset.Micros;
}
