using System.Text;
using System.Text.Json;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>The kinds of Avro schema.</summary>
internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed,
}

/// <summary>A field of a record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">What it holds.</param>
/// <param name="Aliases">What else it may be called in what was written.</param>
internal sealed record AvroField(string Name, AvroSchema Schema, IReadOnlyList<string> Aliases);

/// <summary>An Avro schema. One that refers to itself is a graph with a cycle, so schemas are compared by their JSON.</summary>
internal sealed class AvroSchema(AvroKind kind)
{
    public AvroKind Kind { get; } = kind;

    /// <summary>Of a record, enum or fixed.</summary>
    public string Name { get; init; } = "";

    /// <summary>What else it may be called in what was written.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public string? LogicalType { get; init; }

    /// <summary>Of a record; filled once the record is known, so that it may hold itself.</summary>
    public List<AvroField> Fields { get; } = [];

    public IReadOnlyList<string> Symbols { get; init; } = [];

    /// <summary>Of an array's items or a map's values: one; of a union: its branches.</summary>
    public IReadOnlyList<AvroSchema> Items { get; init; } = [];

    /// <summary>Bytes of a fixed.</summary>
    public int Size { get; init; }

    /// <summary>Digits behind the point of a decimal.</summary>
    public int Scale { get; init; }

    public int Precision { get; init; }

    /// <summary>The bytes that a value takes at least; of a record known once all of its fields are.</summary>
    public int MinBytes => Kind switch
    {
        AvroKind.Null => 0,
        AvroKind.Float => sizeof(float),
        AvroKind.Double => sizeof(double),
        AvroKind.Fixed => Size,
        AvroKind.Record => _minRecordBytes,
        AvroKind.Union => (int)Math.Min(int.MaxValue, 1L + Items.Select(branch => branch.MinBytes).DefaultIfEmpty(0).Min()),
        _ => 1,
    };

    private int _minRecordBytes;

    /// <summary>All fields are known. One that holds the record itself counts nothing, as it does where it may be left out.</summary>
    public void Complete() => _minRecordBytes = (int)Math.Min(int.MaxValue, Fields.Sum(field => (long)field.Schema.MinBytes));

    public static AvroSchema OrNull(AvroSchema schema) => schema.Kind == AvroKind.Union ? schema
        : new(AvroKind.Union) { Items = [new AvroSchema(AvroKind.Null), schema] };

