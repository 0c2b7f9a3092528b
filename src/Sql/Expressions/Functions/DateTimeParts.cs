using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Parts of dates and times, and times cut to a part.</summary>
internal static class DateTimeParts
{
    private const int JulianEpoch = 2_440_588;

    [SqlFunction("extract", MayBeNull = true)]
    public static Numeric? Extract(string field, Timestamp value) => OfTimestamp(field, value, hasZone: false);

    [SqlFunction("extract", MayBeNull = true)]
    public static Numeric? Extract(string field, TimestampTz value) => OfTimestamp(field, value.Utc, hasZone: true);

    [SqlFunction("extract", MayBeNull = true)]
    public static Numeric? Extract(string field, Date value)
    {
        if (field.ToLowerInvariant() is "hour" or "minute" or "second" or "milliseconds" or "microseconds" or "timezone" or "timezone_hour"
            or "timezone_minute")
            throw NotSupported(field, "date");
        if (!value.IsFinite)
            return Infinite(field, value.Days > 0, "date");
        string lower = field.ToLowerInvariant();
        if (lower == "epoch")
            return (Numeric)((long)value.Days * (Calendar.Day / Calendar.Second));
        if (lower is "julian")
            return (Numeric)(value.Days + (long)JulianEpoch);
        return OfDay(lower, value.Days) ?? throw Unknown(field, "date");
    }

    [SqlFunction("extract")]
    public static Numeric Extract(string field, Time value) =>
        field.ToLowerInvariant() == "epoch" ? new Numeric(value.Micros, 6)
        : OfTime(field.ToLowerInvariant(), value.Micros) ?? throw (IsKnown(field) ? NotSupported(field, "time without time zone")
            : Unknown(field, "time without time zone"));

    [SqlFunction("extract")]
    public static Numeric Extract(string field, SqlInterval value)
    {
        int years = value.Months / Calendar.MonthsPerYear;
        return field.ToLowerInvariant() switch
        {
            "epoch" => Epoch(value),
            "millennium" or "millennia" or "mil" => years / 1000,
            "century" or "centuries" => years / 100,
            "decade" or "decades" => years / 10,
            "year" or "years" => years,
            "quarter" => value.Months % Calendar.MonthsPerYear / 3 + 1,
            "month" or "months" or "mon" => value.Months % Calendar.MonthsPerYear,
            "day" or "days" => value.Days,
            "hour" or "hours" => value.Micros / Calendar.Hour,
            "minute" or "minutes" => value.Micros / Calendar.Minute % 60,
            "second" or "seconds" => new Numeric(value.Micros % Calendar.Minute, 6),
            "millisecond" or "milliseconds" => new Numeric(value.Micros % Calendar.Minute, 3),
            "microsecond" or "microseconds" => value.Micros % Calendar.Minute,
            _ => throw (IsKnown(field) ? NotSupported(field, "interval") : Unknown(field, "interval")),
        };
    }

    [SqlFunction("date_part", MayBeNull = true)]
    public static double? Part(string field, Timestamp value) => ToDouble(Extract(field, value));

    [SqlFunction("date_part", MayBeNull = true)]
    public static double? Part(string field, TimestampTz value) => ToDouble(Extract(field, value));

    [SqlFunction("date_part", MayBeNull = true)]
    public static double? Part(string field, Date value) => ToDouble(OfTimestamp(field, value.ToTimestamp(), hasZone: false));

    [SqlFunction("date_part")]
    public static double Part(string field, Time value) => NumericRoots.ToDouble(Extract(field, value));

    [SqlFunction("date_part")]
    public static double Part(string field, SqlInterval value) => NumericRoots.ToDouble(Extract(field, value));

