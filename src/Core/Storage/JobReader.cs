using ActorStreams.Core.Storage;

namespace ActorStreams.Authoring;

/// <summary>Reads what a job committed. Every answer is of committed epochs only.</summary>
public abstract class JobReader : IAsyncDisposable
{
    /// <summary>The retained epochs, oldest first; the last one is the newest committed. Empty before the first commit.</summary>
    public abstract ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default);

    /// <summary>The newest committed epoch, or null before the first commit.</summary>
    public abstract ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default);

    /// <summary>
    /// What rebuilds the shards [<paramref name="firstShard"/>, <paramref name="firstShard"/> + <paramref name="count"/>) of an operator as
    /// of the end of <paramref name="epoch"/>: for each shard its newest snapshot not after that epoch, then the later events up to it, in
    /// order of epoch.
    /// </summary>
    /// <remarks>Shards come in ascending order; parts of one event in ascending part. Checksums were verified.</remarks>
    /// <exception cref="StoreException">A stored blob is damaged, or the epoch is not retained.</exception>
    public abstract IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
