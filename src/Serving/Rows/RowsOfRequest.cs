using System.Text;
using System.Text.Json;
using ActorStreams.Serving.Access;
using Microsoft.AspNetCore.Http;

namespace ActorStreams.Serving.Rows;

/// <summary>Reads the rows of a request: a JSON object, an array of them, or an object a line (NDJSON).</summary>
internal static class RowsOfRequest
{
    private const string Json = "application/json", Lines = "application/x-ndjson";

    /// <exception cref="WrongRequestException">It is neither, or has too many rows.</exception>
    public static async Task<IReadOnlyList<JsonElement>> ReadAsync(HttpRequest request, int most, CancellationToken cancellation)
    {
        string type = TypeOf(request);
        List<JsonElement> rows = type switch
        {
            // A form of another site's page can send neither type without the browser asking first.
            Json => await OneOrManyAsync(request, cancellation),
            Lines => await ByLineAsync(request, most, cancellation),
            _ => throw new WrongRequestException($"The content type is '{type}'. Rows come as {Json} (an object or an array) or {Lines}."),
        };
        return rows.Count <= most ? rows : throw TooMany(rows.Count, most);
    }

    /// <summary>The rows of a message: one or an array of them.</summary>
    /// <exception cref="WrongRequestException">There are too many.</exception>
    public static IReadOnlyList<JsonElement> Of(JsonElement rows, int most)
    {
        JsonElement[] all = rows.ValueKind == JsonValueKind.Array ? [.. rows.EnumerateArray()] : [rows];
        return all.Length <= most ? all : throw TooMany(all.Length, most);
    }

    /// <summary>Reads the one object of a request.</summary>
    /// <exception cref="WrongRequestException">It is no JSON.</exception>
    public static async Task<JsonElement> ReadOneAsync(HttpRequest request, CancellationToken cancellation)
    {
        string type = TypeOf(request);
        if (type != Json)
            throw new WrongRequestException($"The content type is '{type}'. A command comes as {Json}.");
        return await OneOrManyAsync(request, cancellation) is [var one] ? one
            : throw new WrongRequestException("There is more than one command. Give each by a request of its own.");
    }

    private static string TypeOf(HttpRequest request) => request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";

    private static WrongRequestException TooMany(int rows, int most) =>
        new($"There are {rows} rows; one request may tell {most} at most. None was told.");

    private static async Task<List<JsonElement>> OneOrManyAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            using JsonDocument document = await JsonDocument.ParseAsync(request.Body, cancellationToken: cancellation);
            JsonElement root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
        }
        catch (JsonException error)
        {
            throw new WrongRequestException($"The body is no JSON, so no row was told: {error.Message}");
        }
    }

    private static async Task<List<JsonElement>> ByLineAsync(HttpRequest request, int most, CancellationToken cancellation)
    {
        var rows = new List<JsonElement>();
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        for (int number = 1; await reader.ReadLineAsync(cancellation) is { } line && rows.Count <= most; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                rows.Add(document.RootElement.Clone());
            }
            catch (JsonException error)
            {
                throw new WrongRequestException($"Line {number} is no JSON, so no row was told: {error.Message}");
            }
        }

        return rows;
    }
}
