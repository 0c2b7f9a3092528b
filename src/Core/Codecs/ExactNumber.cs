using System.Globalization;
using System.Numerics;

namespace ActorStreams.Core.Codecs;

/// <summary>Numbers from text, or not at all where the type would lose digits that are written.</summary>
/// <remarks>
/// <para>The parsers of .NET round: a 35-digit number to the nearest decimal, <c>1e400</c> to infinity, <c>1e-400</c> and
/// <c>9007199254740993</c> to their neighbours. A row must not change by being read, so
/// these are refused. A decimal takes what it holds exactly.</para>
/// <para>A binary number is the nearest to what is written by its nature; <c>0.1</c> has none that is equal. So a double takes the nearest
/// to a fraction, but no integer that it would change, and nothing that
/// is beyond its range. A float takes what it can say again: a number is good if the value, written with as many digits, gives the same
/// digits. Whatever was printed from a float is good, in
/// any length, and so are 9 digits; more are those of a double.</para>
/// </remarks>
internal static class ExactNumber
{
    private const NumberStyles Style = NumberStyles.Float;   // no thousands separators: 1,5 must not become 15

    /// <summary>As many digits with a sign and a point always fit.</summary>
    private const int ShortDecimal = 28;

    /// <summary>Digits that the exact value of a double has at most.</summary>
    private const int MostDigits = 767;

    public static bool TryDecimal(ReadOnlySpan<byte> text, out decimal value)
    {
        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out value))
            return false;
        return (text.Length <= ShortDecimal && text.IndexOfAny((byte)'e', (byte)'E') < 0) || IsSame(text, value);
    }

    public static bool TryDouble(ReadOnlySpan<byte> text, out double value)
    {
        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out value))
            return false;
        // nearly all of them: 15 digits always come back, and a fraction may be rounded
        return (double.IsFinite(value) && value != 0 && (text.Length <= 15 || text.IndexOfAny(".eE"u8) >= 0))
            || IsFaithful(text, value, 15, int.MaxValue, 2.2250738585072014E-308);
    }

    public static bool TrySingle(ReadOnlySpan<byte> text, out float value) =>
        float.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && IsFaithful(text, value, 6, 9, 1.17549435E-38f);

    public static bool TryHalf(ReadOnlySpan<byte> text, out Half value) =>
        Half.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && IsFaithful(text, value, 3, 5, (Half)6.1035E-05f);

    /// <summary>A decimal of an integer and the number of its digits behind the point.</summary>
    /// <returns>False: it holds more than a decimal does.</returns>
    public static bool TryDecimal(BigInteger unscaled, int scale, out decimal value)
    {
        value = 0;
        while (scale > 0 && BigInteger.DivRem(unscaled, 10, out BigInteger digit) is var shorter && digit.IsZero)
            (unscaled, scale) = (shorter, scale - 1);
        var magnitude = BigInteger.Abs(unscaled);
        if (scale is < 0 or > 28 || magnitude.GetBitLength() > 96)
            return false;
        value = new decimal(
            (int)(uint)(magnitude & uint.MaxValue), (int)(uint)((magnitude >> 32) & uint.MaxValue), (int)(uint)(magnitude >> 64),
                unscaled.Sign < 0, (byte)scale);
        return true;
    }

    private static bool IsSame(ReadOnlySpan<byte> text, decimal value)
    {
        Span<byte> digits = text.Length <= 256 ? stackalloc byte[256] : new byte[text.Length], printed = stackalloc byte[40],
            again = stackalloc byte[40];
        return value.TryFormat(printed, out int length, default, CultureInfo.InvariantCulture)
            && TryDigits(text, digits, out Digits written) && TryDigits(printed[..length], again, out Digits held)
            && written.Count == held.Count && (written.Count == 0 || written.Exponent == held.Exponent)
                && digits[..written.Count].SequenceEqual(again[..held.Count]);
    }

    /// <param name="text">What is written.</param>
    /// <param name="value">The nearest value of the type.</param>
    /// <param name="always">So many digits come back from any value that is not tiny.</param>
    /// <param name="printed">So many digits with a point may be written.</param>
    /// <param name="normal">The least value that holds all of the type's digits.</param>
    private static bool IsFaithful<T>(ReadOnlySpan<byte> text, T value, int always, int printed, T normal)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> digits = text.Length <= 256 ? stackalloc byte[256] : new byte[text.Length];
        if (!TryDigits(text, digits, out Digits written))
            return true;                                            // a word: NaN, Infinity
        if (written.Count == 0)
            return true;
        if (T.IsInfinity(value) || T.IsZero(value))
            return false;
        if ((written.Count <= always && T.Abs(value) >= normal)
            || (!written.IsInteger && (printed == int.MaxValue || (written.Count <= printed && T.Abs(value) >= normal))))
            return true;
        return Prints(value, "R", digits[..written.Count], written)
            || (written.Count <= MostDigits && Prints(value, string.Create(CultureInfo.InvariantCulture, $"E{written.Count - 1}"),
                digits[..written.Count], written));
    }

    private static bool Prints<T>(T value, string format, ReadOnlySpan<byte> digits, Digits written)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> text = stackalloc byte[800], again = stackalloc byte[800];
        return value.TryFormat(text, out int length, format, CultureInfo.InvariantCulture) && TryDigits(text[..length], again,
            out Digits held)
            && held.Count == written.Count && held.Exponent == written.Exponent && again[..held.Count].SequenceEqual(digits);
    }

    /// <summary>The digits of a number without zeros before and behind.</summary>
    /// <returns>False: it is not written in digits, or its exponent is beyond everything.</returns>
    private static bool TryDigits(ReadOnlySpan<byte> text, Span<byte> digits, out Digits found)
    {
        found = default;
        text = text.Trim(" \t\r\n\v\f"u8);
        if (text is [(byte)'-' or (byte)'+', ..])
            text = text[1..];
        int count = 0, at = 0, significant = 0;
        long exponent = 0;
        bool hasPoint = false, hasExponent = false;
        for (; at < text.Length; at++)
        {
            byte letter = text[at];
            if (letter == '.' && !hasPoint)
            {
                hasPoint = true;
                continue;
            }

            if (!char.IsAsciiDigit((char)letter))
                break;
            exponent -= hasPoint ? 1 : 0;
            if (count == 0 && letter == '0')
                continue;
            digits[count++] = letter;
            if (letter != '0')
                significant = count;
        }

        if (at < text.Length)
        {
            if (text[at] is not ((byte)'e' or (byte)'E'))
                return false;
            hasExponent = true;
            if (!TryExponent(text[(at + 1)..], out long given))
                return false;
            exponent += given;
        }

        found = new Digits(significant, exponent + (count - significant), !hasPoint && !hasExponent);
        return true;
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        exponent = 0;
        bool isNegative = text is [(byte)'-', ..];
        foreach (byte letter in text is [(byte)'-' or (byte)'+', ..] ? text[1..] : text)
        {
            if (!char.IsAsciiDigit((char)letter))
                return false;
            exponent = Math.Min((exponent * 10) + (letter - '0'),
                int.MaxValue);   // a value that differs by that much is refused in any case
        }

        exponent = isNegative ? -exponent : exponent;
        return true;
    }

    /// <param name="Count">How many digits.</param>
    /// <param name="Exponent">The power of ten of the last one.</param>
    /// <param name="IsInteger">Written without point and exponent.</param>
    private readonly record struct Digits(int Count, long Exponent, bool IsInteger);
}
