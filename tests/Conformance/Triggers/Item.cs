using System.Globalization;
using System.Text.Json;
using ActorStreams.Authoring;

namespace ActorStreams.Conformance.Tests.Triggers;

/// <summary>An element of a case.</summary>
public sealed record Item(string Key, string Value, long Time)
{
    /// <summary>The text of a JSON value; numbers that are equal have the same.</summary>
    public static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDecimal().ToString("0.#############################", CultureInfo.InvariantCulture)
        : value.GetRawText();
}

/// <summary>The values of a pane.</summary>
public record struct Collected(List<string>? Values);

/// <summary>Keeps every value.</summary>
public readonly struct CollectValues : IAggregator<Item, Collected, string[]>, IMergeable<Collected>
{
    public void Add(ref Collected accumulator, in Item row) => (accumulator.Values ??= []).Add(row.Value);

    public void Merge(ref Collected accumulator, in Collected other) =>
        accumulator.Values = [.. accumulator.Values ?? [], .. other.Values ?? []];

    public string[] Result(in Collected accumulator) => [.. accumulator.Values ?? []];
}
