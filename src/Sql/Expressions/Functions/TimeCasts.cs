using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Casts between dates, times and intervals; instants are shown in UTC.</summary>
internal static class TimeCasts
{
    [SqlCast(CastContext.Implicit)]
    public static Timestamp ToTimestamp(Date value) => value.ToTimestamp();

    [SqlCast(CastContext.Implicit)]
    public static TimestampTz ToTimestampTz(Date value) => TimestampTz.OfUtc(value.ToTimestamp());

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static TimestampTz ToTimestampTz(Timestamp value) => TimestampTz.OfUtc(value);

    [SqlCast(CastContext.Assignment, IsSafe = true)]
    public static Timestamp ToTimestamp(TimestampTz value) => value.Utc;

    [SqlCast(CastContext.Assignment, IsSafe = true)]
    public static Date ToDate(Timestamp value) =>
        value.IsFinite ? new Date(value.Day) : value.Micros > 0 ? Date.Infinity : Date.MinusInfinity;

    [SqlCast(CastContext.Assignment, IsSafe = true)]
    public static Date ToDate(TimestampTz value) => ToDate(value.Utc);

    [SqlCast(CastContext.Assignment)]
    public static Time? ToTime(Timestamp value) => value.IsFinite ? new Time(value.MicrosOfDay) : null;

    [SqlCast(CastContext.Assignment)]
    public static Time? ToTime(TimestampTz value) => ToTime(value.Utc);

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static SqlInterval ToInterval(Time value) => SqlInterval.OfMicros(value.Micros);

    [SqlCast(CastContext.Assignment, IsSafe = true)]
    public static Time ToTime(SqlInterval value) => new(Calendar.FloorMod(value.Micros, Calendar.Day));
}
