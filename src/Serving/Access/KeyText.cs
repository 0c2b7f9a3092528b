using System.Text.Json;

namespace ActorStreams.Serving.Access;

/// <summary>Keys in addresses: texts stand as they are, other keys as JSON.</summary>
internal static class KeyText
{
    /// <summary>A key as a part of a path: servers leave the slash of a key encoded.</summary>
    public static string OfRoute(string part) => part.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="WrongRequestException">The text is no such key.</exception>
    public static TKey Read<TKey>(string name, string text, JsonSerializerOptions options)
    {
        if (typeof(TKey) == typeof(string))
            return (TKey)(object)text;
        try
        {
            return JsonSerializer.Deserialize<TKey>(text, options) ?? throw new JsonException("null is no key.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new WrongRequestException($"{name} is '{text}', which is no {typeof(TKey).Name} as JSON: {error.Message}");
        }
    }
}
