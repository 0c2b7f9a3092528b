using ActorStreams.Core.Storage;

namespace ActorStreams;

/// <summary>The truth: journals, snapshots, source offsets and committed sink output of any number of jobs.</summary>
/// <remarks>
/// One contract suite holds every implementation to this text. A store is safe for use by several jobs of one process;
/// several processes may open the same store, and a job that is opened again fences its earlier writer.
/// </remarks>
public abstract class Store : IAsyncDisposable
{
    /// <summary>No store: the job keeps nothing, and every start is a new beginning. No epoch is written, skipped rows are lost, and a
    /// failure ends the job unless <see cref="JobOptions.Restart"/> says otherwise.</summary>
    public static Store Volatile { get; } = new VolatileStore();

    /// <summary>What the store is, for plans and error messages; never holds a password.</summary>
    public abstract string Description { get; }

    /// <summary>What survives which failure, in one sentence.</summary>
    public abstract string Durability { get; }

    /// <summary>Becomes the job's one writer: takes the next generation, which fences every earlier writer of the job.</summary>
    /// <exception cref="StoreException">The store cannot be opened, is damaged, or was written by a newer version; the message says what to
    /// do.</exception>
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
