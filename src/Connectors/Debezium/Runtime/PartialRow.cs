using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ActorStreams.Connectors.Debezium.Runtime;

/// <summary>A row of which only some columns are told: made twice, with two different values for each of the others.</summary>
/// <remarks>What a function gives for both alike, it has from the columns that are told. So a key can be taken from such a row, and
/// nothing can be taken from it by mistake.</remarks>
internal static class PartialRow
{
    private const int MaxDepth = 8;

    /// <summary>Values of a type, two of them where there are two.</summary>
    private static readonly Dictionary<Type, object[]> s_samples = new()
    {
        [typeof(bool)] = [false, true],
        [typeof(sbyte)] = [(sbyte)0, (sbyte)1],
        [typeof(byte)] = [(byte)0, (byte)1],
        [typeof(short)] = [(short)0, (short)1],
        [typeof(ushort)] = [(ushort)0, (ushort)1],
        [typeof(int)] = [0, 1],
        [typeof(uint)] = [0u, 1u],
        [typeof(long)] = [0L, 1L],
        [typeof(ulong)] = [0UL, 1UL],
        [typeof(Int128)] = [Int128.Zero, Int128.One],
        [typeof(float)] = [0f, 1f],
        [typeof(double)] = [0d, 1d],
        [typeof(decimal)] = [0m, 1m],
        [typeof(char)] = ['0', '1'],
        [typeof(string)] = ["0", "1"],
        [typeof(Guid)] = [Guid.Empty, new Guid(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
        [typeof(DateTime)] = [DateTime.UnixEpoch, DateTime.UnixEpoch.AddDays(1)],
        [typeof(DateTimeOffset)] = [DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1)],
        [typeof(DateOnly)] = [new DateOnly(1970, 1, 1), new DateOnly(1970, 1, 2)],
        [typeof(TimeOnly)] = [new TimeOnly(0, 0), new TimeOnly(0, 1)],
        [typeof(TimeSpan)] = [TimeSpan.Zero, TimeSpan.FromSeconds(1)],
        [typeof(byte[])] = [Array.Empty<byte>(), new byte[1]],
    };

    /// <summary>Whether rows of the type have members that can be told or not.</summary>
    public static bool HasMembers<T>(JsonSerializerOptions options) => options.GetTypeInfo(typeof(T)).Kind == JsonTypeInfoKind.Object;

    /// <summary>Whether every member of a row is told.</summary>
    public static bool IsWhole<T>(IReadOnlyDictionary<string, JsonElement> told, JsonSerializerOptions options) =>
        MembersOf(options.GetTypeInfo(typeof(T))).All(property => told.ContainsKey(property.Name));

    /// <summary>Makes both rows.</summary>
    /// <param name="told">The columns that are told, by their names in the JSON.</param>
    /// <param name="options">How rows are read.</param>
    /// <param name="rows">Two rows that differ in all else.</param>
    /// <returns>False if some column that is not told has a type of which no values are known here, or the rest does not fit the
    /// row.</returns>
    public static bool TryMake<T>(IReadOnlyDictionary<string, JsonElement> told, JsonSerializerOptions options,
        out (T First, T Second) rows)
    {
        rows = default;
        JsonTypeInfo info = options.GetTypeInfo(typeof(T));
        if (info.Kind != JsonTypeInfoKind.Object || !TryFill(info, told, options, 0, out byte[] first)
            || !TryFill(info, told, options, 1, out byte[] second))
            return false;
        try
        {
            rows = (JsonSerializer.Deserialize<T>(first, options)!, JsonSerializer.Deserialize<T>(second, options)!);
            return rows.First is not null && rows.Second is not null;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException or ArgumentException
            or FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<JsonPropertyInfo> MembersOf(JsonTypeInfo info) =>
        info.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null);

    private static bool TryFill(JsonTypeInfo info, IReadOnlyDictionary<string, JsonElement> told, JsonSerializerOptions options,
        int variant, out byte[] json)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            bool isGood = true;
            foreach (JsonPropertyInfo property in MembersOf(info))
            {
                writer.WritePropertyName(property.Name);
                if (told.TryGetValue(property.Name, out JsonElement value))
                    value.WriteTo(writer);
                else
                    isGood &= TryWriteSample(writer, property.PropertyType, property.CustomConverter is null, property.IsSetNullable,
                        options, variant, 0);
            }

            writer.WriteEndObject();
            json = [];
            if (!isGood)
                return false;
        }

        json = bytes.ToArray();
        return true;
    }

    private static bool TryWriteSample(Utf8JsonWriter writer, Type type, bool isUsual, bool allowsNull, JsonSerializerOptions options,
        int variant, int depth)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        object[]? samples = bare.IsEnum
            ? [.. Enum.GetValuesAsUnderlyingType(bare).Cast<object>().Take(2).Select(value => Enum.ToObject(bare, value))]
            : s_samples.GetValueOrDefault(bare);
        if (isUsual && samples is { Length: > 0 })
        {
            JsonSerializer.Serialize(writer, samples[Math.Min(variant, samples.Length - 1)], bare, options);
            return true;
        }

        JsonTypeInfo info = options.GetTypeInfo(bare);
        if (isUsual && depth < MaxDepth && info.Kind == JsonTypeInfoKind.Object && info.Properties.Count > 0)
        {
            writer.WriteStartObject();
            bool isGood = true;
            foreach (JsonPropertyInfo property in MembersOf(info))
            {
                writer.WritePropertyName(property.Name);
                isGood &= TryWriteSample(writer, property.PropertyType, property.CustomConverter is null, property.IsSetNullable, options,
                    variant, depth + 1);
            }

            writer.WriteEndObject();
            return isGood;
        }

        if (isUsual && depth < MaxDepth && info.Kind == JsonTypeInfoKind.Enumerable)
        {
            writer.WriteStartArray();
            bool isGood = variant == 0 || TryWriteSample(writer, info.ElementType!, true, false, options, variant, depth + 1);
            writer.WriteEndArray();
            return isGood;
        }

        if (isUsual && depth < MaxDepth && info.Kind == JsonTypeInfoKind.Dictionary && info.KeyType == typeof(string))
        {
            writer.WriteStartObject();
            bool isGood = true;
            if (variant == 1)
            {
                writer.WritePropertyName("1");
                isGood = TryWriteSample(writer, info.ElementType!, true, false, options, variant, depth + 1);
            }

            writer.WriteEndObject();
            return isGood;
        }

        writer.WriteNullValue();
        return Nullable.GetUnderlyingType(type) is not null || (allowsNull && !type.IsValueType);
    }
}
