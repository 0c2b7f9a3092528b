using ActorStreams.Core.Storage;

namespace ActorStreams.Authoring;

/// <summary>A committed epoch.</summary>
/// <param name="Epoch">Its number: 1, 2, 3, … without gaps.</param>
/// <param name="Generation">The writer that committed it.</param>
/// <param name="CommittedAt">When, by the job's clock, in microseconds.</param>
/// <param name="Manifest">Source offsets, watermarks, schemas and sink handles, in the kernel's own encoding.</param>
public sealed record EpochRecord(long Epoch, long Generation, long CommittedAt, ReadOnlyMemory<byte> Manifest);

/// <summary>Everything one epoch changes.</summary>
/// <remarks>Its memory is the job's own again when the commit has succeeded: the next epoch writes over it. A store that keeps a payload
/// copies it.</remarks>
public sealed record EpochCommit
{
    /// <summary>The epoch: the last committed one + 1.</summary>
    public required long Epoch { get; init; }

    /// <summary>When, by the job's clock, in microseconds.</summary>
    public required long CommittedAt { get; init; }

    /// <summary>Source offsets, watermarks, schemas and sink handles, in the kernel's own encoding.</summary>
    public required ReadOnlyMemory<byte> Manifest { get; init; }

    /// <summary>The changes of the epoch, and the snapshots taken at its end.</summary>
    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>Rows for tables, in the order to be written.</summary>
    public required IReadOnlyList<TableWrite> Tables { get; init; }

    /// <summary>Records for topics. Their offsets are given in the transaction, in the order in which transactions reach a
    /// partition.</summary>
    public IReadOnlyList<TopicWrite> Topics { get; init; } = [];

    /// <summary>What nodes have prepared, which becomes part of the epoch: all of it is there, or nothing is committed. In order of
    /// <see cref="PreparedPart.Instance"/>; none for a job in one process.</summary>
    public IReadOnlyList<PreparedPart> Prepared { get; init; } = [];

    /// <summary>The oldest epoch that must stay readable; whatever only older epochs need may be dropped, now or later.</summary>
    public required long RetainFrom { get; init; }
}

/// <summary>The changes of one shard of one operator in one epoch, or its whole state at the end of the epoch.</summary>
/// <param name="Operator">The operator's name in the pipeline.</param>
/// <param name="Shard">The shard, from 0.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="IsSnapshot">True: the payload is the whole state and replaces everything before. An epoch has events or a snapshot of a
/// shard, not both.</param>
/// <param name="Part">The number of this blob among those of the same shard and epoch, from 0; a blob has at most 1 MB.</param>
/// <param name="Payload">The blob, in the kernel's own encoding; the store adds and checks a CRC32C.</param>
public readonly record struct JournalEvent(string Operator, int Shard, long Epoch, bool IsSnapshot, int Part, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What <see cref="JournalChecksum"/> says of it, so that it is computed once; null: nobody has yet. A store that keeps it
    /// shows it with the events that it reads.</summary>
    public uint? Checksum { get; init; }
}
