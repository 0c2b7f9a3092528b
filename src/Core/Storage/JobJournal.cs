using ActorStreams.Core.Storage;

namespace ActorStreams.Authoring;

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
    /// <exception cref="StoreException">Nothing was written; <see cref="StoreException.IsTransient"/> says whether trying again can
    /// help.</exception>
    /// <exception cref="InvalidOperationException">The epoch is not the next one, or was committed with other content: a bug of
    /// ours.</exception>
    public abstract ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default);

    /// <summary>Finds out whether this writer may still commit, without committing. Default: it may, as far as is known.</summary>
    /// <exception cref="FencedException">Another writer holds a newer generation; the message names the store and the job.</exception>
    public virtual ValueTask CheckFenceAsync(CancellationToken cancellation = default) => ValueTask.CompletedTask;

    /// <summary>Forgets every epoch after <paramref name="epoch"/>, which must be retained, so that the job goes on from there.</summary>
    /// <remarks>Rows already written to tables and topics by later epochs stay: these are not versioned.</remarks>
    public abstract ValueTask RewindAsync(long epoch, CancellationToken cancellation = default);
}
