using System.Text.Json;
using ActorStreams.Serving.Views;

namespace ActorStreams.Serving.Changes;

/// <summary>One event of a subscription, the same on every transport.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Epoch">Of which epoch; null: of none.</param>
/// <param name="Rows">Where its row is; null: it has none.</param>
/// <param name="Number">Which of them it is.</param>
/// <param name="Error">Why no more is told.</param>
/// <param name="Status">The same as a number of HTTP.</param>
internal readonly record struct ServedEvent(EventKind Kind, long? Epoch, IServedEpoch? Rows = null, int Number = 0, string? Error = null,
    int Status = 0)
{
    /// <summary>Writes it as an object: <c>{"epoch", "kind", "key", "row"}</c>, with what it has of these.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Epoch is { } epoch)
            json.WriteNumber("epoch", epoch);
        json.WriteString("kind", Kind.Text());
        if (Rows is not null)
        {
            json.WritePropertyName("key");
            Rows.WriteKey(json, Number);
            json.WritePropertyName("row");
            Rows.WriteRow(json, Number);
        }

        if (Error is not null)
        {
            json.WriteNumber("status", Status);
            json.WriteString("error", Error);
        }

        json.WriteEndObject();
    }
}
