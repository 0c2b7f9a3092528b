using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>A span of time in three parts that are not turned into one another: a month is not 30 days when it is added to a
/// date.</summary>
/// <param name="Months">Whole months.</param>
/// <param name="Days">Whole days.</param>
/// <param name="Micros">The rest, in microseconds.</param>
internal readonly record struct SqlInterval(int Months, int Days, long Micros) : IComparable<SqlInterval>, ICanonicalKey<IntervalKey>
{
    /// <summary>What intervals are compared by: a month counts as 30 days, a day as 24 hours.</summary>
    private Int128 Span => ((Int128)Months * Calendar.DaysPerMonth + Days) * Calendar.Day + Micros;

    /// <inheritdoc/>
    public IntervalKey CanonicalKey
    {
        get
        {
            long days = (long)Months * Calendar.DaysPerMonth + Days + Calendar.FloorDiv(Micros, Calendar.Day);
            return new IntervalKey(days, Calendar.FloorMod(Micros, Calendar.Day));
        }
    }

    public static SqlInterval OfMicros(long micros) => new(0, 0, micros);

    public bool Equals(SqlInterval other) => CanonicalKey == other.CanonicalKey;

    public override int GetHashCode() => CanonicalKey.GetHashCode();

    public int CompareTo(SqlInterval other) => Span.CompareTo(other.Span);

    public static SqlInterval operator +(SqlInterval left, SqlInterval right) => Checked(
        (long)left.Months + right.Months, (long)left.Days + right.Days, (Int128)left.Micros + right.Micros);

    public static SqlInterval operator -(SqlInterval left, SqlInterval right) => Checked(
        (long)left.Months - right.Months, (long)left.Days - right.Days, (Int128)left.Micros - right.Micros);

    public static SqlInterval operator -(SqlInterval value) => Checked(-(long)value.Months, -(long)value.Days, -(Int128)value.Micros);

    /// <summary>Fractions of months go down to days, those of days to microseconds.</summary>
    public static SqlInterval Multiply(SqlInterval span, double factor)
    {
        if (double.IsNaN(factor) || double.IsInfinity(factor))
            throw OutOfRange();
        return Spill(span.Months * factor, span.Days * factor, span.Micros * factor, span, months => months * factor, days =>
            days * factor);
    }

    public static SqlInterval Divide(SqlInterval span, double divisor)
    {
        if (divisor == 0)
            throw new SqlFault(SqlState.DivisionByZero, "division by zero");
        return Spill(span.Months / divisor, span.Days / divisor, span.Micros / divisor, span, months => months / divisor,
            days => days / divisor);
    }

    /// <exception cref="SqlFault">A part of it is out of range (22008).</exception>
    public static SqlInterval Checked(long months, long days, Int128 micros) =>
        months is >= int.MinValue and <= int.MaxValue && days is >= int.MinValue and <= int.MaxValue &&
        micros >= long.MinValue && micros <= long.MaxValue
            ? new SqlInterval((int)months, (int)days, (long)micros)
            : throw OutOfRange();

    public override string ToString() => IntervalText.Of(this);

    private static SqlInterval Spill(
        double months, double days, double micros, SqlInterval span, Func<double, double> ofMonths, Func<double, double> ofDays)
    {
        if (!IsInt(months) || !IsInt(days))
            throw OutOfRange();
        int wholeMonths = (int)months, wholeDays = (int)days;
        double monthDays = Round((ofMonths(span.Months) - wholeMonths) * Calendar.DaysPerMonth);
        double seconds = Round((ofDays(span.Days) - wholeDays + monthDays - (int)monthDays) * (Calendar.Day / Calendar.Second));
        if (Math.Abs(seconds) >= Calendar.Day / Calendar.Second)
        {
            double more = Math.Truncate(seconds / (Calendar.Day / Calendar.Second));
            wholeDays += (int)more;
            seconds -= more * (Calendar.Day / Calendar.Second);
        }

        wholeDays += (int)monthDays;
        double all = Math.Round(micros + seconds * Calendar.Second, MidpointRounding.ToEven);
        if (double.IsNaN(all) || all < -9223372036854775808.0 || all >= 9223372036854775808.0)
            throw OutOfRange();
        return new SqlInterval(wholeMonths, wholeDays, (long)all);
    }

    /// <summary>To microseconds, so that what is no fraction does not become one.</summary>
    private static double Round(double value) => Math.Round(value * Calendar.Second, MidpointRounding.ToEven) / Calendar.Second;

    private static bool IsInt(double value) => value is >= int.MinValue and <= int.MaxValue;

    private static SqlFault OutOfRange() => new(SqlState.DatetimeFieldOverflow, "interval out of range");
}

/// <summary>What equal intervals share.</summary>
/// <param name="Days">Whole days.</param>
/// <param name="Micros">The rest, from 0 to less than a day.</param>
internal readonly record struct IntervalKey(long Days, long Micros);
