using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>to_char, to_date, to_timestamp by a template.</summary>
internal static class DateTimeFormats
{
    [SqlFunction("to_char", MayBeNull = true)]
    public static string? Format(Timestamp value, string format) =>
        value.IsFinite && format.Length > 0 ? DateTimeTemplate.Of(format).Print(value, hasZone: false) : null;

    [SqlFunction("to_char", MayBeNull = true)]
    public static string? Format(TimestampTz value, string format) =>
        value.IsFinite && format.Length > 0 ? DateTimeTemplate.Of(format).Print(value.Utc, hasZone: true) : null;

    [SqlFunction("to_timestamp")]
    public static TimestampTz ToTimestamp(string text, string format) => TimestampTz.OfUtc(DateTimeTemplate.Of(format).Read(text));

    [SqlFunction("to_date")]
    public static Date ToDate(string text, string format) => new(DateTimeTemplate.Of(format).Read(text).Day);

    [SqlFunction("to_char")]
    public static string Format(Numeric value, string format) => NumberTemplate.Of(format).Print(value);

    [SqlFunction("to_char")]
    public static string Format(int value, string format) => NumberTemplate.Of(format).Print((Numeric)value);

    [SqlFunction("to_char")]
    public static string Format(long value, string format) => NumberTemplate.Of(format).Print((Numeric)value);

    [SqlFunction("to_char")]
    public static string Format(double value, string format) => NumberTemplate.Of(format).Print(value);

    [SqlFunction("to_number")]
    public static Numeric ToNumber(string text, string format)
    {
        _ = format;
        string digits = new([.. text.Where(static one => char.IsAsciiDigit(one) || one is '.' or '-')]);
        return digits.Length == 0 ? throw new SqlFault(SqlState.InvalidTextRepresentation, "invalid input syntax for type numeric: \" \"")
            : NumericText.Parse(digits);
    }
}
