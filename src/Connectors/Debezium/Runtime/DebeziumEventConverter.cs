using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStreams.Connectors.Files.Runtime;

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

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType
        && typeToConvert.GetGenericTypeDefinition() == typeof(DebeziumEvent<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(DebeziumEventConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()),
            prefix)!;
}

/// <inheritdoc cref="DebeziumEventConverter"/>
internal sealed class DebeziumEventConverter<T>(string? prefix) : JsonConverter<DebeziumEvent<T>>
{
    private const string Operations = "crudtm";

    private static readonly DebeziumOperation[] s_operations =
        [DebeziumOperation.Create, DebeziumOperation.Read, DebeziumOperation.Update, DebeziumOperation.Delete, DebeziumOperation.Truncate,
            DebeziumOperation.Message];

    private readonly ConcurrentDictionary<string, string> _schemas = new(StringComparer.Ordinal);

    public override bool HandleNull => true;

    public override DebeziumEvent<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return new DebeziumEvent<T> { Operation = DebeziumOperation.Tombstone };
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement, envelope = root;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("payload", out JsonElement payload)
            && !root.TryGetProperty("op", out _))
            root = payload;
        if (root.ValueKind == JsonValueKind.Null)
            return new DebeziumEvent<T> { Operation = DebeziumOperation.Tombstone };
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("op", out JsonElement operation)
            || operation.ValueKind != JsonValueKind.String)
            throw new JsonException(
                "A change event must be an object with the operation in 'op', in the payload if there is a schema. Is the event flattened, by the transformation ExtractNewRecordState?");
        int known = operation.GetString() is { Length: 1 } text ? Operations.IndexOf(text[0], StringComparison.Ordinal) : -1;
        if (known < 0)
            throw new JsonException($"'{operation.GetString()}' is not an operation of a change event: c, r, u, d, t or m.");
        JsonSerializerOptions exact = ExactJsonTexts.In(options);
        bool hasAfter = TryAfter(root, exact, out T? after);
        Before before = BeforeOf(root, envelope, s_operations[known], exact);
        root.TryGetProperty("source", out JsonElement source);
        return new DebeziumEvent<T>
        {
            Operation = s_operations[known],
            Before = before.Row,
            HasBefore = before.Has,
            IsBeforePartial = before.IsPartial,
            BeforeProbe = before.Probe,
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
        writer.WriteRawValue(
            _schemas.GetOrAdd(value.Table is null ? prefix : $"{prefix}.{value.Table}", static (name, options) => SchemaOf(name, options),
            options), skipInputValidation: true);
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

    private static bool TryAfter(JsonElement root, JsonSerializerOptions options, out T? row)
    {
        row = default;
        if (!root.TryGetProperty("after", out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return false;
        if (UnavailableIn(element) is { } column)
            throw Unavailable("after", column);
        row = element.Deserialize<T>(options);
        return true;
    }

    /// <summary>The row before, or what is told of it: for a deletion, or an update that changes the key, that may be the key
    /// alone.</summary>
    private static Before BeforeOf(JsonElement root, JsonElement envelope, DebeziumOperation operation, JsonSerializerOptions options)
    {
        if (!root.TryGetProperty("before", out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return default;
        bool mayBePartial = element.ValueKind == JsonValueKind.Object && operation is DebeziumOperation.Update or DebeziumOperation.Delete
            && PartialRow.HasMembers<T>(options);
        string? unavailable = UnavailableIn(element);
        if (!mayBePartial && unavailable is not null)
            throw Unavailable("before", unavailable);
        if (!mayBePartial)
            return new Before(true, element.Deserialize<T>(options), false, default);
        Dictionary<string, JsonElement> told = ToldOf(element, options);
        bool isWhole = PartialRow.IsWhole<T>(told, options);
        Exception? unfit = null;
        if (isWhole || (unavailable is null && !LacksColumns(root, envelope, element)))
        {
            try
            {
                return new Before(true, element.Deserialize<T>(options), false, default);
            }
            catch (JsonException error) when (!isWhole)
            {
                unfit = error;
            }
        }

        if (told.Count > 0 && PartialRow.TryMake(told, options, out (T First, T Second) rows))
            return new Before(true, rows.First, true, rows.Second);
        throw unfit ?? (unavailable is not null ? Unavailable("before", unavailable)
            : new JsonException("'before' lacks columns, and what it has is no row."));
    }

    private static Dictionary<string, JsonElement> ToldOf(JsonElement row, JsonSerializerOptions options)
    {
        var told = new Dictionary<string, JsonElement>(options.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase
            : StringComparer.Ordinal);
        foreach (JsonProperty column in row.EnumerateObject())
        {
            if (column.Value.ValueKind != JsonValueKind.Null && !UnavailableValue.IsIn(column.Value))
                told[column.Name] = column.Value;
        }

        return told;
    }

    /// <summary>Whether a column is missing that the row after has, or that the schema says every row has.</summary>
    private static bool LacksColumns(JsonElement root, JsonElement envelope, JsonElement before)
    {
        if (root.TryGetProperty("after", out JsonElement after) && after.ValueKind == JsonValueKind.Object && after.EnumerateObject()
            .Any(column => !before.TryGetProperty(column.Name, out _)))
            return true;
        if (ChildOf(ChildOf(envelope, "schema"), "fields") is not { ValueKind: JsonValueKind.Array } fields)
            return false;
        JsonElement row = fields.EnumerateArray().FirstOrDefault(field => TextOf(field, "field") == "before");
        return ChildOf(row, "fields") is { ValueKind: JsonValueKind.Array } columns && columns.EnumerateArray().Any(column =>
            TextOf(column, "field") is { } name
                && (!before.TryGetProperty(name, out JsonElement value)
                || (value.ValueKind == JsonValueKind.Null && ChildOf(column, "optional").ValueKind == JsonValueKind.False)));
    }

    private static JsonElement ChildOf(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out JsonElement child) ? child : default;

    private static string? UnavailableIn(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty column in row.EnumerateObject())
        {
            if (UnavailableValue.IsIn(column.Value))
                return column.Name;
        }

        return null;
    }

    private static JsonException Unavailable(string field, string column) =>
        new($"Column '{column}' of '{field}' holds {UnavailableValue.Text}, in whatever form: a large value that the update left unchanged was not sent. With PostgreSQL run ALTER TABLE … REPLICA IDENTITY FULL.");

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
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("ts_ms", out JsonElement time)
            && time.ValueKind == JsonValueKind.Number && time.TryGetInt64(out long milliseconds)
            && milliseconds is > -62_135_596_800_000 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    private static string? TextOf(JsonElement source, string field) =>
        source.ValueKind == JsonValueKind.Object && source.TryGetProperty(field, out JsonElement text)
            && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>The row before.</summary>
    private readonly record struct Before(bool Has, T? Row, bool IsPartial, T? Probe);
}
