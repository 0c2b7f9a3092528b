using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FailedLogins;

/// <summary>Reads a signal from a line of JSON.</summary>
internal static class SignalJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new InstantConverter() },
    };

    /// <exception cref="FormatException">The line is not a signal; the message says why.</exception>
    public static Signal Parse(string line)
    {
        Signal? signal;
        try
        {
            signal = JsonSerializer.Deserialize<Signal>(line, s_options);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new FormatException(error is NotSupportedException ? "it has no kind; a signal is a login or a heartbeat"
                : WithoutPlace(error.Message), error);
        }

        return signal switch
        {
            Login { Account: "" } => throw new FormatException("account is empty"),
            Heartbeat { Host: "" } => throw new FormatException("host is empty"),
            null => throw new FormatException("null is not a signal"),
            _ => signal,
        };
    }

    /// <summary>The serialiser adds its own idea of the place (always line 0) behind the first sentence.</summary>
    private static string WithoutPlace(string message)
    {
        int place = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return (place < 0 ? message : message[..place]).TrimEnd('.');
    }

    /// <summary>ISO 8601; a time without an offset is UTC, not what the machine's time zone happens to be.</summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String
                && DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
                ? time
                : throw new JsonException("time is not an ISO 8601 time such as 2026-01-01T12:00:00Z");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value);
    }
}
