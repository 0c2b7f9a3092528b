using System.Globalization;
using System.Text;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Syntax.Lexing;

/// <summary>The forms of texts and quoted names. Each reads from its opening quote, and gives what is meant and the offset after
/// it.</summary>
internal static class StringLiterals
{
    /// <summary><c>'it''s'</c>: a doubled quote is one.</summary>
    public static (string Text, int End) ReadPlain(string text, int start, Func<SourceSpan, string, SqlException> fault) =>
        ReadDoubled(text, start, '\'') ?? throw fault(new SourceSpan(start, 1), "The text does not end: ' is missing.");

    /// <summary><c>"a ""name"""</c>: a doubled quote is one.</summary>
    public static (string Text, int End) ReadQuotedName(string text, int start, Func<SourceSpan, string, SqlException> fault)
    {
        (string name, int end) = ReadDoubled(text, start, '"') ??
            throw fault(new SourceSpan(start, 1), "The quoted name does not end: \" is missing.");
        return name.Length > 0 ? (name, end) : throw fault(new SourceSpan(start, end - start), "A quoted name is empty.");
    }

    /// <summary><c>E'a\n'</c>: PostgreSQL's escapes.</summary>
    public static (string Text, int End) ReadEscaped(string text, int start, Func<SourceSpan, string, SqlException> fault)
    {
        var meant = new StringBuilder();
        int at = start + 1;
        while (at < text.Length)
        {
            char next = text[at++];
            if (next == '\'')
            {
                if (at >= text.Length || text[at] != '\'')
                    return (meant.ToString(), at);
                at++;
            }
            else if (next == '\\' && at < text.Length)
            {
                at = Escape(text, at, meant, fault);
                continue;
            }

            meant.Append(next);
        }

        throw fault(new SourceSpan(start, 1), "The text does not end: ' is missing.");
    }

    /// <summary><c>$tag$ … $tag$</c>; null: no such text begins here.</summary>
    public static (string Text, int End)? ReadDollars(string text, int start, Func<SourceSpan, string, SqlException> fault)
    {
        int end = start + 1;
        if (end < text.Length && CharacterClass.IsNameStart(text[end]))
        {
            while (end < text.Length && (CharacterClass.IsNameStart(text[end]) || char.IsAsciiDigit(text[end])))
                end++;
        }

        if (end >= text.Length || text[end] != '$')
            return null;
        string tag = text[start..(end + 1)];
        int close = text.IndexOf(tag, end + 1, StringComparison.Ordinal);
        return close < 0
            ? throw fault(new SourceSpan(start, tag.Length), $"The text does not end: {tag} is missing.")
            : (text[(end + 1)..close], close + tag.Length);
    }

    /// <summary>Where a literal goes on after spaces with a line break among them; negative: it does not.</summary>
    public static int Continuation(string text, int end)
    {
        bool brokeLine = false;
        int at = end;
        while (at < text.Length && CharacterClass.IsSpace(text[at]))
            brokeLine |= text[at++] is '\n' or '\r';
        return brokeLine && at < text.Length && text[at] == '\'' ? at : -1;
    }

    /// <summary>The character of <c>UESCAPE 'c'</c> after a text or name of the form <c>U&amp;</c>, if it is there; else the backslash.</summary>
    public static (char Escape, int End) ReadUnicodeEscape(string text, int end, Func<SourceSpan, string, SqlException> fault)
    {
        int at = SkipSpace(text, end);
        if (string.Compare(text, at, "UESCAPE", 0, 7, StringComparison.OrdinalIgnoreCase) != 0)
            return ('\\', end);
        at = SkipSpace(text, at + 7);
        if (at >= text.Length || text[at] != '\'')
            throw fault(new SourceSpan(Math.Min(at, text.Length), 1), "UESCAPE needs a character in quotes.");
        (string escape, int after) = ReadPlain(text, at, fault);
        bool isAllowed = escape.Length == 1 && !char.IsAsciiHexDigit(escape[0]) && !CharacterClass.IsSpace(escape[0]) &&
            escape[0] is not ('+' or '\'' or '"');
        return isAllowed ? (escape[0], after) : throw fault(new SourceSpan(at, after - at), "UESCAPE needs one character that is no digit, no space, no + and no quote.");
    }

