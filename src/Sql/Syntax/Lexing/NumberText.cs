using System.Globalization;
using System.Numerics;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>A number as it is written: 42, 4_000, 0x2A, 0o52, 0b101010, 3.5, .5, 2e10.</summary>
/// <param name="Text">In the decimal system, without underscores.</param>
/// <param name="End">The offset after it.</param>
/// <param name="IsInteger">It has no decimal point and no exponent.</param>
internal readonly record struct NumberText(string Text, int End, bool IsInteger)
{
    /// <summary>No type holds more digits; without a limit a long one would cost its length squared.</summary>
    private const int MostDigits = 131_072;

    public static NumberText Read(string text, int start, Func<SourceSpan, string, SqlException> fault)
    {
        char kind = text[start] == '0' && start + 1 < text.Length ? char.ToLowerInvariant(text[start + 1]) : ' ';
        NumberText read = kind switch
        {
            'x' => WithBase(text, start, 4, fault),
            'o' => WithBase(text, start, 3, fault),
            'b' => WithBase(text, start, 1, fault),
            _ => Decimal(text, start, fault),
        };
        if (read.End < text.Length && CharacterClass.IsNameStart(text[read.End]))
            throw fault(new SourceSpan(start, read.End + 1 - start), "A letter follows a number at once.");
        return read.Text.Length <= MostDigits ? read : throw fault(new SourceSpan(start, read.End - start),
            $"A number has at most {MostDigits} digits.");
    }

    private static NumberText Decimal(string text, int start, Func<SourceSpan, string, SqlException> fault)
    {
        int at = Digits(text, start, char.IsAsciiDigit, fault);
        bool isInteger = true;
        // "1..2" is no number with a point
        if (at < text.Length && text[at] == '.' && !(at + 1 < text.Length && text[at + 1] == '.'))
        {
            isInteger = false;
            at = Digits(text, at + 1, char.IsAsciiDigit, fault);
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            int exponent = at + 1 < text.Length && text[at + 1] is '+' or '-' ? at + 2 : at + 1;
            if (exponent >= text.Length || !char.IsAsciiDigit(text[exponent]))
                throw fault(new SourceSpan(start, Math.Min(exponent + 1, text.Length) - start), "The exponent of a number has no digits.");
            (isInteger, at) = (false, Digits(text, exponent, char.IsAsciiDigit, fault));
        }

        return new NumberText(text[start..at].Replace("_", "", StringComparison.Ordinal), at, isInteger);
    }

    private static NumberText WithBase(string text, int start, int bits, Func<SourceSpan, string, SqlException> fault)
    {
        Func<char, bool> isDigit = bits switch
        {
            4 => char.IsAsciiHexDigit,
            3 => digit => digit is >= '0' and <= '7',
            _ => digit => digit is '0' or '1',
        };
        int from = start + 2, end = Digits(text, from < text.Length && text[from] == '_' ? from + 1 : from, isDigit, fault);
        string digits = text[from..end].Replace("_", "", StringComparison.Ordinal);
        // a number of 4,096 bits is beyond every type of integers, and the conversion is not linear
        if (digits.Length is 0 or > 1024)
            throw fault(new SourceSpan(start, end - start), digits.Length == 0 ? "A number has no digits." : "A number is too long.");
        if (bits == 4)
            return new NumberText(BigInteger.Parse($"0{digits}", NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), end, true);
        BigInteger value = digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum << bits) + (digit - '0'));
        return new NumberText(value.ToString(CultureInfo.InvariantCulture), end, true);
    }

    /// <summary>The offset after some digits; an underscore stands between two.</summary>
    private static int Digits(string text, int at, Func<char, bool> isDigit, Func<SourceSpan, string, SqlException> fault)
    {
        int start = at;
        while (at < text.Length && (isDigit(text[at]) || text[at] == '_'))
        {
            if (text[at] == '_' && (at == start || at + 1 >= text.Length || !isDigit(text[at + 1])))
                throw fault(new SourceSpan(at, 1), "An underscore in a number stands between two digits.");
            at++;
        }

        return at;
    }
}
