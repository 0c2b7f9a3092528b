using System.Globalization;
using System.Numerics;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Numbers as text: what PostgreSQL prints and reads.</summary>
internal static class NumericText
{
    public static string Of(in Numeric value)
    {
        if (!value.IsFinite)
            return value.IsNaN ? "NaN" : value.Sign > 0 ? "Infinity" : "-Infinity";
        string digits = value.IsWide ? BigInteger.Abs(value.Whole).ToString(CultureInfo.InvariantCulture)
            : (value.Digits < 0 ? (UInt128)(-value.Digits) : (UInt128)value.Digits).ToString(CultureInfo.InvariantCulture);
        string sign = value.Sign < 0 ? "-" : "";
        if (value.Scale == 0)
            return sign + digits;
        if (digits.Length <= value.Scale)
            digits = new string('0', value.Scale - digits.Length + 1) + digits;
        return $"{sign}{digits.AsSpan(0, digits.Length - value.Scale)}.{digits.AsSpan(digits.Length - value.Scale)}";
    }

    /// <summary>Reads what PostgreSQL's numeric reads: digits, a point, an exponent, NaN, Infinity; blanks around it.</summary>
    /// <exception cref="SqlFault">It is no number (22P02), or one too great (22003).</exception>
    public static Numeric Parse(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim(" \t\n\r\v\f");
        int at = 0;
        bool negative = rest.Length > 0 && rest[0] == '-';
        if (rest.Length > 0 && rest[0] is '-' or '+')
            at++;
        if (rest[at..].Equals("nan", StringComparison.OrdinalIgnoreCase) && at == 0)
            return Numeric.NaN;
        if (rest[at..].Equals("infinity", StringComparison.OrdinalIgnoreCase)
            || rest[at..].Equals("inf", StringComparison.OrdinalIgnoreCase))
            return negative ? Numeric.MinusInfinity : Numeric.Infinity;
        var digits = new System.Text.StringBuilder(rest.Length);
        int scale = 0;
        bool point = false;
        for (; at < rest.Length; at++)
        {
            char one = rest[at];
            if (char.IsAsciiDigit(one))
            {
                digits.Append(one);
                scale += point ? 1 : 0;
            }
            else if (one == '.' && !point)
            {
                point = true;
            }
            else
            {
                break;
            }
        }

        if (digits.Length == 0)
            throw Invalid(text);
        long exponent = 0;
        if (at < rest.Length)
        {
            if (rest[at] is not ('e' or 'E')
                || !long.TryParse(rest[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                    out exponent))
                throw Invalid(text);
            if (exponent is > int.MaxValue / 2 or < int.MinValue / 2)
                throw Numeric.Overflow();
        }

        return Make(digits.ToString(), negative, scale - exponent);
    }

    private static Numeric Make(string digits, bool negative, long scale)
    {
        digits = digits.TrimStart('0');
        if (digits.Length - scale > Numeric.MaxWhole && digits.Length > 0)
            throw Numeric.Overflow();
        if (digits.Length <= 38 && scale is >= 0 and <= Numeric.MaxScale)
        {
            Int128 small = digits.Length == 0 ? 0 : Int128.Parse(digits, CultureInfo.InvariantCulture);
            return new Numeric(negative ? -small : small, (int)scale);
        }

        if (digits.Length == 0)
            return new Numeric(0, (int)Math.Clamp(scale, 0, Numeric.MaxScale));
        BigInteger whole = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        if (negative)
            whole = -whole;
        if (scale < 0)
            return Numeric.Of(whole * NumericMath.Power10((int)-scale), 0);
        return scale <= Numeric.MaxScale ? Numeric.Of(whole, (int)scale)
            : scale - digits.Length > Numeric.MaxScale ? new Numeric(0, Numeric.MaxScale)
            : NumericMath.Rounded(whole, (int)scale, Numeric.MaxScale);
    }

    private static SqlFault Invalid(string text) =>
        new(SqlState.InvalidTextRepresentation, $"invalid input syntax for type numeric: \"{text}\"");
}
