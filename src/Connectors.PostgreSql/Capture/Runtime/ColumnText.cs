using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Values from the text that PostgreSQL prints, with DateStyle ISO, time zone UTC and bytea_output hex.</summary>
/// <remarks>Text, not the binary form: it is the same in snapshots and in the stream, for every type there is, extensions
/// included.</remarks>
internal static class ColumnText
{
    private static readonly HashSet<Type> s_types =
    [
        typeof(long), typeof(int), typeof(short), typeof(byte), typeof(uint), typeof(ulong), typeof(bool), typeof(double), typeof(float),
            typeof(decimal), typeof(string),
        typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(char),
            typeof(byte[]),
    ];

    public static bool Supports(Type type) => s_types.Contains(Nullable.GetUnderlyingType(type) ?? type)
        || (Nullable.GetUnderlyingType(type) ?? type).IsEnum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TValue Parse<TValue>(ReadOnlySpan<byte> text, string column)
    {
        // each branch but one is gone in the compiled code of a value type
        if (typeof(TValue) == typeof(long) || typeof(TValue) == typeof(long?))
            return As<long, TValue>(Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length ? value
                : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(int) || typeof(TValue) == typeof(int?))
            return As<int, TValue>(Utf8Parser.TryParse(text, out int value, out int used) && used == text.Length ? value
                : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(string))
            return (TValue)(object)Encoding.UTF8.GetString(text);
        if (typeof(TValue) == typeof(bool) || typeof(TValue) == typeof(bool?))
            return As<bool, TValue>(text.Length == 1 && text[0] is (byte)'t' or (byte)'f' ? text[0] == 't'
                : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(double) || typeof(TValue) == typeof(double?))
            return As<double, TValue>(ExactNumber.TryDouble(text, out double value) ? value : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(decimal) || typeof(TValue) == typeof(decimal?))
            return As<decimal, TValue>(ExactNumber.TryDecimal(text, out decimal value) ? value : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(DateTimeOffset) || typeof(TValue) == typeof(DateTimeOffset?))
            return As<DateTimeOffset, TValue>(TimeText.TryInstant(text, out DateTimeOffset value) ? value
                : throw Wrong<TValue>(text, column));
        if (typeof(TValue) == typeof(DateTime) || typeof(TValue) == typeof(DateTime?))
            return As<DateTime, TValue>(TimeText.TryDateTime(text, out DateTime value) ? value : throw Wrong<TValue>(text, column));
        return ParseOther<TValue>(text, column);
    }

    private static TValue ParseOther<TValue>(ReadOnlySpan<byte> text, string column)
    {
        if (typeof(TValue) == typeof(byte[]))
            return (TValue)(object)(text.StartsWith("\\x"u8) ? Convert.FromHexString(text[2..]) : throw Wrong<TValue>(text, column));
        Type type = Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue);
        string value = Encoding.UTF8.GetString(text);
        CultureInfo culture = CultureInfo.InvariantCulture;
        object? parsed = null;
        if (type == typeof(short))
            parsed = short.TryParse(value, culture, out short one) ? one : null;
        else if (type == typeof(byte))
            parsed = byte.TryParse(value, culture, out byte one) ? one : null;
        else if (type == typeof(uint))
            parsed = uint.TryParse(value, culture, out uint one) ? one : null;
        else if (type == typeof(ulong))
            parsed = ulong.TryParse(value, culture, out ulong one) ? one : null;
        else if (type == typeof(float))
            parsed = ExactNumber.TrySingle(text, out float one) ? one : null;
        else if (type == typeof(Guid))
            parsed = Guid.TryParse(value, out Guid one) ? one : null;
        else if (type == typeof(DateOnly))
            parsed = DateOnly.TryParseExact(value, "yyyy-MM-dd", culture, DateTimeStyles.None, out DateOnly one) ? one : null;
        else if (type == typeof(TimeOnly))
            parsed = TimeOnly.TryParse(value, culture, out TimeOnly one) ? one : null;
        else if (type == typeof(TimeSpan))
            parsed = IntervalText.TryParse(value, out TimeSpan one) ? one : null;
        else if (type == typeof(char))
            parsed = value.Length == 1 ? value[0] : null;
        else if (type.IsEnum)
            parsed = IsName(value) && Enum.TryParse(type, value.Replace("_", "", StringComparison.Ordinal), ignoreCase: true,
                out object? one) ? one : null;
        return parsed is null ? throw Wrong<TValue>(text, column) : (TValue)parsed;
    }

    /// <summary>The name of one member: the parser takes numbers and lists, too, which need be no member.</summary>
    private static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(letter =>
        char.IsLetterOrDigit(letter) || letter == '_');

    /// <summary>The value as <typeparamref name="TTo"/>, which is the same type or its nullable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo As<TFrom, TTo>(TFrom value)
        where TFrom : struct
    {
        if (typeof(TTo) == typeof(TFrom))
            return Unsafe.As<TFrom, TTo>(ref value);
        TFrom? nullable = value;
        return Unsafe.As<TFrom?, TTo>(ref nullable);
    }

    private static FormatException Wrong<TValue>(ReadOnlySpan<byte> text, string column)
    {
        Type type = Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue);
        string holds = $"Column '{column}' holds '{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 100)])}', which is not a " +
            $"{type.Name}";
        return new FormatException(type == typeof(TimeSpan)
            ? $"{holds}: months and years have no fixed length, and a TimeSpan ends at {TimeSpan.MaxValue.Days} days. Give the member " +
                $"type string, or make the row with a function."
            : type == typeof(decimal) || type == typeof(double) || type == typeof(float)
            ? $"{holds}, or has more digits than one holds. Give the member a type that holds them (decimal: 28 digits, no NaN; string " +
                $"takes everything), or round in the database or in a function that makes the row."
            : $"{holds}. Give the member another type (string takes everything), or make the row with a function.");
    }
}
