using System.Globalization;
using System.Text;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>Whether a number keeps its digits in a column of another type, or of fewer digits: the driver and the server would round it
/// without a word.</summary>
internal static class ColumnFit
{
    /// <param name="columnType">The column's type as the server shows it: <c>integer</c>, <c>numeric(10,2)</c>.</param>
    /// <returns>Says it of a value that is not null; null: the type holds all of them, or the server refuses those that it does not
    /// hold.</returns>
    public static Func<TValue, bool>? Of<TValue>(string columnType)
    {
        Type type = Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue);
        bool isWhole = type == typeof(short) || type == typeof(int) || type == typeof(long), isBinary = type == typeof(float)
            || type == typeof(double), isDecimal = type == typeof(decimal);
        if (!isWhole && !isBinary && !isDecimal
            && type != typeof(object))   // object: converted from a type that has no column, by a function
            return null;
        if (TryDigits(columnType, out int precision, out int scale))
        {
            decimal limit = Power(precision - scale);
            return value => AsDecimal(value) is not { } number
                || (decimal.Round(number, Math.Clamp(scale, 0, 28)) == number && Math.Abs(number) < limit
                && (scale >= 0 || number % Power(-scale) == 0));
        }

        return columnType switch
        {
            "smallint" or "integer" or "bigint" when !isWhole => value =>
                AsDecimal(value) is not { } number || decimal.Truncate(number) == number,
            "real" when type != typeof(float) => value => Text(value) is not { } text || ExactNumber.TrySingle(text, out _),
            "double precision" when !isBinary => value => Text(value) is not { } text || ExactNumber.TryDouble(text, out _),
            _ => null,
        };
    }

    private static decimal Power(int exponent)
    {
        decimal power = 1;
        for (int digit = 0; digit < Math.Min(exponent, 28); digit++)
            power *= 10;
        return exponent > 28 ? decimal.MaxValue : exponent < 0 ? 1 / Power(-exponent) : power;
    }

    private static bool TryDigits(string columnType, out int precision, out int scale)
    {
        (precision, scale) = (0, 0);
        if (!columnType.StartsWith("numeric(", StringComparison.Ordinal))
            return false;
        string[] digits = columnType["numeric(".Length..].TrimEnd(')').Split(',');
        return digits.Length == 2 && int.TryParse(digits[0], NumberStyles.None, CultureInfo.InvariantCulture, out precision)
            && int.TryParse(digits[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out scale);
    }

    /// <returns>Null: not a number that a decimal holds; the server, or the driver, judges it.</returns>
    private static decimal? AsDecimal<TValue>(TValue value) =>
        value is decimal number ? number : Text(value) is { } text && ExactNumber.TryDecimal(text, out decimal read) ? read : null;

    private static byte[]? Text<TValue>(TValue value) => value switch
    {
        double number => Encoding.UTF8.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)),
        float number => Encoding.UTF8.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)),
        decimal or short or int or long => Encoding.UTF8.GetBytes(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)),
        _ => null,
    };
}
