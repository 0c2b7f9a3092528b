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

    /// <summary>Whether several nodes may prepare what a job's writer commits (<see cref="OpenNodeAsync"/>). Default: no.</summary>
    public virtual bool TakesNodes => false;

    /// <summary>Opens the job for a node that takes part in an attempt: for reading, and for preparing parts of epochs. Fences
    /// nobody.</summary>
    /// <param name="job">The job's name; its writer has opened it before.</param>
    /// <param name="generation">The generation of the attempt, as its writer was given it (<see cref="JobJournal.Generation"/>).</param>
    /// <param name="cancellation">Ends the attempt to open.</param>
    /// <exception cref="NotSupportedException">The store is written by one process.</exception>
    /// <exception cref="StoreException">The store cannot be opened, or does not know the job.</exception>
    public virtual ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default) =>
        throw new NotSupportedException($"The store '{Description}' is written by one process, so no job can run on many nodes with it. " +
            "Use one that every node reaches, as Store.PostgreSql.");

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
