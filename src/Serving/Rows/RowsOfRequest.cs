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
        string type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        List<JsonElement> rows = type switch
        {
            // A form of another site's page can send neither type without the browser asking first.
            Json => await OneOrManyAsync(request, cancellation),
            Lines => await ByLineAsync(request, most, cancellation),
            _ => throw new WrongRequestException($"The content type is '{type}'. Rows come as {Json} (an object or an array) or {Lines}."),
        };
        return rows.Count <= most ? rows
            : throw new WrongRequestException($"There are {rows.Count} rows; one request may tell {most} at most. None was told.");
    }

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
