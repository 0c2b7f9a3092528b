using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorStreams.Core.Storage;

/// <summary>What an epoch's row tells besides the journal: enough to open every part of the job again. Stored as JSON, so that people can
/// read it.</summary>
internal sealed record Manifest
{
    public const int CurrentFormat = 2;

    public int Format { get; init; } = CurrentFormat;

    public string Pipeline { get; init; } = "";

    public int Shards { get; init; }

    /// <summary>The seed of the hashes of keys; 0 if the job began before there were seeds.</summary>
    public ulong KeySeed { get; init; }

    /// <summary>Whether keys that are equal were one; before, they were if their stored bytes were the same.</summary>
    public bool AreKeysByEquality { get; init; }

    /// <summary>Where the keys of the epoch lie.</summary>
    [JsonIgnore]
    public ShardMap ShardMap => new(Shards, KeySeed, areKeysByBytes: !AreKeysByEquality);

    public int Parallelism { get; init; }

    public bool IsCompleted { get; init; }

    /// <summary>The savepoint that the job was last restored from; null: none.</summary>
    public string? RestoredFrom { get; init; }

    /// <summary>The epoch that the options of whoever committed this one said to go back to; null: to none.</summary>
    public long? RewoundTo { get; init; }

    /// <summary>Whether <see cref="OperatorManifest.Journal"/> tells what of each journal belongs to the epoch. False: an older version
    /// wrote it, which did not say.</summary>
    public bool TellsJournals { get; init; }

    /// <summary>By source name, then by partition.</summary>
    public SortedDictionary<string, SortedDictionary<string, PartitionManifest>> Sources { get; init; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, OperatorManifest> Operators { get; init; } = new(StringComparer.Ordinal);

    /// <summary>By sink name, then by writer.</summary>
    public SortedDictionary<string, SortedDictionary<int, byte[]>> Sinks { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Every schema that a retained blob may be written in, by its id in hexadecimal.</summary>
    public SortedDictionary<string, string> Schemas { get; init; } = new(StringComparer.Ordinal);

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.Manifest);

    public static Manifest Decode(ReadOnlyMemory<byte> bytes, string job, long epoch)
    {
        Manifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(bytes.Span, ManifestJson.Default.Manifest);
        }
        catch (JsonException error)
        {
            throw new StoreException(
                $"Job '{job}', epoch {epoch}: the stored manifest is damaged ({error.Message}). Restart from an older retained epoch.",
                inner: error);
        }

        if (manifest is null || manifest.Format > CurrentFormat)
        {
            throw new StoreException(
                $"Job '{job}', epoch {epoch} was written in format {manifest?.Format}, this version reads up to {CurrentFormat}. " +
                "Run the newer version of ActorStreams that wrote it.");
        }

        if (manifest.Pipeline.Length > 0 && manifest.Pipeline != job)
            throw new StoreException(
                $"Job '{job}', epoch {epoch}: the stored manifest is one of pipeline '{manifest.Pipeline}', so the store is damaged. Restore it from a backup.");
        return manifest;
    }
}

/// <summary>A source partition at the end of an epoch.</summary>
internal sealed record PartitionManifest
{
    public long Offset { get; init; }

    public byte[]? State { get; init; }

    /// <summary>Rows after <see cref="Offset"/> that belong to the epoch already: the barrier came in the middle of a read.</summary>
    public int Skip { get; init; }

    /// <summary>The watermark generator's memory.</summary>
    public long MaxTime { get; init; }

    public long Watermark { get; init; }

    /// <summary>The watermark that operators have seen: a restart must tell it at the same rows.</summary>
    public long? EmittedWatermark { get; init; }

    /// <summary>What the watermark strategy keeps besides: what it has learned, a user's generator. Null: nothing.</summary>
    public byte[]? WatermarkState { get; init; }

    /// <summary>The watermark after the last row, and what the source had declared by then: by how much event time goes on follows from
    /// them. Null: there was none.</summary>
    public long? WatermarkAtRows { get; init; }

    /// <inheritdoc cref="WatermarkAtRows"/>
    public long? DeclaredAtRows { get; init; }

    /// <summary>The watermark that went downstream from the actor that reads the partition; null: none yet.</summary>
    public long? Told { get; init; }

    /// <summary>It did not hold the watermark of the others: it was idle, or catching up after it was.</summary>
    public bool IsIdle { get; init; }

    public long Rows { get; init; }

    public long Late { get; init; }

    public long Rejected { get; init; }

    /// <summary>Rows that the watermark did not follow.</summary>
    public long Leaps { get; init; }

    /// <summary>The last row is one of them: the next one may confirm it.</summary>
    public bool HasLeapt { get; init; }

    public bool IsEnded { get; init; }

    /// <summary>A run that reads what is available came to the end that it had noted: the partition may be gone, and may have more
    /// rows.</summary>
    public bool IsCaughtUp { get; init; }

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.PartitionManifest);

    /// <exception cref="CodecException">The bytes are none.</exception>
    public static PartitionManifest Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, ManifestJson.Default.PartitionManifest)
                ?? throw new CodecException("they are no state of a partition");
        }
        catch (JsonException error)
        {
            throw new CodecException($"they are no state of a partition: {error.Message}", error);
        }
    }
}

/// <summary>An operator at the end of an epoch.</summary>
internal sealed record OperatorManifest
{
    /// <summary>The same in every region of the operator: barriers are aligned.</summary>
    public long Watermark { get; set; } = EventTime.MinValue;

    /// <summary>What the stored state depends on besides its schema: the size of windows, say. Null if there is no such thing, or an older
    /// version wrote it.</summary>
    public string? Definition { get; set; }

    public SortedDictionary<string, long> Counters { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What of its journal belongs to the epoch, shard by shard (<see cref="ShardHead.Encode"/>); null: it has none.</summary>
    public byte[]? Journal { get; set; }
}

[JsonSerializable(typeof(Manifest))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class ManifestJson : JsonSerializerContext;