    /// <param name="withAliases">Whether for readers, too, who look for earlier names; what was written has none.</param>
    public string ToJson(bool withAliases = true)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            Write(json, new HashSet<string>(StringComparer.Ordinal), withAliases);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    public override string ToString() => Name.Length > 0 ? $"{Kind.ToString().ToLowerInvariant()} {Name}" : LogicalType is null
        ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()} ({LogicalType})";

    private static void WriteAliases(Utf8JsonWriter json, IReadOnlyList<string> aliases)
    {
        if (aliases.Count == 0)
            return;
        json.WriteStartArray("aliases");
        foreach (string alias in aliases)
            json.WriteStringValue(alias);
        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, HashSet<string> named, bool withAliases)
    {
        if (Kind == AvroKind.Union)
        {
            json.WriteStartArray();
            foreach (AvroSchema branch in Items)
                branch.Write(json, named, withAliases);
            json.WriteEndArray();
            return;
        }

        string type = Kind.ToString().ToLowerInvariant();
        if (Kind <= AvroKind.String && LogicalType is null)
        {
            json.WriteStringValue(type);
            return;
        }

        if (Name.Length > 0 && !named.Add(Name))
        {
            json.WriteStringValue(Name);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", type);
        if (Name.Length > 0)
            json.WriteString("name", Name);
        if (withAliases)
            WriteAliases(json, Aliases);
        if (LogicalType is not null)
            json.WriteString("logicalType", LogicalType);
        if (LogicalType == "decimal")
        {
            json.WriteNumber("precision", Precision);
            json.WriteNumber("scale", Scale);
        }

        switch (Kind)
        {
            case AvroKind.Record:
                json.WriteStartArray("fields");
                foreach (AvroField field in Fields)
                {
                    json.WriteStartObject();
                    json.WriteString("name", field.Name);
                    json.WritePropertyName("type");
                    field.Schema.Write(json, named, withAliases);
                    if (withAliases)
                        WriteAliases(json, field.Aliases);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case AvroKind.Enum:
                json.WriteStartArray("symbols");
                foreach (string symbol in Symbols)
                    json.WriteStringValue(symbol);
                json.WriteEndArray();
                break;
            case AvroKind.Array or AvroKind.Map:
                json.WritePropertyName(Kind == AvroKind.Array ? "items" : "values");
                Items[0].Write(json, named, withAliases);
                break;
            case AvroKind.Fixed:
                json.WriteNumber("size", Size);
                break;
        }

        json.WriteEndObject();
    }
}

/// <summary>Reads schemas from JSON.</summary>
internal sealed class AvroSchemaParser
{
    private const int MaxDepth = 64;

    private readonly Dictionary<string, AvroSchema> _named = new(StringComparer.Ordinal);

    /// <exception cref="SourceException">It is no schema.</exception>
    public static AvroSchema Parse(ReadOnlySpan<byte> json, string where)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 * MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            return new AvroSchemaParser().Parse(document.RootElement, "", 0);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SourceException($"{where}: its schema cannot be read: {error.Message}", error);
        }
    }

    private AvroSchema Parse(JsonElement json, string space, int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException($"it is nested more than {MaxDepth} deep.");
        return json.ValueKind switch
        {
            JsonValueKind.String => Named(json.GetString()!, space),
            JsonValueKind.Array => ParseUnion(json, space, depth),
            JsonValueKind.Object => ParseObject(json, space, depth),
            _ => throw new FormatException($"a schema is a text, an array or an object, not {json.ValueKind}."),
        };
    }

    private AvroSchema ParseUnion(JsonElement json, string space, int depth)
    {
        var union = new AvroSchema(AvroKind.Union) { Items = [.. json.EnumerateArray().Select(branch => Parse(branch, space, depth + 1))] };
        return union.Items.All(branch => branch.Kind != AvroKind.Union) ? union : throw new FormatException("a union holds a union.");
    }

    private AvroSchema ParseObject(JsonElement json, string space, int depth)
    {
        JsonElement typeOf = json.GetProperty("type");
        if (typeOf.ValueKind != JsonValueKind.String)
            return Parse(typeOf, space, depth + 1);
        string type = typeOf.GetString()!;
        string? logical = json.TryGetProperty("logicalType", out JsonElement some) && some.ValueKind == JsonValueKind.String
            ? some.GetString() : null;
        (int precision, int scale) = (Number("precision"), Number("scale"));
        switch (type)
        {
            case "record" or "error":
                (string recordName, string inside) = FullName(json, space);
                var record = new AvroSchema(AvroKind.Record) { Name = recordName };
                _named[recordName] = record;
                foreach (JsonElement field in json.GetProperty("fields").EnumerateArray())
                    record.Fields.Add(
                        new AvroField(field.GetProperty("name").GetString()!, Parse(field.GetProperty("type"), inside, depth + 1), []));
                record.Complete();
                return record;
            case "enum":
                string enumName = FullName(json, space).Name;
                return _named[enumName] = new AvroSchema(AvroKind.Enum)
                {
                    Name = enumName,
                    Symbols = [.. json.GetProperty("symbols").EnumerateArray().Select(symbol => symbol.GetString()!)]
                };
            case "fixed":
                string fixedName = FullName(json, space).Name;
                if (json.GetProperty("size").GetInt32() < 0)
                    throw new FormatException($"fixed {fixedName} has a size below zero.");
                return _named[fixedName] = new AvroSchema(AvroKind.Fixed)
                {
                    Name = fixedName,
                    Size = json.GetProperty("size").GetInt32(),
                    LogicalType = logical,
                    Precision = precision,
                    Scale = scale
                };
            case "array":
                return new AvroSchema(AvroKind.Array) { Items = [Parse(json.GetProperty("items"), space, depth + 1)] };
            case "map":
                return new AvroSchema(AvroKind.Map) { Items = [Parse(json.GetProperty("values"), space, depth + 1)] };
            default:
                return Primitive(type) is { } kind ? new AvroSchema(kind) { LogicalType = logical, Precision = precision, Scale = scale }
                    : Named(type, space);
        }

        int Number(string name) => json.TryGetProperty(name, out JsonElement number) && number.ValueKind == JsonValueKind.Number
            ? number.GetInt32() : 0;
    }

    private AvroSchema Named(string name, string space) =>
        Primitive(name) is { } kind ? new AvroSchema(kind)
        : _named.TryGetValue(name, out AvroSchema? known) || _named.TryGetValue($"{space}.{name}", out known) ? known
        : throw new FormatException($"it names a type '{name}' that it does not define.");

    private static (string Name, string Space) FullName(JsonElement json, string space)
    {
        string name = json.GetProperty("name").GetString()!;
        int dot = name.LastIndexOf('.');
        if (dot >= 0)
            return (name, name[..dot]);
        if (json.TryGetProperty("namespace", out JsonElement own) && own.ValueKind == JsonValueKind.String)
            space = own.GetString()!;
        return (space.Length == 0 ? name : $"{space}.{name}", space);
    }

    private static AvroKind? Primitive(string name) => name switch
    {
        "null" => AvroKind.Null,
        "boolean" => AvroKind.Boolean,
        "int" => AvroKind.Int,
        "long" => AvroKind.Long,
        "float" => AvroKind.Float,
        "double" => AvroKind.Double,
        "bytes" => AvroKind.Bytes,
        "string" => AvroKind.String,
        _ => null,
    };
}
