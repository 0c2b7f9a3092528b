using ActorStreams.Core.Storage;

namespace ActorStreams.Authoring;

/// <summary>The truth: journals, snapshots, source offsets and committed sink output of any number of jobs.</summary>
/// <remarks>
/// One contract suite holds every implementation to this text. A store is safe for use by several jobs of one process;
/// several processes may open the same store, and a job that is opened again fences its earlier writer.
/// </remarks>
public abstract class Store : IAsyncDisposable
{
    /// <summary>No store: the job keeps nothing, and every start is a new beginning. No epoch is written, skipped rows are lost, and a failure ends the job unless
    /// <see cref="JobOptions.Restart"/> says otherwise.</summary>
    public static Store Volatile { get; } = new VolatileStore();

    /// <summary>What the store is, for plans and error messages; never holds a password.</summary>
    public abstract string Description { get; }

    /// <summary>What survives which failure, in one sentence.</summary>
    public abstract string Durability { get; }

    /// <summary>Becomes the job's one writer: takes the next generation, which fences every earlier writer of the job.</summary>
    /// <exception cref="StoreException">The store cannot be opened, is damaged, or was written by a newer version; the message says what to do.</exception>
    public abstract ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default);

    /// <summary>Opens the job for reading only; fences nobody. Null if the job was never opened.</summary>
    public abstract ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default);

    /// <summary>The durable logs that jobs write and read.</summary>
    /// <exception cref="NotSupportedException">The store has none.</exception>
    public virtual TopicLog Topics => throw new NotSupportedException($"The store '{Description}' has no topics.");

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Reads what a job committed. Every answer is of committed epochs only.</summary>
public abstract class JobReader : IAsyncDisposable
{
    /// <summary>The retained epochs, oldest first; the last one is the newest committed. Empty before the first commit.</summary>
    public abstract ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default);

    /// <summary>The newest committed epoch, or null before the first commit.</summary>
    public abstract ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default);

    /// <summary>
    /// What rebuilds the shards [<paramref name="firstShard"/>, <paramref name="firstShard"/> + <paramref name="count"/>) of an operator as of the end
    /// of <paramref name="epoch"/>: for each shard its newest snapshot not after that epoch, then the later events up to it, in order of epoch.
    /// </summary>
    /// <remarks>Shards come in ascending order; parts of one event in ascending part. Checksums were verified.</remarks>
    /// <exception cref="StoreException">A stored blob is damaged, or the epoch is not retained.</exception>
    public abstract IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch, CancellationToken cancellation = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The job's one writer, until another takes the next generation.</summary>
public abstract class JobJournal : JobReader
{
    /// <summary>The fencing token: 1 for the first writer, one more for each later one.</summary>
    public abstract long Generation { get; }

    /// <summary>Commits an epoch in ONE transaction: all of it or nothing, durable when the call returns.</summary>
    /// <remarks>
    /// Idempotent: committing the same epoch with the same content again does nothing. When the connection is lost during the commit the
    /// store finds out by itself, from the epoch's row, whether it is committed, before it answers.
    /// </remarks>
    /// <exception cref="FencedException">Another writer holds a newer generation; nothing was written.</exception>
    /// <exception cref="StoreException">Nothing was written; <see cref="StoreException.IsTransient"/> says whether trying again can help.</exception>
    /// <exception cref="InvalidOperationException">The epoch is not the next one, or was committed with other content: a bug of ours.</exception>
    public abstract ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default);

    /// <summary>Finds out whether this writer may still commit, without committing. Default: it may, as far as is known.</summary>
    /// <exception cref="FencedException">Another writer holds a newer generation; the message names the store and the job.</exception>
    public virtual ValueTask CheckFenceAsync(CancellationToken cancellation = default) => ValueTask.CompletedTask;

    /// <summary>Forgets every epoch after <paramref name="epoch"/>, which must be retained, so that the job goes on from there.</summary>
    /// <remarks>Rows already written to tables and topics by later epochs stay: these are not versioned.</remarks>
    public abstract ValueTask RewindAsync(long epoch, CancellationToken cancellation = default);
}

/// <summary>A committed epoch.</summary>
/// <param name="Epoch">Its number: 1, 2, 3, … without gaps.</param>
/// <param name="Generation">The writer that committed it.</param>
/// <param name="CommittedAt">When, by the job's clock, in microseconds.</param>
/// <param name="Manifest">Source offsets, watermarks, schemas and sink handles, in the kernel's own encoding.</param>
public sealed record EpochRecord(long Epoch, long Generation, long CommittedAt, ReadOnlyMemory<byte> Manifest);

/// <summary>Everything one epoch changes.</summary>
/// <remarks>Its memory is the job's own again when the commit has succeeded: the next epoch writes over it. A store that keeps a payload copies it.</remarks>
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

    /// <summary>Records for topics. Their offsets are given in the transaction, in the order in which transactions reach a partition.</summary>
    public IReadOnlyList<TopicWrite> Topics { get; init; } = [];

    /// <summary>The oldest epoch that must stay readable; whatever only older epochs need may be dropped, now or later.</summary>
    public required long RetainFrom { get; init; }
}

/// <summary>The changes of one shard of one operator in one epoch, or its whole state at the end of the epoch.</summary>
/// <param name="Operator">The operator's name in the pipeline.</param>
/// <param name="Shard">The shard, from 0.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="IsSnapshot">True: the payload is the whole state and replaces everything before. An epoch has events or a snapshot of a shard, not both.</param>
/// <param name="Part">The number of this blob among those of the same shard and epoch, from 0; a blob has at most 1 MB.</param>
/// <param name="Payload">The blob, in the kernel's own encoding; the store adds and checks a CRC32C.</param>
public readonly record struct JournalEvent(string Operator, int Shard, long Epoch, bool IsSnapshot, int Part, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What <see cref="JournalChecksum"/> says of it, so that it is computed once; null: nobody has yet. A store that keeps it shows it
    /// with the events that it reads.</summary>
    public uint? Checksum { get; init; }
}