    /// <summary>Replaces <c>\0041</c> and <c>\+000041</c>.</summary>
    public static string Unescape(string raw, char escape, SourceSpan span, Func<SourceSpan, string, SqlException> fault)
    {
        var meant = new StringBuilder(raw.Length);
        for (int at = 0; at < raw.Length; at++)
        {
            if (raw[at] != escape)
            {
                meant.Append(raw[at]);
                continue;
            }

            if (at + 1 < raw.Length && raw[at + 1] == escape)
            {
                meant.Append(escape);
                at++;
                continue;
            }

            int digits = at + 1 < raw.Length && raw[at + 1] == '+' ? 6 : 4, from = at + (digits == 6 ? 2 : 1);
            if (from + digits > raw.Length || !TryHex(raw.AsSpan(from, digits), out int code) || !TryAppend(meant, code))
                throw fault(span, $"After {escape} four hexadecimal digits are expected, or + and six: a character of Unicode.");
            at = from + digits - 1;
        }

        return Whole(meant.ToString(), span, fault);
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && CharacterClass.IsSpace(text[at]))
            at++;
        return at;
    }

    private static (string Text, int End)? ReadDoubled(string text, int start, char quote)
    {
        int at = start + 1, doubled = 0;
        while (true)
        {
            int found = at >= text.Length ? -1 : text.IndexOf(quote, at);
            if (found < 0)
                return null;
            if (found + 1 >= text.Length || text[found + 1] != quote)
            {
                string inside = text[(start + 1)..found];
                return (doubled == 0 ? inside : inside.Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal), found + 1);
            }

            doubled++;
            at = found + 2;
        }
    }

    /// <summary>One escape, from the character after the backslash; gives the offset after it.</summary>
    private static int Escape(string text, int at, StringBuilder meant, Func<SourceSpan, string, SqlException> fault)
    {
        int start = at - 1;
        char kind = text[at++];
        switch (kind)
        {
            case 'b':
                meant.Append('\b');
                return at;
            case 'f':
                meant.Append('\f');
                return at;
            case 'n':
                meant.Append('\n');
                return at;
            case 'r':
                meant.Append('\r');
                return at;
            case 't':
                meant.Append('\t');
                return at;
            case 'v':
                meant.Append('\v');
                return at;
            case 'u' or 'U':
                int digits = kind == 'u' ? 4 : 8;
                if (at + digits > text.Length || !TryHex(text.AsSpan(at, digits), out int unicode) || !TryAppend(meant, unicode))
                    throw fault(new SourceSpan(start, Math.Min(digits + 2, text.Length - start)), $"After \\{kind} {digits} hexadecimal digits are expected: a character of Unicode.");
                return at + digits;
            case 'x' when at < text.Length && char.IsAsciiHexDigit(text[at]):
                int end = at;
                while (end < text.Length && end < at + 2 && char.IsAsciiHexDigit(text[end]))
                    end++;
                return Byte(int.Parse(text.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture), end);
            case >= '0' and <= '7':
                int octal = kind - '0', last = at;
                while (last < text.Length && last < at + 2 && text[last] is >= '0' and <= '7')
                    octal = (octal * 8) + text[last++] - '0';
                return Byte(octal & 0xFF, last);
            default:
                meant.Append(kind);
                return at;
        }

        // bytes of UTF-8 beyond ASCII would have to be put together; \u says such characters
        int Byte(int value, int end)
        {
            if (value is 0 or > 0x7F)
                throw fault(new SourceSpan(start, end - start), "An escape of a byte stands for a character of ASCII other than 0: say others as \\u and four digits.");
            meant.Append((char)value);
            return end;
        }
    }

    private static bool TryHex(ReadOnlySpan<char> digits, out int code) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);

    /// <summary>Halves of surrogate pairs are taken one by one; <see cref="Whole"/> sees whether they fit.</summary>
    private static bool TryAppend(StringBuilder meant, int code)
    {
        if (code is <= 0 or > 0x10FFFF)
            return false;
        if (code <= 0xFFFF)
            meant.Append((char)code);
        else
            meant.Append(char.ConvertFromUtf32(code));
        return true;
    }

    private static string Whole(string text, SourceSpan span, Func<SourceSpan, string, SqlException> fault)
    {
        for (int at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else if (char.IsSurrogate(text[at]))
                throw fault(span, "Half of a surrogate pair stands alone.");
        }

        return text;
    }
}
