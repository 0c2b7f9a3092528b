using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Reads numbers by <see cref="ExactNumber"/>, where the serialiser's own converters round, or give infinity.</summary>
internal sealed class ExactJsonNumber<T>(JsonNumberHandling handling, JsonConverter<T> usual) : JsonConverter<T>
    where T : struct
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return Parse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        bool fromText = handling.HasFlag(JsonNumberHandling.AllowReadingFromString),
            isWord = handling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals);
        if (reader.TokenType != JsonTokenType.String || !(fromText || isWord))
            throw new JsonException();                              // the serialiser says what was expected
        string text = reader.GetString()!;
        if (!(isWord && text is "NaN" or "Infinity" or "-Infinity") && !fromText)
            throw new JsonException();
        return Parse(Encoding.UTF8.GetBytes(text));
    }

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(Encoding.UTF8.GetBytes(reader.GetString()!));

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => usual.Write(writer, value, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        usual.WriteAsPropertyName(writer, value, options);

    private static T Parse(ReadOnlySpan<byte> text)
    {
        T found = default;
        bool isGood = typeof(T) == typeof(double)
            ? ExactNumber.TryDouble(text, out System.Runtime.CompilerServices.Unsafe.As<T, double>(ref found))
            : typeof(T) == typeof(decimal)
                ? ExactNumber.TryDecimal(text, out System.Runtime.CompilerServices.Unsafe.As<T, decimal>(ref found))
            : typeof(T) == typeof(float) ? ExactNumber.TrySingle(text, out System.Runtime.CompilerServices.Unsafe.As<T, float>(ref found))
            : ExactNumber.TryHalf(text, out System.Runtime.CompilerServices.Unsafe.As<T, Half>(ref found));
        return isGood
            ? found
            : throw new JsonException(
                $"{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 100)])} has more digits than are in a {typeof(T).Name}, or is none");
    }
}

/// <summary>The same where null is allowed.</summary>
internal sealed class ExactJsonNumberOrNull<T>(JsonConverter<T> some) : JsonConverter<T?>
    where T : struct
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : some.Read(ref reader, typeof(T), options);

    public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options)
    {
        if (value is { } given)
            some.Write(writer, given, options);
        else
            writer.WriteNullValue();
    }
}

/// <summary>Gives a serialiser that reads numbers exactly; what has a converter of the user's keeps it.</summary>
internal static class ExactJsonNumbers
{
    private static readonly (Type Type, Func<JsonNumberHandling, JsonConverter> Make, Func<JsonNumberHandling, JsonConverter> MakeOrNull)[] s_numbers =
    [
        Of(JsonMetadataServices.DoubleConverter), Of(JsonMetadataServices.DecimalConverter), Of(JsonMetadataServices.SingleConverter),
            Of(JsonMetadataServices.HalfConverter),
    ];

    /// <summary>The same options with exact numbers.</summary>
    public static JsonSerializerOptions In(JsonSerializerOptions given)
    {
        var options = new JsonSerializerOptions(given) { TypeInfoResolver = given.TypeInfoResolver?.WithAddedModifier(KeepHandling) };
        foreach ((Type type, Func<JsonNumberHandling, JsonConverter> make, _) in s_numbers)
        {
            if (!given.Converters.Any(converter => converter.CanConvert(type)))
                options.Converters.Add(make(given.NumberHandling));
        }

        return options;
    }

    /// <summary>The metadata of the same type with exact numbers.</summary>
    /// <remarks>Metadata that are not those of their options, because somebody has changed them, are taken as they are: they could not be
    /// made again.</remarks>
    public static JsonTypeInfo<T> In<T>(JsonTypeInfo<T> info) => info.Options is { IsReadOnly: true, TypeInfoResolver: not null } given
        && ReferenceEquals(given.GetTypeInfo(typeof(T)), info)
        ? (JsonTypeInfo<T>)In(given).GetTypeInfo(typeof(T))
        : info;

    /// <summary>Attributes that let numbers stand in texts hold for the serialiser's own converters only.</summary>
    private static void KeepHandling(JsonTypeInfo info)
    {
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if ((property.NumberHandling ?? info.NumberHandling) is not { } handling || property.CustomConverter is not null)
                continue;
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            int number = Array.FindIndex(s_numbers, one => one.Type == type);
            if (number < 0)
            {
                if (property.NumberHandling is not null && ItemsOf(type).Any(item => s_numbers.Any(one => one.Type == item)))
                    property.NumberHandling = null;                 // refused there otherwise; texts are then refused row by row
                continue;
            }

            property.NumberHandling = null;
            property.CustomConverter = type == property.PropertyType ? s_numbers[number].Make(handling)
                : s_numbers[number].MakeOrNull(handling);
        }
    }

    private static IEnumerable<Type> ItemsOf(Type type) => type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments()
        .Select(item => Nullable.GetUnderlyingType(item) ?? item);

    private static (Type, Func<JsonNumberHandling, JsonConverter>, Func<JsonNumberHandling, JsonConverter>) Of<T>(JsonConverter<T> usual)
        where T : struct =>
        (typeof(T), handling => new ExactJsonNumber<T>(handling, usual),
            handling => new ExactJsonNumberOrNull<T>(new ExactJsonNumber<T>(handling, usual)));
}
