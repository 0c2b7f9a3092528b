using System.Text.Json;
using ActorStreams.Serving.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ActorStreams.Serving.Sockets;

/// <summary>A message of a client: an object with <c>type</c> and <c>id</c>, and what the type needs.</summary>
internal sealed class SocketRequest
{
    private readonly JsonElement _message;

    private SocketRequest(JsonElement message) => _message = message;

    /// <summary>What is asked for.</summary>
    public string Type => Text("type");

    /// <summary>By which answers are told apart; the client's choice.</summary>
    public string Id => OptionalText("id") ?? "";

    /// <exception cref="WrongRequestException">It is no JSON object.</exception>
    public static SocketRequest Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? new SocketRequest(document.RootElement.Clone())
                : throw new WrongRequestException("A message must be a JSON object with a type.");
        }
        catch (JsonException error)
        {
            throw new WrongRequestException($"The message is no JSON: {error.Message}");
        }
    }

    /// <exception cref="WrongRequestException">It is not there, or no text.</exception>
    public string Text(string name) => OptionalText(name)
        ?? throw new WrongRequestException($"The message has no '{name}', which must be a text.");

    public string? OptionalText(string name) => Of(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <exception cref="WrongRequestException">It is no whole number of at least nothing.</exception>
    public long? OptionalNumber(string name) => Of(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out long value) && value >= 0 => value,
        _ => throw new WrongRequestException($"'{name}' must be a whole number that is not negative."),
    };

    /// <exception cref="WrongRequestException">It is not there.</exception>
    public JsonElement Element(string name) => Of(name) ?? throw new WrongRequestException($"The message has no '{name}'.");

    /// <summary>What it asks for of a view, as in an address.</summary>
    public IQueryCollection Query(params ReadOnlySpan<string> names)
    {
        var query = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (Of(name) is { ValueKind: not JsonValueKind.Null } value)
            {
                query[name] = value.ValueKind == JsonValueKind.Array ? new StringValues([.. value.EnumerateArray().Select(TextOf)])
                    : TextOf(value);
            }
        }

        return new QueryCollection(query);
    }

    private JsonElement? Of(string name) => _message.TryGetProperty(name, out JsonElement value) ? value : null;

    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
