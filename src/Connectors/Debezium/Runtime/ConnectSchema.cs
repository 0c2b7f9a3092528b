using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ActorStreams.Connectors.Debezium.Runtime;

/// <summary>Writes the schema of JSON values in the form of Kafka Connect, as it follows from how the serialiser writes them.</summary>
/// <seealso href="https://kafka.apache.org/documentation/#connect_transforms">Kafka Connect: structs, optional fields and logical names of
/// <c>JsonConverter</c>.</seealso>
/// <seealso href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-temporal-types">Debezium: names
/// of types of time.</seealso>
internal sealed class ConnectSchema(JsonSerializerOptions options)
{
    private const int MaxDepth = 32;

    private static readonly Dictionary<Type, (string Type, string? Name)> s_scalars = new()
    {
        [typeof(bool)] = ("boolean", null),
        [typeof(sbyte)] = ("int8", null),
        [typeof(byte)] = ("int16", null),
        [typeof(short)] = ("int16", null),
        [typeof(ushort)] = ("int32", null),
        [typeof(int)] = ("int32", null),
        [typeof(uint)] = ("int64", null),
        [typeof(long)] = ("int64", null),
        [typeof(float)] = ("float", null),
        [typeof(double)] = ("double", null),
        [typeof(decimal)] = ("double", null),       // as Debezium's decimal.handling.mode double: a number in the JSON
        [typeof(string)] = ("string", null),
        [typeof(byte[])] = ("bytes", null),
        [typeof(Guid)] = ("string", "io.debezium.data.Uuid"),
        [typeof(DateTimeOffset)] = ("string", "io.debezium.time.ZonedTimestamp"),
        [typeof(DateTime)] = ("string", null),
        [typeof(DateOnly)] = ("string", "io.debezium.time.IsoDate"),
        [typeof(TimeOnly)] = ("string", null),
        [typeof(TimeSpan)] = ("string", null),
        [typeof(char)] = ("string", null),
        [typeof(Uri)] = ("string", null),
    };

    /// <summary>Writes the schema of a type as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="type">The type.</param>
    /// <param name="isOptional">Whether a value may be null.</param>
    /// <param name="field">The field that holds it; null if none does.</param>
    /// <param name="name">The schema's name; null: that of the type, if it has one.</param>
    /// <exception cref="PipelineException">A member has no form in Kafka Connect.</exception>
    public void Write(Utf8JsonWriter json, Type type, bool isOptional, string? field, string? name) =>
        Write(json, type, isOptional, field, name, type.Name, 0);

    private void Write(Utf8JsonWriter json, Type type, bool isOptional, string? field, string? name, string where, int depth)
    {
        if (depth > MaxDepth)
            throw new PipelineException(
                $"{where}: a schema of Kafka Connect cannot hold itself, nor go deeper than {MaxDepth}. Leave the member out, or write events without their schema.");
        JsonTypeInfo info = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        json.WriteStartObject();
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                json.WriteString("type", "struct");
                json.WriteStartArray("fields");
                foreach (JsonPropertyInfo property in info.Properties.Where(property => property.Get is not null))
                    WriteProperty(json, property, $"{where}.{property.Name}", depth);
                json.WriteEndArray();
                break;
            case JsonTypeInfoKind.Enumerable:
                json.WriteString("type", "array");
                json.WritePropertyName("items");
                Write(json, info.ElementType!, IsNullable(info.ElementType!), null, null, where, depth + 1);
                break;
            case JsonTypeInfoKind.Dictionary when info.KeyType == typeof(string):
                json.WriteString("type", "map");
                json.WritePropertyName("keys");
                Write(json, typeof(string), false, null, null, where, depth + 1);
                json.WritePropertyName("values");
                Write(json, info.ElementType!, IsNullable(info.ElementType!), null, null, where, depth + 1);
                break;
            default:
                (string scalar, string? logical) = Scalar(info.Type, where);
                json.WriteString("type", scalar);
                name ??= logical;
                break;
        }

        json.WriteBoolean("optional", isOptional);
        if (name is not null)
            json.WriteString("name", name);
        if (field is not null)
            json.WriteString("field", field);
        json.WriteEndObject();
    }

    private static bool IsNullable(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    private void WriteProperty(Utf8JsonWriter json, JsonPropertyInfo property, string where, int depth)
    {
        if (property.CustomConverter is not null)
            throw new PipelineException(
                $"{where} is written by a converter of its own, whose schema nobody knows. Leave it out, or write events without their schema.");
        bool isText = (property.NumberHandling ?? options.NumberHandling).HasFlag(JsonNumberHandling.WriteAsString)
            && s_scalars.TryGetValue(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
                out (string Type, string?) scalar) && scalar.Type is not ("string" or "bytes" or "boolean");
        bool isOptional = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (!property.PropertyType.IsValueType && property.IsGetNullable);
        Write(json, isText ? typeof(string) : property.PropertyType, isOptional, property.Name, null, where, depth + 1);
    }

    private (string Type, string? Name) Scalar(Type type, string where)
    {
        if (type.IsEnum)
        {
            // by number or by name: as the options have it
            JsonElement sample = JsonSerializer.SerializeToElement(Activator.CreateInstance(type), options.GetTypeInfo(type));
            return sample.ValueKind == JsonValueKind.String ? ("string", null) : Scalar(Enum.GetUnderlyingType(type), where);
        }

        return s_scalars.TryGetValue(type, out (string Type, string? Name) known)
            ? known
            : throw new PipelineException(
                $"{where}: {type} has no form in Kafka Connect. Leave it out, make it a text, or write events without their schema.");
    }
}
