using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Functions of texts. Lengths and places count characters of Unicode, from 1.</summary>
internal static class TextFunctions
{
    private const int MaxLength = 64 * 1024 * 1024;

    [SqlFunction("textcat", IsSafe = true)]
    public static string Concat(string left, string right) => string.Concat(left, right);

    [SqlFunction("concat", TakesNull = true, IsVariadic = true, IsSafe = true)]
    public static string ConcatAll(params string?[] parts) => string.Concat(parts);

    [SqlFunction("concat_ws", TakesNull = true, IsVariadic = true, IsSafe = true, MayBeNull = true)]
    public static string? ConcatWith(string? separator, params string?[] parts) =>
        separator is null ? null : string.Join(separator, parts.Where(static part => part is not null));

    [SqlFunction("length", IsSafe = true), SqlFunction("char_length", IsSafe = true), SqlFunction("character_length", IsSafe = true)]
    public static int Length(string text) => Points.Count(text);

    [SqlFunction("octet_length", IsSafe = true)]
    public static int OctetLength(string text) => Encoding.UTF8.GetByteCount(text);

    [SqlFunction("bit_length", IsSafe = true)]
    public static int BitLength(string text) => Encoding.UTF8.GetByteCount(text) * 8;

    [SqlFunction("lower", IsSafe = true)]
    public static string Lower(string text) => text.ToLowerInvariant();

    [SqlFunction("upper", IsSafe = true)]
    public static string Upper(string text) => text.ToUpperInvariant();

    [SqlFunction("initcap", IsSafe = true)]
    public static string Capitals(string text)
    {
        var made = new StringBuilder(text.Length);
        bool isInside = false;
        foreach (char one in text)
        {
            made.Append(isInside ? char.ToLowerInvariant(one) : char.ToUpperInvariant(one));
            isInside = char.IsLetterOrDigit(one);
        }

        return made.ToString();
    }

    [SqlFunction("substring", IsSafe = true), SqlFunction("substr", IsSafe = true)]
    public static string From(string text, int start) => start <= 1 ? text : Points.Part(text, start - 1, int.MaxValue);

    [SqlFunction("substring"), SqlFunction("substr")]
    public static string Part(string text, int start, int count)
    {
        if (count < 0)
            throw new SqlFault(SqlState.SubstringError, "negative substring length not allowed");
        long end = (long)start + count;
        int from = Math.Max(start, 1);
        return end <= from ? "" : Points.Part(text, from - 1, (int)Math.Min(end - from, int.MaxValue));
    }

    [SqlFunction("left", IsSafe = true)]
    public static string Left(string text, int count) =>
        Points.Part(text, 0, count >= 0 ? count : (int)Math.Max(0, (long)Points.Count(text) + count));

    [SqlFunction("right", IsSafe = true)]
    public static string Right(string text, int count)
    {
        int length = Points.Count(text);
        int kept = count >= 0 ? Math.Min(count, length) : (int)Math.Max(0, (long)length + count);
        return Points.Part(text, length - kept, kept);
    }

    [SqlFunction("position", IsSafe = true), SqlFunction("strpos", IsSafe = true)]
    public static int Position(string text, string part)
    {
        int at = text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? 0 : Points.CharacterOf(text, at);
    }

    [SqlFunction("starts_with", IsSafe = true), SqlOperator("^@", IsSafe = true)]
    public static bool StartsWith(string text, string start) => text.StartsWith(start, StringComparison.Ordinal);

    [SqlFunction("replace", IsSafe = true)]
    public static string Replace(string text, string from, string to) =>
        from.Length == 0 ? text : text.Replace(from, to, StringComparison.Ordinal);

    [SqlFunction("translate", IsSafe = true)]
    public static string Translate(string text, string from, string to)
    {
        string[] sources = Points.All(from), targets = Points.All(to);
        var made = new StringBuilder(text.Length);
        foreach (string one in Points.All(text))
        {
            int at = Array.IndexOf(sources, one);
            made.Append(at < 0 ? one : at < targets.Length ? targets[at] : "");
        }

        return made.ToString();
    }

    [SqlFunction("split_part")]
    public static string SplitPart(string text, string separator, int field)
    {
        if (field == 0)
            throw new SqlFault(SqlState.InvalidParameterValue, "field position must not be zero");
        if (text.Length == 0)
            return "";
        if (separator.Length == 0)
            return field is 1 or -1 ? text : "";
        if (field > 0)
        {
            int start = 0;
            for (; field > 1; field--)
            {
                int at = text.IndexOf(separator, start, StringComparison.Ordinal);
                if (at < 0)
                    return "";
                start = at + separator.Length;
            }

            int end = text.IndexOf(separator, start, StringComparison.Ordinal);
            return end < 0 ? text[start..] : text[start..end];
        }

        string[] parts = text.Split(separator);
        return -(long)field <= parts.Length ? parts[^-field] : "";
    }

    [SqlFunction("repeat")]
    public static string Repeat(string text, int count)
    {
        if (count <= 0 || text.Length == 0)
            return "";
        RequireLength((long)text.Length * count);
        return new StringBuilder(text.Length * count).Insert(0, text, count).ToString();
    }

