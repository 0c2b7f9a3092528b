using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.Time;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Turns one field into a value. A field that does not hold one is noted in <see cref="CsvFields.Fail"/> and gives the
/// default.</summary>
internal static class CsvValue
{
    /// <summary>The expression that reads a column as <paramref name="type"/>; null if no such value can be read.</summary>
    public static Expression? Read(Type type, bool allowsNull, Expression fields, int column)
    {
        Expression index = Expression.Constant(column);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Read(underlying, allowsNull: false, fields, column) is { } value
                ? Expression.Condition(Expression.Call(fields, nameof(CsvFields.IsNull), null, index), Expression.Default(type),
                    Expression.Convert(value, type))
                : null;
        }

        return MethodOf(type, allowsNull) is ({ } method, var argument)
            ? Expression.Call(typeof(CsvValue), method, argument is null ? null : [argument], fields, index)
            : null;
    }

    private static (string? Method, Type? Argument) MethodOf(Type type, bool allowsNull) => type switch
    {
        _ when type == typeof(string) => (allowsNull ? nameof(TextOrNull) : nameof(Text), null),
        _ when type == typeof(bool) => (nameof(Boolean), null),
        _ when type == typeof(long) => (nameof(Int64), null),
        _ when type == typeof(int) => (nameof(Int32), null),
        _ when type == typeof(double) => (nameof(Double), null),
        _ when type == typeof(DateTimeOffset) => (nameof(Instant), null),
        _ when type == typeof(DateTime) => (nameof(UtcDateTime), null),
        _ when type == typeof(float) => (nameof(Single), null),
        _ when type == typeof(decimal) => (nameof(Decimal), null),
        _ when type == typeof(Half) => (nameof(HalfPrecision), null),
        _ when type == typeof(TimeSpan) => (nameof(Duration), null),
        { IsEnum: true } => (nameof(Enumeration), type),
        _ when Parses(type, typeof(IUtf8SpanParsable<>)) => (nameof(Utf8), type),
        _ when Parses(type, typeof(ISpanParsable<>)) => (nameof(Characters), type),
        _ => (null, null),
    };

    private static bool Parses(Type type, Type how) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == how && one.GenericTypeArguments[0] == type);

    public static string Text(CsvFields fields, int column) => fields.Text(column);

    public static string? TextOrNull(CsvFields fields, int column) => fields.IsNull(column) ? null : fields.Text(column);

    public static bool Boolean(CsvFields fields, int column)
    {
        ReadOnlySpan<byte> text = fields[column];
        if (Ascii.EqualsIgnoreCase(text, "true"u8) || text is [(byte)'1'])
            return true;
        if (!Ascii.EqualsIgnoreCase(text, "false"u8) && text is not [(byte)'0'])
            fields.Fail(column, typeof(bool));
        return false;
    }

    public static long Int64(CsvFields fields, int column) =>
        fields.TryShortInteger(column, out long value) ? value : Utf8<long>(fields, column);

    public static int Int32(CsvFields fields, int column) =>
        fields.TryShortInteger(column, out long value) && value <= int.MaxValue ? (int)value : Utf8<int>(fields, column);

    public static double Double(CsvFields fields, int column)
    {
        ReadOnlySpan<byte> text = fields[column];
        if (!TryShortDecimal(text, out double value) && !ExactNumber.TryDouble(text, out value))
            fields.Fail(column, typeof(double));
        return value;
    }

    /// <summary>Up to 15 digits and a point: both the digits and the power of ten are exact doubles, so their quotient is the nearest
    /// one.</summary>
    /// <seealso href="https://doi.org/10.1145/93542.93557">Clinger, How to read floating point numbers accurately: the fast path.</seealso>
    private static bool TryShortDecimal(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        bool negative = text is [(byte)'-', ..];
        if (negative)
            text = text[1..];
        if (text.Length is 0 or > 16)
            return false;
        long digits = 0;
        int point = -1;
        for (int at = 0; at < text.Length; at++)
        {
            uint digit = (uint)(text[at] - '0');
            if (digit <= 9)
                digits = (digits * 10) + digit;
            else if (text[at] == '.' && point < 0)
                point = at;
            else
                return false;
        }

        int count = point < 0 ? text.Length : text.Length - 1;
        if (count is 0 or > 15)
            return false;
        value = point < 0 ? digits : digits / s_powersOfTen[text.Length - 1 - point];
        if (negative)
            value = -value;
        return true;
    }

    private static readonly double[] s_powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    public static DateTimeOffset Instant(CsvFields fields, int column) =>
        Noted(fields, column, Iso8601.TryParse(fields[column], out DateTimeOffset value), value);

    public static DateTime UtcDateTime(CsvFields fields, int column)
    {
        if (!Iso8601.TryParse(fields[column], out DateTimeOffset value))
            fields.Fail(column, typeof(DateTime));
        return value.UtcDateTime;
    }

    public static TimeSpan Duration(CsvFields fields, int column) =>
        Noted(fields, column, DurationText.TryParse(fields[column], out TimeSpan value), value);

    public static TEnum Enumeration<TEnum>(CsvFields fields, int column)
        where TEnum : struct, Enum =>
        Noted(fields, column, EnumText.TryParse(fields[column], out TEnum value), value);

    public static float Single(CsvFields fields, int column) =>
        Noted(fields, column, ExactNumber.TrySingle(fields[column], out float value), value);

    public static decimal Decimal(CsvFields fields, int column) =>
        Noted(fields, column, ExactNumber.TryDecimal(fields[column], out decimal value), value);

    public static Half HalfPrecision(CsvFields fields, int column) =>
        Noted(fields, column, ExactNumber.TryHalf(fields[column], out Half value), value);

    public static TValue? Utf8<TValue>(CsvFields fields, int column)
        where TValue : IUtf8SpanParsable<TValue> =>
        Noted(fields, column, TValue.TryParse(fields[column], CultureInfo.InvariantCulture, out TValue? value), value);

    public static TValue? Characters<TValue>(CsvFields fields, int column)
        where TValue : ISpanParsable<TValue> =>
        Noted(fields, column, TValue.TryParse(fields.Text(column), CultureInfo.InvariantCulture, out TValue? value), value);

    /// <summary>Notes that a field did not hold a value, if it did not.</summary>
    private static TValue? Noted<TValue>(CsvFields fields, int column, bool isThere, TValue? value)
    {
        if (!isThere)
            fields.Fail(column, typeof(TValue));
        return value;
    }
}