    [SqlFunction("date_trunc")]
    public static Timestamp Truncate(string field, Timestamp value)
    {
        string lower = field.ToLowerInvariant();
        if (!value.IsFinite)
            return value;
        long micros = value.MicrosOfDay, day = value.Micros - micros;
        (int year, int month, _) = Calendar.DateOf(value.Day);
        return lower switch
        {
            "microsecond" or "microseconds" => value,
            "millisecond" or "milliseconds" => new Timestamp(day + micros / 1000 * 1000),
            "second" or "seconds" => new Timestamp(day + micros / Calendar.Second * Calendar.Second),
            "minute" or "minutes" => new Timestamp(day + micros / Calendar.Minute * Calendar.Minute),
            "hour" or "hours" => new Timestamp(day + micros / Calendar.Hour * Calendar.Hour),
            "day" or "days" => new Timestamp(day),
            "week" or "weeks" => At(value.Day - (Calendar.DayOfWeek(value.Day) + 6) % 7),
            "month" or "months" => At(Calendar.DaysOf(year, month, 1)),
            "quarter" => At(Calendar.DaysOf(year, (month - 1) / 3 * 3 + 1, 1)),
            "year" or "years" => At(Calendar.DaysOf(year, 1, 1)),
            "decade" or "decades" => At(Calendar.DaysOf(Calendar.FloorDiv(year, 10) * 10, 1, 1)),
            "century" or "centuries" => At(Calendar.DaysOf(Calendar.FloorDiv(year - 1, 100) * 100 + 1, 1, 1)),
            "millennium" or "millennia" => At(Calendar.DaysOf(Calendar.FloorDiv(year - 1, 1000) * 1000 + 1, 1, 1)),
            _ => throw (IsZone(lower) ? NotSupported(field, "timestamp without time zone") : Unknown(field, "timestamp without time zone")),
        };
    }

    [SqlFunction("date_trunc")]
    public static TimestampTz Truncate(string field, TimestampTz value) => TimestampTz.OfUtc(Truncate(field, value.Utc));

    [SqlFunction("date_trunc")]
    public static TimestampTz Truncate(string field, TimestampTz value, string zone) =>
        TimeZones.ToUtc(Truncate(field, TimeZones.ToLocal(value, TimeZones.Posix(zone))), TimeZones.Posix(zone));

    [SqlFunction("date_trunc")]
    public static SqlInterval Truncate(string field, SqlInterval value) => field.ToLowerInvariant() switch
    {
        "microsecond" or "microseconds" => value,
        "millisecond" or "milliseconds" => value with { Micros = value.Micros / 1000 * 1000 },
        "second" or "seconds" => value with { Micros = value.Micros / Calendar.Second * Calendar.Second },
        "minute" or "minutes" => value with { Micros = value.Micros / Calendar.Minute * Calendar.Minute },
        "hour" or "hours" => value with { Micros = value.Micros / Calendar.Hour * Calendar.Hour },
        "day" or "days" => value with { Micros = 0 },
        "month" or "months" => new SqlInterval(value.Months, 0, 0),
        "quarter" => new SqlInterval(value.Months / 3 * 3, 0, 0),
        "year" or "years" => new SqlInterval(value.Months / 12 * 12, 0, 0),
        "decade" or "decades" => new SqlInterval(value.Months / 120 * 120, 0, 0),
        "century" or "centuries" => new SqlInterval(value.Months / 1200 * 1200, 0, 0),
        "millennium" or "millennia" => new SqlInterval(value.Months / 12_000 * 12_000, 0, 0),
        var lower => throw (IsZone(lower) || lower is "week" or "weeks" ? NotSupported(field, "interval") : Unknown(field, "interval")),
    };

