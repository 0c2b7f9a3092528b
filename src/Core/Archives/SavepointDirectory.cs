using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorStreams.Core.Archives;

/// <summary>The savepoints of a pipeline in a store: what the row of each epoch of their archive tells. Stored as JSON, so that people can
/// read it.</summary>
internal sealed record SavepointDirectory
{
    private const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>By name; each is whole.</summary>
    public SortedDictionary<string, SavepointEntry> Savepoints { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The name of one that is being written, or was when its writer died; null: none.</summary>
    public string? Unfinished { get; init; }

    /// <summary>What the archive of a pipeline's savepoints is called in a store.</summary>
    public static string ArchiveOf(string pipeline) => $"{pipeline}/savepoints";

    /// <summary>The directory with one savepoint more or another one of its name.</summary>
    public SavepointDirectory With(string name, SavepointEntry entry) =>
        this with { Savepoints = new(Savepoints, StringComparer.Ordinal) { [name] = entry }, Unfinished = null };

    public SavepointDirectory Without(string name)
    {
        SortedDictionary<string, SavepointEntry> others = new(Savepoints, StringComparer.Ordinal);
        others.Remove(name);
        return this with { Savepoints = others };
    }

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, SavepointJson.Default.SavepointDirectory);

    /// <exception cref="StoreException">It is damaged, or of a newer version.</exception>
    public static SavepointDirectory Decode(EpochRecord? last, string pipeline)
    {
        if (last is null)
            return new SavepointDirectory();
        try
        {
            if (JsonSerializer.Deserialize(last.Manifest.Span, SavepointJson.Default.SavepointDirectory) is { Format: <= CurrentFormat } found)
                return found;
        }
        catch (JsonException error)
        {
            throw new StoreException($"The directory of the savepoints of pipeline '{pipeline}' is damaged ({error.Message}). Restore the store from a backup.",
                inner: error);
        }

        throw new StoreException(
            $"The savepoints of pipeline '{pipeline}' were written by a newer version of ActorStreams. Run that version to read them.");
    }
}

/// <summary>A savepoint in the directory.</summary>
internal sealed record SavepointEntry
{
    /// <summary>The epoch of the job.</summary>
    public long Epoch { get; init; }

    /// <summary>When that epoch was committed, in microseconds.</summary>
    public long CommittedAt { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>Tells it from another one of its name, which was deleted.</summary>
    public string Id(string name) => $"{name}@{Epoch}@{CommittedAt}";

    public Savepoint Of(string name, string pipeline) => new(name, pipeline, Epoch, EventTime.ToDateTimeOffset(CommittedAt), SizeBytes);
}

[JsonSerializable(typeof(SavepointDirectory))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class SavepointJson : JsonSerializerContext;