    [SqlFunction("reverse", IsSafe = true)]
    public static string Reverse(string text)
    {
        string[] all = Points.All(text);
        Array.Reverse(all);
        return string.Concat(all);
    }

    [SqlFunction("lpad")]
    public static string PadLeft(string text, int length) => PadLeft(text, length, " ");

    [SqlFunction("lpad")]
    public static string PadLeft(string text, int length, string with)
    {
        int has = Points.Count(text);
        return has >= length || with.Length == 0 ? Points.Part(text, 0, length) : Filled(with, length - has) + text;
    }

    [SqlFunction("rpad")]
    public static string PadRight(string text, int length) => PadRight(text, length, " ");

    [SqlFunction("rpad")]
    public static string PadRight(string text, int length, string with)
    {
        int has = Points.Count(text);
        return has >= length || with.Length == 0 ? Points.Part(text, 0, length) : text + Filled(with, length - has);
    }

    [SqlFunction("btrim", IsSafe = true)]
    public static string Trim(string text) => text.Trim(' ');

    [SqlFunction("btrim", IsSafe = true)]
    public static string Trim(string text, string characters) => TrimRight(TrimLeft(text, characters), characters);

    [SqlFunction("ltrim", IsSafe = true)]
    public static string TrimLeft(string text) => text.TrimStart(' ');

    [SqlFunction("ltrim", IsSafe = true)]
    public static string TrimLeft(string text, string characters)
    {
        string[] set = Points.All(characters);
        int at = 0;
        while (at < text.Length)
        {
            int next = Points.Place(text, at, 1);
            if (!set.Contains(text[at..next]))
                break;
            at = next;
        }

        return text[at..];
    }

    [SqlFunction("rtrim", IsSafe = true)]
    public static string TrimRight(string text) => text.TrimEnd(' ');

    [SqlFunction("rtrim", IsSafe = true)]
    public static string TrimRight(string text, string characters)
    {
        string[] set = Points.All(characters), all = Points.All(text);
        int end = all.Length;
        while (end > 0 && set.Contains(all[end - 1]))
            end--;
        return string.Concat(all.AsSpan(0, end));
    }

    [SqlFunction("overlay")]
    public static string Overlay(string text, string with, int start) => Overlay(text, with, start, Points.Count(with));

    [SqlFunction("overlay")]
    public static string Overlay(string text, string with, int start, int count)
    {
        if (start <= 0)
            throw new SqlFault(SqlState.SubstringError, "negative substring length not allowed");
        int end = checked(start + count);
        return Part(text, 1, start - 1) + with + From(text, end);
    }

    [SqlFunction("ascii", IsSafe = true)]
    public static int Ascii(string text) => text.Length == 0 ? 0 : char.ConvertToUtf32(Points.Part(text, 0, 1), 0);

    [SqlFunction("chr")]
    public static string Character(int code)
    {
        if (code == 0)
            throw new SqlFault(SqlState.ProgramLimitExceeded, "null character not permitted");
        if (code < 0)
            throw new SqlFault(SqlState.InvalidParameterValue, "character number must be positive");
        if (code > 0x10FFFF || code is >= 0xD800 and <= 0xDFFF)
            throw new SqlFault(SqlState.ProgramLimitExceeded, $"requested character too large for encoding: {code}");
        return char.ConvertFromUtf32(code);
    }

    [SqlFunction("md5", IsSafe = true)]
    public static string Md5(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(text)));

    [SqlFunction("quote_literal", IsSafe = true)]
    public static string QuoteLiteral(string text)
    {
        string quoted = "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
        return text.Contains('\\', StringComparison.Ordinal) ? " E" + quoted.Replace("\\", "\\\\", StringComparison.Ordinal) : quoted;
    }

    [SqlFunction("string_to_array", TakesNull = true, MayBeNull = true, IsSafe = true)]
    public static SqlArray<string>? Split(string? text, string? separator) => Split(text, separator, null);

    [SqlFunction("string_to_array", TakesNull = true, MayBeNull = true, IsSafe = true)]
    public static SqlArray<string>? Split(string? text, string? separator, string? nullText)
    {
        if (text is null)
            return null;
        if (text.Length == 0)
            return SqlArray<string>.Empty;
        string[] parts = separator is null ? Points.All(text) : separator.Length == 0 ? [text] : text.Split(separator);
        bool[] nulls = [.. parts.Select(part => nullText is not null && part == nullText)];
        return new SqlArray<string>(parts, nulls.Contains(true) ? nulls : null);
    }

    private static string Filled(string with, int count)
    {
        RequireLength((long)count * with.Length);
        string[] all = Points.All(with);
        var made = new StringBuilder(count);
        for (int at = 0; at < count; at++)
            made.Append(all[at % all.Length]);
        return made.ToString();
    }

    private static void RequireLength(long length)
    {
        if (length > MaxLength)
            throw new SqlFault(SqlState.ProgramLimitExceeded, "requested length too large");
    }
}
