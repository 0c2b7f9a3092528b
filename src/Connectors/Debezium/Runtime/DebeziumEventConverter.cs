using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorStreams.Connectors.Debezium.Runtime;

/// <summary>Makes the converter of each type of row.</summary>
/// <param name="prefix">What the names of schemas begin with; null: events are written without their schema.</param>
internal sealed class DebeziumEventConverter(string? prefix) : JsonConverterFactory
{
    /// <summary>As an attribute makes it.</summary>
    public DebeziumEventConverter()
        : this(null)
    {
    }

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(DebeziumEvent<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(DebeziumEventConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()), prefix)!;
}

/// <inheritdoc cref="DebeziumEventConverter"/>
internal sealed class DebeziumEventConverter<T>(string? prefix) : JsonConverter<DebeziumEvent<T>>
{
    private const string Operations = "crudtm";

    /// <summary>What Debezium puts in the place of a large value that an update left unchanged.</summary>
    private const string Unavailable = "__debezium_unavailable_value";

    private static readonly DebeziumOperation[] s_operations =
        [DebeziumOperation.Create, DebeziumOperation.Read, DebeziumOperation.Update, DebeziumOperation.Delete, DebeziumOperation.Truncate, DebeziumOperation.Message];

    private readonly ConcurrentDictionary<string, string> _schemas = new(StringComparer.Ordinal);

    public override bool HandleNull => true;

    public override DebeziumEvent<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return new DebeziumEvent<T> { Operation = DebeziumOperation.Tombstone };
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("payload", out JsonElement payload) && !root.TryGetProperty("op", out _))
            root = payload;
        if (root.ValueKind == JsonValueKind.Null)
            return new DebeziumEvent<T> { Operation = DebeziumOperation.Tombstone };
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("op", out JsonElement operation) || operation.ValueKind != JsonValueKind.String)
            throw new JsonException("A change event must be an object with the operation in 'op', in the payload if there is a schema. Is the event flattened, by the transformation ExtractNewRecordState?");
        int known = operation.GetString() is { Length: 1 } text ? Operations.IndexOf(text[0], StringComparison.Ordinal) : -1;
        if (known < 0)
            throw new JsonException($"'{operation.GetString()}' is not an operation of a change event: c, r, u, d, t or m.");
        bool hasBefore = TryRow(root, "before", options, out T? before), hasAfter = TryRow(root, "after", options, out T? after);
        root.TryGetProperty("source", out JsonElement source);
        return new DebeziumEvent<T>
        {
            Operation = s_operations[known],
            Before = before,
            HasBefore = hasBefore,
            After = after,
            HasAfter = hasAfter,
            Table = TableOf(source),
            Time = TimeOf(source),
            MadeAt = TimeOf(root),
        };
    }

    public override void Write(Utf8JsonWriter writer, DebeziumEvent<T> value, JsonSerializerOptions options)
    {
        if (value.Operation == DebeziumOperation.Tombstone)
        {
            writer.WriteNullValue();
            return;
        }

        if (prefix is null)
        {
            WritePayload(writer, value, options);
            return;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("schema");
        writer.WriteRawValue(_schemas.GetOrAdd(value.Table is null ? prefix : $"{prefix}.{value.Table}", static (name, options) => SchemaOf(name, options), options), skipInputValidation: true);
        writer.WritePropertyName("payload");
        WritePayload(writer, value, options);
        writer.WriteEndObject();
    }

    private static void WritePayload(Utf8JsonWriter writer, DebeziumEvent<T> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        Write(writer, "before", value.Before, value.HasBefore, options);
        Write(writer, "after", value.After, value.HasAfter, options);
        writer.WriteStartObject("source");
        writer.WriteString("connector", "actorstreams");
        if (value.Time is { } time)
            writer.WriteNumber("ts_ms", time.ToUnixTimeMilliseconds());
        if (value.Table is { } table)
        {
            int dot = table.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
                writer.WriteString("schema", table[..dot]);
            writer.WriteString("table", table[(dot + 1)..]);
        }

        writer.WriteEndObject();
        writer.WriteString("op", Operations.Substring(Array.IndexOf(s_operations, value.Operation), 1));
        if (value.MadeAt is { } made)
            writer.WriteNumber("ts_ms", made.ToUnixTimeMilliseconds());
        writer.WriteEndObject();
    }

    /// <summary>The envelope's schema, as <see cref="WritePayload"/> fills it.</summary>
    private static string SchemaOf(string name, JsonSerializerOptions options)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            var schema = new ConnectSchema(options);
            json.WriteStartObject();
            json.WriteString("type", "struct");
            json.WriteStartArray("fields");
            schema.Write(json, typeof(T), isOptional: true, "before", $"{name}.Value");
            schema.Write(json, typeof(T), isOptional: true, "after", $"{name}.Value");
            json.WriteStartObject();
            json.WriteString("type", "struct");
            json.WriteStartArray("fields");
            schema.Write(json, typeof(string), isOptional: false, "connector", null);
            schema.Write(json, typeof(long), isOptional: true, "ts_ms", null);
            schema.Write(json, typeof(string), isOptional: true, "schema", null);
            schema.Write(json, typeof(string), isOptional: true, "table", null);
            json.WriteEndArray();
            json.WriteBoolean("optional", false);
            json.WriteString("name", "io.debezium.connector.actorstreams.Source");
            json.WriteString("field", "source");
            json.WriteEndObject();
            schema.Write(json, typeof(string), isOptional: false, "op", null);
            schema.Write(json, typeof(long), isOptional: true, "ts_ms", null);
            json.WriteEndArray();
            json.WriteBoolean("optional", false);
            json.WriteString("name", $"{name}.Envelope");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static bool TryRow(JsonElement root, string field, JsonSerializerOptions options, out T? row)
    {
        row = default;
        if (!root.TryGetProperty(field, out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return false;
        if (element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any(column => column.Value.ValueKind == JsonValueKind.String && column.Value.ValueEquals(Unavailable)))
            throw new JsonException($"A column of '{field}' holds {Unavailable}: a large value that the update left unchanged was not sent. With PostgreSQL run ALTER TABLE … REPLICA IDENTITY FULL.");
        row = element.Deserialize<T>(options);
        return true;
    }

    private static void Write(Utf8JsonWriter writer, string field, T? row, bool has, JsonSerializerOptions options)
    {
        writer.WritePropertyName(field);
        if (has)
            JsonSerializer.Serialize(writer, row, options);
        else
            writer.WriteNullValue();
    }

    private static string? TableOf(JsonElement source)
    {
        if (TextOf(source, "table") is not { } table)
            return null;
        return (TextOf(source, "schema") ?? TextOf(source, "db")) is { } schema ? $"{schema}.{table}" : table;
    }

    private static DateTimeOffset? TimeOf(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("ts_ms", out JsonElement time) && time.ValueKind == JsonValueKind.Number && time.TryGetInt64(out long milliseconds)
            && milliseconds is > -62_135_596_800_000 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    private static string? TextOf(JsonElement source, string field) =>
        source.ValueKind == JsonValueKind.Object && source.TryGetProperty(field, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
