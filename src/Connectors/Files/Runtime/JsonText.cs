using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Finds text that is no Unicode in a row that was written as JSON: the serialiser writes U+FFFD in its place without a
/// word.</summary>
/// <remarks>Only a row whose JSON holds U+FFFD is looked at again, by writing it once more in a way that looks at every text: all others
/// cost a search.</remarks>
internal sealed class JsonText<T>(JsonTypeInfo<T> info)
{
    private static readonly byte[] s_replacement = [0xEF, 0xBF, 0xBD];
    private JsonTypeInfo<T>? _strict;

    /// <exception cref="SinkException">A text of the row is no Unicode.</exception>
    public void Check(ReadOnlySpan<byte> json, T row)
    {
        if (json.IndexOf("\\uFFFD"u8) < 0 && json.IndexOf(s_replacement) < 0 && json.IndexOf("\\ufffd"u8) < 0)
            return;
        JsonSerializer.SerializeToUtf8Bytes(row, _strict ??= Strict());
    }

    private JsonTypeInfo<T> Strict()
    {
        var options = new JsonSerializerOptions(info.Options);
        options.TypeInfoResolver ??= info.OriginatingResolver ?? new DefaultJsonTypeInfoResolver();
        options.Converters.Insert(0, new StrictText());
        options.Converters.Insert(0, new StrictCharacter());
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    private static void Check(ReadOnlySpan<char> text)
    {
        if (UnicodeText.FaultOf(text) is { } fault)
            throw new SinkException(fault);
    }

    private sealed class StrictText : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            Check(value);
            writer.WriteStringValue(value);
        }

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            Check(value);
            writer.WritePropertyName(value);
        }
    }

    private sealed class StrictCharacter : JsonConverter<char>
    {
        public override char Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()![0];

        public override void Write(Utf8JsonWriter writer, char value, JsonSerializerOptions options)
        {
            Check([value]);
            writer.WriteStringValue([value]);
        }
    }
}
