using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.Time;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Gives a serialiser that takes enums by <see cref="EnumText"/> and durations by <see cref="DurationText"/>; how they are
/// written stays as it is.</summary>
/// <remarks>The serialiser's own converters make <c>"7"</c> and <c>"Monday,Tuesday"</c> values that the enum does not have, and <c>"5"</c>
/// five days.</remarks>
internal static class ExactJsonTexts
{
    /// <summary>The metadata of the same type with exact texts.</summary>
    /// <remarks>Metadata that somebody has changed by hand are taken as they are: they could not be made again.</remarks>
    public static JsonTypeInfo<T> In<T>(JsonTypeInfo<T> info)
    {
        JsonSerializerOptions given = info.Options;
        return given.TypeInfoResolver is null || !given.IsReadOnly || !ReferenceEquals(given.GetTypeInfo(typeof(T)), info)
            ? info
            : (JsonTypeInfo<T>)In(given).GetTypeInfo(typeof(T));
    }

    /// <summary>The same options with exact texts; those that have them already are given back.</summary>
    public static JsonSerializerOptions In(JsonSerializerOptions given)
    {
        if (given.Converters.Any(converter => converter is ExactJsonEnums))
            return given;
        var options = new JsonSerializerOptions(
            given)
        { TypeInfoResolver = (given.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(WrapAttributes) };
        options.Converters.Insert(0, new ExactJsonEnums(given));
        if (!given.Converters.Any(converter => converter.CanConvert(typeof(TimeSpan))))
            options.Converters.Add(new JsonDuration());
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The converter of an attribute goes before those of the options.</summary>
    private static void WrapAttributes(JsonTypeInfo info)
    {
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.CustomConverter is not { } own)
                continue;
            if (own is JsonConverterFactory factory)
                own = factory.CreateConverter(property.PropertyType, info.Options);
            if (own?.Type is { IsEnum: true } type)
                property.CustomConverter = ExactJsonEnums.Over(type, own);
        }
    }
}

/// <summary>Stands before the converters that the options have for enums.</summary>
internal sealed class ExactJsonEnums(JsonSerializerOptions given) : JsonConverterFactory
{
    private readonly JsonSerializerOptions _given = new(given);

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        Over(typeToConvert, _given.GetConverter(typeToConvert));

    public static JsonConverter Over(Type type, JsonConverter usual) =>
        (JsonConverter)Activator.CreateInstance(typeof(ExactJsonEnum<>).MakeGenericType(type), usual)!;
}

/// <summary>Lets the usual converter read what can be a name, in whatever naming policy, or the number of a member.</summary>
internal sealed class ExactJsonEnum<TEnum>(JsonConverter<TEnum> usual) : JsonConverter<TEnum>
    where TEnum : struct, Enum
{
    public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : null;
        if (text is not null && !CanBeName(text))
            throw NoMember(text);
        TEnum value = usual.Read(ref reader, typeToConvert, options);
        return EnumText.IsMember(value) ? value : throw NoMember(text ?? $"{value:D}");
    }

    public override TEnum ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.GetString()!;
        TEnum value = CanBeName(text) ? usual.ReadAsPropertyName(ref reader, typeToConvert, options) : throw NoMember(text);
        return EnumText.IsMember(value) ? value : throw NoMember(text);
    }

    public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) => usual.Write(writer, value, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) =>
        usual.WriteAsPropertyName(writer, value, options);

    /// <summary>A name that a policy or an attribute has made may have any letters, but .NET reads numbers first, and lists where it finds
    /// commas.</summary>
    private static bool CanBeName(string text)
    {
        if (text.Length == 0 || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
            return false;
        if (EnumText.IsSet<TEnum>() && (text == "0" || text.Split(',').All(name => IsNoNumber(name.Trim(' ')))))
            return true;
        return IsNoNumber(text) && !text.Contains(',', StringComparison.Ordinal);
    }

    private static bool IsNoNumber(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+');

    private static JsonException NoMember(string text) =>
        new($"'{(text.Length > 100 ? text[..100] + "…" : text)}' is no member of {typeof(TEnum).Name}");
}

/// <summary>Durations as texts.</summary>
internal sealed class JsonDuration : JsonConverter<TimeSpan>
{
    private static readonly JsonConverter<TimeSpan> s_usual = JsonMetadataServices.TimeSpanConverter;

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException($"A duration is a text such as {DurationText.Forms}; a number does not say its unit");
        return Parse(reader.GetString()!);
    }

    public override TimeSpan ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        s_usual.Write(writer, value, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        s_usual.WriteAsPropertyName(writer, value, options);

    private static TimeSpan Parse(string text) => DurationText.TryParse(text, out TimeSpan value)
        ? value
        : throw new JsonException($"'{(text.Length > 100 ? text[..100] + "…" : text)}' is no duration: write {DurationText.Forms}");
}
