using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A file with one JSON value per line, deserialised straight from the window.</summary>
internal sealed class JsonLinesSource<T>(string path, JsonLinesOptions options)
    : FileSource<T>("JSON Lines", path, new FileSet(path, ".jsonl", ".ndjson", ".json"))
{
    private readonly JsonTypeInfo<T> _info = options.InfoToRead<T>();

    protected override async ValueTask<SourceReader<T>> OpenAsync(FileWindow window, string file, SourceOffset? from,
        CancellationToken cancellation)
    {
        if (from is { } offset)
            await GoToRecordAsync(window, offset.Value, cancellation);
        long line = from is null ? 0 : JsonLinesReader<T>.LinesBefore(from.Value);
        return new JsonLinesReader<T>(window, file, line, options.MaxRecordBytes, _info);
    }
}

/// <inheritdoc cref="JsonLinesSource{T}"/>
internal sealed class JsonLinesReader<T>(FileWindow window, string file, long line, int maxRecordBytes, JsonTypeInfo<T> info)
    : RecordFileReader<T>(window, file, line, maxRecordBytes)
{
    protected override string Unfinished => "the line does not end";

    protected override void ReadRecords(SourceBuffer<T> buffer)
    {
        while (!buffer.IsFull && Window.Length > 0)
        {
            ReadOnlySpan<byte> bytes = Window.Bytes;
            int newLine = bytes.IndexOf((byte)'\n');
            if (newLine < 0 && !Window.Ended)
                return;
            int length = newLine < 0 ? bytes.Length : newLine + 1;
            ReadOnlySpan<byte> text = bytes[..(newLine < 0 ? bytes.Length : newLine)].Trim(" \t\r"u8);
            if (text.IsEmpty)
                Consume(length, 1);
            else if (length > MaxRecordBytes)
                Reject(buffer, length, 1, TooLong);
            else
                ReadLine(buffer, text, length);
        }
    }

    private void ReadLine(SourceBuffer<T> buffer, ReadOnlySpan<byte> text, int length)
    {
        if (!IsUtf8(length))
        {
            Reject(buffer, length, 1, "the line is not valid UTF-8");
            return;
        }

        try
        {
            if (JsonSerializer.Deserialize(text, info) is { } row)
            {
                buffer.Add(row, Window.Position);
                Consume(length, 1);
            }
            else
            {
                Reject(buffer, length, 1, $"null is not a {typeof(T).Name}");
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)       // the row's own constructor may throw anything
        {
            string at = error is JsonException { Path.Length: > 0 } json ? $"at {json.Path}: " : "";
            Reject(buffer, length, 1, $"{at}not a {typeof(T).Name}: {FirstSentence(error.Message)}", error);
        }
    }

    /// <summary>The serialiser adds its own idea of the place (always line 0) behind the first sentence.</summary>
    private static string FirstSentence(string message)
    {
        int place = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return (place < 0 ? message : message[..place]).TrimEnd('.');
    }
}
