using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>From values of .NET to values of SQL, and back: one method for each pair, called by compiled code.</summary>
internal static class ClrValues
{
    private const long TicksOf1970 = 621_355_968_000_000_000;
    private const int DayOf1970 = 719_162;

    public static short OfByte(byte value) => value;

    public static short OfSByte(sbyte value) => value;

    public static int OfUShort(ushort value) => value;

    public static long OfUInt(uint value) => value;

    public static Numeric OfULong(ulong value) => new(value, 0);

    public static Numeric OfDecimal(decimal value) => Numeric.Of(value);

    public static TimestampTz OfInstant(DateTimeOffset value) => new(value.ToMicros());

    /// <remarks>A local time is turned into UTC; one of no known kind stays as it is.</remarks>
    public static Timestamp OfDateTime(DateTime value) =>
        new(((value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : value).Ticks - TicksOf1970) / TimeSpan.TicksPerMicrosecond);

    public static Date OfDate(DateOnly value) => new(value.DayNumber - DayOf1970);

    public static Time OfTime(TimeOnly value) => new(value.Ticks / TimeSpan.TicksPerMicrosecond);

    public static SqlInterval OfSpan(TimeSpan value) => SqlInterval.OfMicros(value.ToMicros());

    public static string OfGuid(Guid value) => value.ToString();

    public static string OfChar(char value) => value.ToString();

    public static Bytea OfBytes(byte[] value) => new([.. value]);

    public static string OfEnum<T>(T value)
        where T : struct, Enum => value.ToString();

    public static SqlArray<T> OfArray<T>(T[] value) => new([.. value]);

    public static long FromShortToLong(short value) => value;

    public static int FromShortToInt(short value) => value;

    public static long FromIntToLong(int value) => value;

    public static double FromRealToDouble(float value) => value;

    public static double FromIntToDouble(int value) => value;

    public static decimal FromIntToDecimal(int value) => value;

    public static decimal FromLongToDecimal(long value) => value;

    /// <exception cref="SqlFault">A decimal cannot hold it (22003).</exception>
    public static decimal ToDecimal(Numeric value)
    {
        const int MostScale = 28;
        if (!value.IsFinite)
            throw new SqlFault(SqlState.NumericValueOutOfRange, $"a decimal cannot hold {value}");
        Numeric fitting = value.Scale <= MostScale ? value : NumericMath.Round(value, MostScale);
        if (!fitting.IsWide && fitting.Digits >= -long.MaxValue && fitting.Digits <= long.MaxValue && fitting.Scale <= MostScale)
        {
            long digits = (long)fitting.Digits;
            ulong plain = digits < 0 ? (ulong)-digits : (ulong)digits;
            return new decimal((int)(uint)plain, (int)(uint)(plain >> 32), 0, digits < 0, (byte)fitting.Scale);
        }

        return decimal.TryParse(fitting.ToString(), System.Globalization.NumberStyles.Float,
            System.Globalization.CultureInfo.InvariantCulture, out decimal parsed) ? parsed
            : throw new SqlFault(SqlState.NumericValueOutOfRange, $"a decimal cannot hold {value}");
    }

    /// <exception cref="SqlFault">It is infinite, or not between the years 1 and 9999 (22008).</exception>
    public static DateTimeOffset ToInstant(TimestampTz value) => new(Ticks(value.Micros, value), TimeSpan.Zero);

    /// <inheritdoc cref="ToInstant"/>
    public static DateTime ToDateTime(Timestamp value) => new(Ticks(value.Micros, value), DateTimeKind.Unspecified);

    /// <inheritdoc cref="ToInstant"/>
    public static DateOnly ToDate(Date value) => value.Days is >= -DayOf1970 and <= 2_932_896
        ? DateOnly.FromDayNumber(value.Days + DayOf1970)
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, $"{value} is beyond what DateOnly has");

    /// <exception cref="SqlFault">It is 24:00 (22008).</exception>
    public static TimeOnly ToTime(Time value) => value.Micros < Calendar.Day ? new TimeOnly(value.Micros * TimeSpan.TicksPerMicrosecond)
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, "24:00 is beyond what TimeOnly has");

    /// <exception cref="SqlFault">It has months, which have no length of their own (22008).</exception>
    public static TimeSpan ToSpan(SqlInterval value) => value.Months == 0
        ? new TimeSpan(checked((value.Days * Calendar.Day + value.Micros) * TimeSpan.TicksPerMicrosecond))
        : throw new SqlFault(SqlState.DatetimeFieldOverflow, $"the interval {value} has months: a TimeSpan cannot hold it");

    public static byte[] ToBytes(Bytea value) => [.. value.Bytes];

    public static string FromJson(Json value) => value.Text;

    public static string FromJsonb(Jsonb value) => value.Text;

    /// <exception cref="SqlFault">It is no such text (22P02).</exception>
    public static Guid ToGuid(string value) => Guid.TryParse(value, out Guid parsed) ? parsed
        : throw new SqlFault(SqlState.InvalidTextRepresentation, $"invalid input syntax for a Guid: \"{value}\"");

    /// <exception cref="SqlFault">No member has the name (22P02).</exception>
    public static T ToEnum<T>(string value)
        where T : struct, Enum => Enum.TryParse(value, ignoreCase: true, out T parsed) && Enum.IsDefined(parsed) ? parsed
        : throw new SqlFault(SqlState.InvalidTextRepresentation, $"{typeof(T).Name} has no member \"{value}\"");

    /// <exception cref="SqlFault">An element is null, and the elements cannot be (22004).</exception>
    public static T[] ToArray<T>(SqlArray<T> value)
    {
        if (value.Nulls is { } nulls && nulls.Contains(true) && default(T) is not null)
            throw new SqlFault(SqlState.NullValueNotAllowed, "an element of the array is null");
        return [.. value.Items];
    }

    private static long Ticks(long micros, object value)
    {
        const long First = -62_135_596_800_000_000, Last = 253_402_300_799_999_999;
        return micros is >= First and <= Last ? (micros * TimeSpan.TicksPerMicrosecond) + TicksOf1970
            : throw new SqlFault(SqlState.DatetimeFieldOverflow, $"{value} is beyond the years that .NET has");
    }
}
