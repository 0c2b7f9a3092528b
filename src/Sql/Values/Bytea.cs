using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>A string of bytes. They are never changed.</summary>
internal sealed class Bytea(byte[] bytes) : IEquatable<Bytea>, IComparable<Bytea>, ICanonicalKey<string>
{
    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <inheritdoc/>
    [NotStored]
    public string CanonicalKey => Convert.ToHexString(Bytes);

    /// <exception cref="SqlFault">It is neither in hexadecimal nor in escape form (22P02).</exception>
    public static Bytea Parse(string text)
    {
        if (text.StartsWith("\\x", StringComparison.Ordinal))
        {
            string digits = text[2..].Replace(" ", "", StringComparison.Ordinal);
            char bad = digits.FirstOrDefault(one => !char.IsAsciiHexDigit(one));
            if (bad != 0)
                throw new SqlFault(SqlState.InvalidParameterValue, $"invalid hexadecimal digit: \"{bad}\"");
            return digits.Length % 2 == 0 ? new Bytea(Convert.FromHexString(digits))
                : throw new SqlFault(SqlState.InvalidParameterValue, "invalid hexadecimal data: odd number of digits");
        }

        var bytes = new List<byte>();
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < utf8.Length; at++)
        {
            if (utf8[at] != '\\')
            {
                bytes.Add(utf8[at]);
            }
            else if (at + 1 < utf8.Length && utf8[at + 1] == '\\')
            {
                bytes.Add((byte)'\\');
                at++;
            }
            else if (at + 3 < utf8.Length && utf8[at + 1] is >= (byte)'0' and <=
                (byte)'3' && IsOctal(utf8[at + 2]) && IsOctal(utf8[at + 3]))
            {
                bytes.Add((byte)(((utf8[at + 1] - '0') << 6) | ((utf8[at + 2] - '0') << 3) | (utf8[at + 3] - '0')));
                at += 3;
            }
            else
            {
                throw new SqlFault(SqlState.InvalidTextRepresentation, "invalid input syntax for type bytea");
            }
        }

        return new Bytea([.. bytes]);
    }

    public bool Equals(Bytea? other) => other is not null && Bytes.AsSpan().SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => Equals(obj as Bytea);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public int CompareTo(Bytea? other) => other is null ? 1 : Bytes.AsSpan().SequenceCompareTo(other.Bytes);

    public override string ToString() => "\\x" + Convert.ToHexStringLower(Bytes);

    private static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';
}