    [SqlFunction("date_bin")]
    public static Timestamp Bin(SqlInterval stride, Timestamp value, Timestamp origin)
    {
        if (!value.IsFinite)
            return value;
        if (!origin.IsFinite)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "origin out of range");
        if (stride.Months != 0)
            throw new SqlFault(SqlState.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years");
        Int128 width = (Int128)stride.Days * Calendar.Day + stride.Micros;
        if (width <= 0)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "stride must be greater than zero");
        Int128 distance = (Int128)value.Micros - origin.Micros, rest = distance % width;
        Int128 start = distance - rest - (rest < 0 ? width : 0);
        return Timestamp.Checked(origin.Micros + start);
    }

    [SqlFunction("date_bin")]
    public static TimestampTz Bin(SqlInterval stride, TimestampTz value, TimestampTz origin) =>
        TimestampTz.OfUtc(Bin(stride, value.Utc, origin.Utc));

    [SqlFunction("isfinite", IsSafe = true)]
    public static bool IsFinite(Timestamp value) => value.IsFinite;

    [SqlFunction("isfinite", IsSafe = true)]
    public static bool IsFinite(TimestampTz value) => value.IsFinite;

    [SqlFunction("isfinite", IsSafe = true)]
    public static bool IsFinite(Date value) => value.IsFinite;

    private static Timestamp At(int day) => new(day * Calendar.Day);

    private static double? ToDouble(Numeric? value) => value is { } number ? NumericRoots.ToDouble(number) : null;

    private static Numeric? OfTimestamp(string field, Timestamp value, bool hasZone)
    {
        string lower = field.ToLowerInvariant(), type = hasZone ? "timestamp with time zone" : "timestamp without time zone";
        if (!value.IsFinite)
            return Infinite(field, value.Micros > 0, type);
        switch (lower)
        {
            case "epoch":
                return new Numeric(value.Micros, 6);
            case "julian":
                return (Numeric)(value.Day + (long)JulianEpoch) + NumericFunctions.Divide(value.MicrosOfDay, Calendar.Day);
            case "timezone" or "timezone_hour" or "timezone_minute" when hasZone:
                return Numeric.Zero;
        }

        return OfDay(lower, value.Day) ?? OfTime(lower, value.MicrosOfDay) ?? throw (IsKnown(field) ? NotSupported(field, type)
            : Unknown(field, type));
    }

    private static Numeric? OfDay(string field, int days)
    {
        (int year, int month, int day) = Calendar.DateOf(days);
        // There is no year 0: before it years, decades and centuries count from 1 BC on.
        int shown = year > 0 ? year : year - 1;
        return field switch
        {
            "millennium" or "millennia" => year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000),
            "century" or "centuries" => year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100),
            "decade" or "decades" => Calendar.FloorDiv(year, 10),
            "year" or "years" => shown,
            "isoyear" => Calendar.WeekOf(days).Year is var iso && iso > 0 ? iso : iso - 1,
            "quarter" => (month - 1) / 3 + 1,
            "month" or "months" or "mon" => month,
            "week" or "weeks" => Calendar.WeekOf(days).Week,
            "day" or "days" => day,
            "dow" => Calendar.DayOfWeek(days),
            "isodow" => (Calendar.DayOfWeek(days) + 6) % 7 + 1,
            "doy" => Calendar.DayOfYear(days),
            _ => null,
        };
    }

    private static Numeric? OfTime(string field, long micros) => field switch
    {
        "hour" or "hours" => micros / Calendar.Hour,
        "minute" or "minutes" => micros / Calendar.Minute % 60,
        "second" or "seconds" => new Numeric(micros % Calendar.Minute, 6),
        "millisecond" or "milliseconds" => new Numeric(micros % Calendar.Minute, 3),
        "microsecond" or "microseconds" => micros % Calendar.Minute,
        _ => null,
    };

    /// <summary>A year counts 365.25 days.</summary>
    private static Numeric Epoch(SqlInterval value)
    {
        Int128 days = (Int128)(value.Months / Calendar.MonthsPerYear) * 1461 * 6 + (
            (Int128)(value.Months % Calendar.MonthsPerYear) * 30 + value.Days) * 24;
        return new Numeric(days * Calendar.Hour + value.Micros, 6);
    }

    private static Numeric? Infinite(string field, bool isPlus, string type) => field.ToLowerInvariant() switch
    {
        "microsecond" or "microseconds" or "millisecond" or "milliseconds" or "second" or "seconds" or "minute" or "minutes" or "hour"
            or "hours"
            or "day" or "days" or "month" or "months" or "quarter" or "week" or "weeks" or "dow" or "isodow" or "doy" or "timezone"
            or "timezone_hour" or "timezone_minute" => null,
        "year" or "years" or "decade" or "decades" or "century" or "centuries" or "millennium" or "millennia" or "julian" or "isoyear"
            or "epoch"
            => isPlus ? Numeric.Infinity : Numeric.MinusInfinity,
        _ => throw Unknown(field, type),
    };

    private static bool IsZone(string field) => field is "timezone" or "timezone_hour" or "timezone_minute";

    private static bool IsKnown(string field) => field.ToLowerInvariant() is "microsecond" or "microseconds" or "millisecond"
        or "milliseconds" or "second"
        or "seconds" or "minute" or "minutes" or "hour" or "hours" or "day" or "days" or "week" or "weeks" or "month" or "months"
            or "quarter"
        or "year" or "years" or "decade" or "decades" or "century" or "centuries" or "millennium" or "millennia" or "dow" or "isodow"
            or "doy"
        or "isoyear" or "julian" or "epoch" or "timezone" or "timezone_hour" or "timezone_minute";

    private static SqlFault Unknown(string field, string type) =>
        new(SqlState.InvalidParameterValue, $"unit \"{field}\" not recognized for type {type}");

    private static SqlFault NotSupported(string field, string type) =>
        new(SqlState.FeatureNotSupported, $"unit \"{field}\" not supported for type {type}");
}
