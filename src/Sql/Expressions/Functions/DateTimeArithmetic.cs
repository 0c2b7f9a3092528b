using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Dates, times and intervals, added and subtracted.</summary>
internal static class DateTimeArithmetic
{
    [SqlOperator("+")]
    public static Date Add(Date date, int days) => date.IsFinite ? Date.Checked((long)date.Days + days) : date;

    [SqlOperator("+")]
    public static Date Add(int days, Date date) => Add(date, days);

    [SqlOperator("-")]
    public static Date Subtract(Date date, int days) => date.IsFinite ? Date.Checked((long)date.Days - days) : date;

    [SqlOperator("-")]
    public static int Subtract(Date left, Date right) => left.IsFinite && right.IsFinite ? left.Days - right.Days
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, "cannot subtract infinite dates");

    [SqlOperator("+")]
    public static Timestamp Add(Date date, SqlInterval span) => Add(date.ToTimestamp(), span);

    [SqlOperator("+")]
    public static Timestamp Add(SqlInterval span, Date date) => Add(date.ToTimestamp(), span);

    [SqlOperator("-")]
    public static Timestamp Subtract(Date date, SqlInterval span) => Subtract(date.ToTimestamp(), span);

    [SqlOperator("+")]
    public static Timestamp Add(Date date, Time time) => date.IsFinite ? Timestamp.Checked((Int128)date.ToTimestamp().Micros + time.Micros)
        : date.ToTimestamp();

    [SqlOperator("+")]
    public static Timestamp Add(Time time, Date date) => Add(date, time);

    [SqlOperator("+")]
    public static Timestamp Add(Timestamp timestamp, SqlInterval span)
    {
        if (!timestamp.IsFinite)
            return timestamp;
        if ((span.Months | span.Days) == 0)
            return Timestamp.Checked((Int128)timestamp.Micros + span.Micros);
        Int128 days = timestamp.Day;
        if (span.Months != 0)
        {
            (int year, int month, int day) = Calendar.DateOf(timestamp.Day);
            long months = (long)year * Calendar.MonthsPerYear + month - 1 + span.Months;
            long newYear = Calendar.FloorDiv(months, Calendar.MonthsPerYear);
            if (newYear is < -5000 or > 300_000)
                throw new SqlFault(SqlState.DatetimeFieldOverflow, "timestamp out of range");
            int newMonth = (int)Calendar.FloorMod(months, Calendar.MonthsPerYear) + 1;
            days = Calendar.DaysOf((int)newYear, newMonth, Math.Min(day, Calendar.DaysIn((int)newYear, newMonth)));
        }

        return Timestamp.Checked((days + span.Days) * Calendar.Day + timestamp.MicrosOfDay + span.Micros);
    }

    [SqlOperator("+")]
    public static Timestamp Add(SqlInterval span, Timestamp timestamp) => Add(timestamp, span);

    [SqlOperator("-")]
    public static Timestamp Subtract(Timestamp timestamp, SqlInterval span) => timestamp.IsFinite ? Add(timestamp, -span) : timestamp;

    [SqlOperator("-")]
    public static SqlInterval Subtract(Timestamp left, Timestamp right)
    {
        if (!left.IsFinite || !right.IsFinite)
            throw new SqlFault(SqlState.DatetimeFieldOverflow, "cannot subtract infinite timestamps");
        Int128 micros = (Int128)left.Micros - right.Micros;
        return SqlInterval.Checked(0, (long)(micros / Calendar.Day), micros % Calendar.Day);
    }

    [SqlOperator("+")]
    public static TimestampTz Add(TimestampTz instant, SqlInterval span) => TimestampTz.OfUtc(Add(instant.Utc, span));

    [SqlOperator("+")]
    public static TimestampTz Add(SqlInterval span, TimestampTz instant) => Add(instant, span);

    [SqlOperator("-")]
    public static TimestampTz Subtract(TimestampTz instant, SqlInterval span) => TimestampTz.OfUtc(Subtract(instant.Utc, span));

    [SqlOperator("-")]
    public static SqlInterval Subtract(TimestampTz left, TimestampTz right) => Subtract(left.Utc, right.Utc);

    [SqlOperator("+", IsSafe = true)]
    public static Time Add(Time time, SqlInterval span) => new((long)Mod((Int128)time.Micros + span.Micros));

    [SqlOperator("+", IsSafe = true)]
    public static Time Add(SqlInterval span, Time time) => Add(time, span);

    [SqlOperator("-", IsSafe = true)]
    public static Time Subtract(Time time, SqlInterval span) => new((long)Mod((Int128)time.Micros - span.Micros));

    [SqlOperator("-", IsSafe = true)]
    public static SqlInterval Subtract(Time left, Time right) => SqlInterval.OfMicros(left.Micros - right.Micros);

    [SqlOperator("+")]
    public static SqlInterval Add(SqlInterval left, SqlInterval right) => left + right;

    [SqlOperator("-")]
    public static SqlInterval Subtract(SqlInterval left, SqlInterval right) => left - right;

    [SqlOperator("-")]
    public static SqlInterval Negate(SqlInterval value) => -value;

    [SqlOperator("*")]
    public static SqlInterval Multiply(SqlInterval span, double factor) => SqlInterval.Multiply(span, factor);

    [SqlOperator("*")]
    public static SqlInterval Multiply(double factor, SqlInterval span) => SqlInterval.Multiply(span, factor);

    [SqlOperator("/")]
    public static SqlInterval Divide(SqlInterval span, double divisor) => SqlInterval.Divide(span, divisor);

    private static Int128 Mod(Int128 micros) => ((micros % Calendar.Day) + Calendar.Day) % Calendar.Day;
}
