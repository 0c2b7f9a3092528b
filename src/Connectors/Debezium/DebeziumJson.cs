using System.Text.Json;
using ActorStreams.Connectors.Debezium.Runtime;

namespace ActorStreams;

/// <summary>How change events are written.</summary>
public static class DebeziumJson
{
    /// <summary>Events with their schema, <c>{"schema": …, "payload": …}</c>, as Kafka Connect's <c>JsonConverter</c> wants them where
    /// <c>schemas.enable</c> is set.</summary>
    /// <param name="prefix">What the names of schemas begin with (Debezium's <c>topic.prefix</c>), followed by the event's table.</param>
    /// <param name="serializer">How rows are written; null: as <see cref="JsonLinesOptions.Serializer"/> does by default.</param>
    /// <returns>A serialiser, for <see cref="JsonLinesOptions.Serializer"/>. Events are read by it as by any other.</returns>
    /// <remarks>The schema follows from the row type: nested records, lists and dictionaries by text included, enums as they are written,
    /// decimals as doubles, instants, dates and Guids as texts with Debezium's names. A type that has no form there is an error when the
    /// first event is written. The schema makes an event several times as long.</remarks>
    /// <example><code>
    /// events.Write("out", JsonLines.ToFile&lt;DebeziumEvent&lt;Order&gt;&gt;("orders.jsonl", new() { Serializer =
    /// DebeziumJson.WithSchema("shop") }));
    /// </code></example>
    public static JsonSerializerOptions WithSchema(string prefix = "actorstreams", JsonSerializerOptions? serializer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        serializer ??= JsonLinesOptions.Default;
        var options = new JsonSerializerOptions(serializer);
        options.Converters.Insert(0, new DebeziumEventConverter(prefix));
        return options;
    }
}
