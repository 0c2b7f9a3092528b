using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ActorStreams.Connectors.Debezium.Runtime;

/// <summary>What Debezium puts in the place of a large value that an update left unchanged, in the form that each type of column has
/// it.</summary>
/// <seealso href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-toasted-values">Debezium:
/// toasted values.</seealso>
internal static class UnavailableValue
{
    public const string Text = "__debezium_unavailable_value";

    private static readonly byte[] s_bytes = Encoding.UTF8.GetBytes(Text);

    /// <summary>As text; as bytes in each of the ways in which <c>binary.handling.mode</c> writes them; as the UUID of that name.</summary>
    private static readonly HashSet<string> s_texts = new(
        [Text, Convert.ToBase64String(s_bytes), Convert.ToBase64String(s_bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'),
            Convert.ToBase64String(s_bytes).Replace('+', '-').Replace('/', '_'),
         Convert.ToHexStringLower(s_bytes), UuidOf(s_bytes)], StringComparer.OrdinalIgnoreCase);

    private static readonly int s_shortest = s_texts.Min(text => text.Length);
    private static readonly int s_longest = s_texts.Max(text => text.Length);

    /// <summary>Whether a value is the placeholder, or holds it anywhere: as an item of an array, as a key or a value of a map, in a
    /// document that is written as text.</summary>
    public static bool IsIn(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return IsText(value.GetString()!);
            case JsonValueKind.Array:
                return IsNumbers(value) || value.EnumerateArray().Any(IsIn);
            case JsonValueKind.Object:
                return value.EnumerateObject().Any(property => IsText(property.Name) || IsIn(property.Value));
            default:
                return false;
        }
    }

    private static bool IsText(string text) =>
        (text.Length >= s_shortest && text.Length <= s_longest && s_texts.Contains(text)) || text == $"{{\"{Text}\":\"{Text}\"}}";

    /// <summary>Arrays of numbers hold the placeholder's bytes.</summary>
    private static bool IsNumbers(JsonElement array)
    {
        if (array.GetArrayLength() != s_bytes.Length)
            return false;
        int at = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out int number) || number != s_bytes[at++])
                return false;
        }

        return true;
    }

    /// <summary>As Java's <c>UUID.nameUUIDFromBytes</c> makes it: a UUID of version 3.</summary>
    private static string UuidOf(byte[] name)
    {
#pragma warning disable CA5351 // a name, not a secret
        byte[] hash = MD5.HashData(name);
#pragma warning restore CA5351
        hash[6] = (byte)((hash[6] & 0x0F) | 0x30);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true).ToString();
    }
}
