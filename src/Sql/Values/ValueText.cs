using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Values as text, out and in, as PostgreSQL does it.</summary>
internal static class ValueText
{
    /// <summary>What is printed for a value that is not null.</summary>
    public static string Of(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => FloatText.Of(number),
        float number => FloatText.Of(number),
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Reads a value of a type.</summary>
    /// <exception cref="SqlFault">The text is no such value (22P02, 22007), or one out of range (22003, 22008).</exception>
    public static object Parse(string text, SqlType type) => type.Kind switch
    {
        SqlKind.Boolean => ParseBoolean(text),
        SqlKind.SmallInt => (short)Integer(text, short.MinValue, short.MaxValue, "smallint"),
        SqlKind.Integer => (int)Integer(text, int.MinValue, int.MaxValue, "integer"),
        SqlKind.BigInt => Integer(text, long.MinValue, long.MaxValue, "bigint"),
        SqlKind.Real => FloatText.ParseReal(text),
        SqlKind.Double => FloatText.ParseDouble(text),
        SqlKind.Numeric => type.Precision < 0 ? NumericText.Parse(text)
            : NumericMath.Fit(NumericText.Parse(text), type.Precision, type.Scale),
        SqlKind.Date => DateTimeReader.ReadDate(text),
        SqlKind.Time => DateTimeReader.ReadTime(text),
        SqlKind.Timestamp => DateTimeReader.ReadTimestamp(text),
        SqlKind.TimestampTz => DateTimeReader.ReadTimestampTz(text),
        SqlKind.Interval => IntervalText.Parse(text),
        SqlKind.Bytea => Bytea.Parse(text),
        SqlKind.Json => JsonText.Checked(text),
        SqlKind.Jsonb => Jsonb.Parse(text),
        SqlKind.Array => ParseArray(text, type.Element!),
        _ => text,
    };

    /// <exception cref="SqlFault">It is neither true nor false (22P02).</exception>
    public static bool ParseBoolean(string text)
    {
        string bare = text.Trim().ToLowerInvariant();
        if (bare.Length > 0)
        {
            if ("true".StartsWith(bare, StringComparison.Ordinal) || "yes".StartsWith(bare, StringComparison.Ordinal)
                || bare is "on" or "1")
                return true;
            if ("false".StartsWith(bare, StringComparison.Ordinal) || "no".StartsWith(bare, StringComparison.Ordinal)
                || bare is "of" or "off" or "0")
                return false;
        }

        throw new SqlFault(SqlState.InvalidTextRepresentation, $"invalid input syntax for type boolean: \"{text}\"");
    }

    /// <exception cref="SqlFault">It is no whole number (22P02), or one out of range (22003).</exception>
    public static long Integer(string text, long least, long greatest, string type)
    {
        ReadOnlySpan<char> bare = text.AsSpan().Trim(" \t\n\r\v\f");
        if (long.TryParse(bare, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least &&
            value <= greatest)
            return value;
        ReadOnlySpan<char> digits = bare.Length > 0 && bare[0] is '+' or '-' ? bare[1..] : bare;
        throw digits.Length > 0 && digits.IndexOfAnyExceptInRange('0', '9') < 0
            ? new SqlFault(SqlState.NumericValueOutOfRange, $"value \"{text}\" is out of range for type {type}")
            : new SqlFault(SqlState.InvalidTextRepresentation, $"invalid input syntax for type {type}: \"{text}\"");
    }

    /// <summary>An array of a type that is known only now.</summary>
    public static object MakeArray(IReadOnlyList<object?> items, Type element)
    {
        var values = Array.CreateInstance(element, items.Count);
        bool[]? nulls = items.Contains(null) ? new bool[items.Count] : null;
        for (int at = 0; at < items.Count; at++)
        {
            if (items[at] is { } item)
                values.SetValue(item, at);
            else
                nulls![at] = true;
        }

        return Activator.CreateInstance(typeof(SqlArray<>).MakeGenericType(element), values, nulls)!;
    }

    private static object ParseArray(string text, SqlType element) =>
        MakeArray([.. ArrayText.Parse(text).Select(item => item is null ? null : Parse(item, element))], element.Clr);
}
