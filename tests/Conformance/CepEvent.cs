using System.Text.Json;

namespace ActorStreams.Conformance.Tests;

/// <summary>An input event of a case.</summary>
/// <param name="Index">Its place in the input, by which expectations name it.</param>
/// <param name="Ts">Milliseconds.</param>
/// <param name="Fields">What else it has: numbers and texts.</param>
public sealed record CepEvent(int Index, long Ts, Dictionary<string, string> Fields)
{
    private const string TextMark = "\"";

    public static CepEvent Of(int index, JsonElement json) =>
        new(index, json.GetProperty("ts").GetInt64(), json.EnumerateObject()
            .ToDictionary(field => field.Name, field => field.Value.GetRawText(), StringComparer.Ordinal));

    public bool Has(string field) => Fields.ContainsKey(field);

    /// <summary>A string, double or bool.</summary>
    public object Value(string field)
    {
        string raw = Fields.TryGetValue(field, out string? found) ? found
            : throw new InvalidOperationException($"Event {Index} has no field '{field}'.");
        if (raw.StartsWith(TextMark, StringComparison.Ordinal))
            return JsonSerializer.Deserialize<string>(raw)!;
        return raw is "true" or "false" ? raw == "true" : double.Parse(raw, System.Globalization.CultureInfo.InvariantCulture);
    }

    public double Number(string field) => Has(field) && Value(field) is double number ? number : 0;
}
