using System.Security.Cryptography;
using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Functions of strings of bytes.</summary>
internal static class ByteFunctions
{
    [SqlFunction("byteacat", IsSafe = true)]
    public static Bytea Concat(Bytea left, Bytea right) => new([.. left.Bytes, .. right.Bytes]);

    [SqlFunction("length", IsSafe = true), SqlFunction("octet_length", IsSafe = true)]
    public static int Length(Bytea bytes) => bytes.Bytes.Length;

    [SqlFunction("md5", IsSafe = true)]
    public static string Md5(Bytea bytes) => Convert.ToHexStringLower(MD5.HashData(bytes.Bytes));

    [SqlFunction("sha256", IsSafe = true)]
    public static Bytea Sha256(Bytea bytes) => new(SHA256.HashData(bytes.Bytes));

    [SqlFunction("sha512", IsSafe = true)]
    public static Bytea Sha512(Bytea bytes) => new(SHA512.HashData(bytes.Bytes));

    [SqlFunction("get_byte")]
    public static int Get(Bytea bytes, int at) =>
        at >= 0 && at < bytes.Bytes.Length ? bytes.Bytes[at]
        : throw new SqlFault(SqlState.ArraySubscriptError, $"index {at} out of valid range, 0..{bytes.Bytes.Length - 1}");

    [SqlFunction("encode")]
    public static string Encode(Bytea bytes, string format) => format.ToLowerInvariant() switch
    {
        "hex" => Convert.ToHexStringLower(bytes.Bytes),
        "base64" => Lines(Convert.ToBase64String(bytes.Bytes)),
        "escape" => Escape(bytes.Bytes),
        _ => throw new SqlFault(SqlState.InvalidParameterValue, $"unrecognized encoding: \"{format}\""),
    };

    [SqlFunction("decode")]
    public static Bytea Decode(string text, string format)
    {
        switch (format.ToLowerInvariant())
        {
            case "hex":
                return Bytea.Parse("\\x" + text);
            case "base64":
                try
                {
                    return new Bytea(Convert.FromBase64String(text));
                }
                catch (FormatException error)
                {
                    throw new SqlFault(SqlState.InvalidParameterValue, "invalid base64 end sequence", inner: error);
                }

            case "escape":
                return Bytea.Parse(text);
            default:
                throw new SqlFault(SqlState.InvalidParameterValue, $"unrecognized encoding: \"{format}\"");
        }
    }

    [SqlFunction("convert_from")]
    public static string ToText(Bytea bytes, string encoding) =>
        encoding.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase) ? Utf8(bytes)
        : throw new SqlFault(SqlState.InvalidParameterValue, $"invalid source encoding name \"{encoding}\"");

    [SqlFunction("convert_to")]
    public static Bytea ToBytes(string text, string encoding) =>
        encoding.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase)
            ? new Bytea(Encoding.UTF8.GetBytes(text))
        : throw new SqlFault(SqlState.InvalidParameterValue, $"invalid destination encoding name \"{encoding}\"");

    private static string Utf8(Bytea bytes)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Bytes);
            return text.Contains('\0', StringComparison.Ordinal) ? throw NotUtf8() : text;
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8();
        }
    }

    private static SqlFault NotUtf8() => new(SqlState.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"");

    private static string Lines(string text)
    {
        var made = new StringBuilder();
        for (int at = 0; at < text.Length; at += 76)
            made.Append(at > 0 ? "\n" : "").Append(text.AsSpan(at, Math.Min(76, text.Length - at)));
        return made.ToString();
    }

    private static string Escape(byte[] bytes)
    {
        var made = new StringBuilder(bytes.Length);
        foreach (byte one in bytes)
        {
            if (one == '\\')
                made.Append("\\\\");
            else if (one == 0 || one >= 0x80)
                made.Append('\\').Append(Convert.ToString(one, 8).PadLeft(3, '0'));
            else
                made.Append((char)one);
        }

        return made.ToString();
    }
}
