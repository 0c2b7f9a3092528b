namespace ActorStreams.Authoring;

/// <summary>A durable, partitioned, replayable log of the store.</summary>
/// <param name="Name">1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c></param>
/// <param name="Partitions">1 to 1,024; fixed when the topic is made, because keys are placed by it.</param>
public sealed record TopicSpec(string Name, int Partitions)
{
    /// <summary>Whether only the last record of each key is kept (records carry their keys then). Fixed when the topic is made. Default:
    /// false.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>Records committed longer ago than this, by the clock of the jobs that write, are dropped. Null, the default:
    /// none.</summary>
    public TimeSpan? RetainFor { get; init; }

    /// <summary>The oldest records of a partition are dropped while it has more bytes than this. Null, the default: none are.</summary>
    public long? RetainBytes { get; init; }

    /// <summary>How long the deletion of a key stays readable in a compacted topic. Default: 1 day.</summary>
    public TimeSpan RetainDeletionsFor { get; init; } = TimeSpan.FromDays(1);
}

/// <summary>A topic as the store knows it.</summary>
/// <param name="Spec">What it is.</param>
/// <param name="Schemas">Every schema its records were written with, the oldest first; records name theirs by its index.</param>
public sealed record Topic(TopicSpec Spec, IReadOnlyList<Schema> Schemas);

/// <summary>What one sink writer appends to a topic in an epoch.</summary>
/// <param name="Topic">The topic's name; it must be there.</param>
/// <param name="Producer">Who writes, stable over restarts: pipeline and sink. What several writers of it report is taken together.</param>
/// <param name="Watermark">No row the writer adds in a later epoch has a smaller event time, late ones apart; the largest value: it never
/// adds one again.</param>
/// <param name="Blobs">The records, in order within each partition.</param>
public sealed record TopicWrite(string Topic, string Producer, long Watermark, IReadOnlyList<TopicBlob> Blobs)
{
    /// <summary>How long the producer may be silent before it counts as gone and holds nothing back any more. It should be several epochs.
    /// Default: 30 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Records for one partition of a topic; the store gives them their offsets.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Schema">The index of their schema among <see cref="Topic.Schemas"/>.</param>
/// <param name="Records">How many, at least 1.</param>
/// <param name="MinTime">The smallest event time.</param>
/// <param name="MaxTime">The largest event time.</param>
/// <param name="Payload">The records, in the kernel's own encoding, about 1 MB; the store adds and checks a CRC32C.</param>
public readonly record struct TopicBlob(int Partition, int Schema, int Records, long MinTime, long MaxTime, ReadOnlyMemory<byte> Payload);

/// <summary>Records of a partition as they are stored.</summary>
/// <param name="Offset">The offset of the first.</param>
/// <param name="Span">How many offsets they cover; more than <paramref name="Records"/> where compaction has dropped some.</param>
/// <param name="Records">How many there are; 0 where only a watermark was recorded, before rows that come behind it.</param>
/// <param name="Schema">The index of their schema among <see cref="Topic.Schemas"/>.</param>
/// <param name="MinTime">The smallest event time when they were written.</param>
/// <param name="MaxTime">The largest event time when they were written.</param>
/// <param name="Watermark">What all producers together had reached after them: no later row has a smaller event time, late ones
/// apart.</param>
/// <param name="WrittenAt">When they were committed, by the job's clock, in microseconds.</param>
/// <param name="Payload">The records, in the kernel's own encoding; its checksum was verified.</param>
public readonly record struct TopicEntry(
    long Offset, int Span, int Records, int Schema, long MinTime, long MaxTime, long Watermark, long WrittenAt,
        ReadOnlyMemory<byte> Payload)
{
    /// <summary>The offset after the last.</summary>
    public long NextOffset => Offset + Span;
}

/// <summary>How far a partition reaches.</summary>
/// <param name="First">The oldest offset that retention has left.</param>
/// <param name="Next">The offset that the next record will have.</param>
/// <param name="Watermark">What its producers have reached: no record from <paramref name="Next"/> on has a smaller event time, late ones
/// apart.</param>
public readonly record struct TopicRange(long First, long Next, long Watermark)
{
    /// <summary>From this offset on, entries follow each other without a gap: what compaction drops, its neighbours cover. 0, save where an
    /// older version has compacted.</summary>
    public long WholeFrom { get; init; }

    /// <summary>Who has appended, so that readers that wait can say for whom, and go on with the clock when nobody is left; null: not
    /// known.</summary>
    public TopicProducers? Producers { get; init; }

    /// <inheritdoc/>
    public bool Equals(TopicRange other) => First == other.First && Next == other.Next && Watermark == other.Watermark
        && WholeFrom == other.WholeFrom;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(First, Next, Watermark, WholeFrom);
}

/// <summary>The topics of a store. Safe for use by several jobs; every answer is of committed epochs only.</summary>
public abstract class TopicLog
{
    /// <summary>Makes the topic if it is not there, adds <paramref name="schema"/> to its schemas if it is new, and takes over how long
    /// records are kept.</summary>
    /// <returns>The topic, and the index of the schema.</returns>
    /// <exception cref="StoreException">It is there with another number of partitions, or is compacted and should not be, or the other way
    /// round.</exception>
    public abstract ValueTask<(Topic Topic, int Schema)> OpenAsync(TopicSpec spec, Schema schema, CancellationToken cancellation = default);

    /// <summary>The topic; null if it is not there.</summary>
    public abstract ValueTask<Topic?> FindAsync(string name, CancellationToken cancellation = default);

    /// <summary>How far a partition reaches now.</summary>
    public abstract ValueTask<TopicRange> RangeAsync(string name, int partition, CancellationToken cancellation = default);

    /// <summary>The entries of a partition from the one that holds offset <paramref name="from"/> (or the next one there is) on, at least
    /// one if there is one, together at most <paramref name="maxBytes"/> otherwise.</summary>
    /// <exception cref="StoreException">An entry is damaged.</exception>
    public abstract ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(string name, int partition, long from, int maxBytes,
        CancellationToken cancellation = default);

    /// <summary>The offset of the first entry with a record of event time <paramref name="time"/> or later; the next offset if there is
    /// none.</summary>
    public abstract ValueTask<long> EntryAtAsync(string name, int partition, long time, CancellationToken cancellation = default);

    /// <summary>Drops what retention and compaction allow to drop, as of <paramref name="now"/>. A store does this by itself between
    /// epochs, little by little.</summary>
    public abstract ValueTask CompactAsync(string name, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>Calls <paramref name="appended"/> after each commit of this process that appends to the topic, until it is disposed of. It
    /// must be short and not throw.</summary>
    public abstract IDisposable OnAppended(string name, Action appended);
}
