using System.Globalization;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Floating-point numbers as PostgreSQL prints them: the shortest text that reads back as the same number.</summary>
internal static class FloatText
{
    private const int DoubleDigits = 15, RealDigits = 6;

    public static string Of(double value) =>
        Special(value) ?? Format(value.ToString("R", CultureInfo.InvariantCulture), DoubleDigits);

    public static string Of(float value) =>
        Special(value) ?? Format(value.ToString("R", CultureInfo.InvariantCulture), RealDigits);

    /// <exception cref="SqlFault">It is no number (22P02), or one out of range (22003).</exception>
    public static double ParseDouble(string text)
    {
        string bare = text.Trim(' ', '\t', '\n', '\r', '\v', '\f');
        if (Named(bare) is { } named)
            return named;
        if (!double.TryParse(bare, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out double value) || !StartsAsNumber(bare))
            throw new SqlFault(SqlState.InvalidTextRepresentation, $"invalid input syntax for type double precision: \"{text}\"");
        if (double.IsInfinity(value) || (value == 0 && HasDigitOtherThanZero(bare)))
            throw new SqlFault(SqlState.NumericValueOutOfRange, $"\"{text}\" is out of range for type double precision");
        return value;
    }

    /// <inheritdoc cref="ParseDouble"/>
    public static float ParseReal(string text)
    {
        string bare = text.Trim(' ', '\t', '\n', '\r', '\v', '\f');
        if (Named(bare) is { } named)
            return (float)named;
        if (!float.TryParse(bare, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out float value) || !StartsAsNumber(bare))
            throw new SqlFault(SqlState.InvalidTextRepresentation, $"invalid input syntax for type real: \"{text}\"");
        if (float.IsInfinity(value) || (value == 0 && HasDigitOtherThanZero(bare)))
            throw new SqlFault(SqlState.NumericValueOutOfRange, $"\"{text}\" is out of range for type real");
        return value;
    }

    private static bool StartsAsNumber(string text) =>
        text.TrimStart('+', '-') is { Length: > 0 } rest && (char.IsAsciiDigit(rest[0]) || rest[0] == '.');

    private static bool HasDigitOtherThanZero(string text)
    {
        int end = text.AsSpan().IndexOfAny('e', 'E');
        return text.AsSpan(0, end < 0 ? text.Length : end).IndexOfAnyInRange('1', '9') >= 0;
    }

    private static double? Named(string text)
    {
        bool negative = text.StartsWith('-');
        string name = text.TrimStart('+', '-');
        if (text.Length - name.Length > 1)
            return null;
        if (name.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return text.Length == name.Length ? double.NaN : null;
        return name.Equals("infinity", StringComparison.OrdinalIgnoreCase) || name.Equals("inf", StringComparison.OrdinalIgnoreCase)
            ? negative ? double.NegativeInfinity : double.PositiveInfinity
            : null;
    }

    private static string? Special(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "Infinity" : "-Infinity"
        : value == 0 ? double.IsNegative(value) ? "-0" : "0" : null;

    private static string Format(string shortest, int fixedBelow)
    {
        string sign = shortest[0] == '-' ? "-" : "";
        int end = shortest.IndexOf('E', StringComparison.Ordinal);
        int exponent = end < 0 ? Exponent(shortest.TrimStart('-'))
            : int.Parse(shortest.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string digits = new string([.. (end < 0 ? shortest : shortest[..end]).Where(char.IsAsciiDigit)]).TrimStart('0').TrimEnd('0');
        if (exponent < -4 || exponent >= fixedBelow)
        {
            string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits.AsSpan(1)}";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1 ? sign + digits.PadRight(exponent + 1, '0')
            : $"{sign}{digits.AsSpan(0, exponent + 1)}.{digits.AsSpan(exponent + 1)}";
    }

    /// <summary>Of a number without an exponent of its own: the place of its first digit that is not 0.</summary>
    private static int Exponent(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
            point = text.Length;
        int first = text.AsSpan().IndexOfAnyInRange('1', '9');
        return first < point ? point - first - 1 : point - first;
    }
}
