using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorStreams.Sql.Connecting;

/// <summary>Any JSON value as a text: that of a text itself, of all others as they are written. Null stays null.</summary>
internal sealed class AnyJsonAsText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        using JsonDocument value = JsonDocument.ParseValue(ref reader);
        return value.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>A JSON value that was written already.</summary>
internal readonly record struct JsonLine(string Text);

/// <summary>Writes it as it is.</summary>
internal sealed class JsonLineConverter : JsonConverter<JsonLine>
{
    public override JsonLine Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument value = JsonDocument.ParseValue(ref reader);
        return new JsonLine(value.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, JsonLine value, JsonSerializerOptions options) => writer.WriteRawValue(value.Text);
}
