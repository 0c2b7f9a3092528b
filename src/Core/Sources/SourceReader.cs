namespace ActorStreams.Authoring;

/// <summary>Reads one partition. Used by one actor at a time.</summary>
public abstract class SourceReader<T> : IAsyncDisposable
{
    /// <summary>Puts the next rows into <paramref name="buffer"/>, at least one unless the partition has ended. Waits for rows if there
    /// are none now.</summary>
    /// <returns>False once the partition has ended (nothing was added then); true otherwise.</returns>
    /// <remarks>A record that cannot be read as a row goes to <see cref="SourceBuffer{T}.Reject"/>; it counts as added.</remarks>
    public abstract ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation);

    /// <summary>The offset just after the last row that was put into a buffer: what the next epoch commits.</summary>
    public abstract SourceOffset Offset { get; }

    /// <summary>Whether an epoch may end after the rows of the last read that is complete. False in the middle of rows that become visible
    /// together: the epoch
    /// then waits for further reads, so they must come without much delay. Only asked if the source
    /// <see cref="Source{T}.KeepsReadsWhole"/>. Default: true.</summary>
    /// <remarks>Asked when a read is complete; one that brings a declaration and no row can change the answer.</remarks>
    public virtual bool MayEndEpoch => true;

    /// <summary>Whether a read that waits has given all there is. False while that cannot be known, as when a connection is being made
    /// anew: such a silence means nothing.
    /// Asked while the read waits, from another thread. Default: true.</summary>
    public virtual bool IsUpToDate => true;

    /// <summary>Whom a source waits for that declares its watermarks, for people; null: not known.</summary>
    internal virtual string? WaitsFor => null;

    /// <summary>Whether rows of the initial snapshot are still to come, after those of the last read that is complete. Only asked if the
    /// source <see cref="Source{T}.HasInitialSnapshot"/>.
    /// Default: false.</summary>
    /// <remarks>Asked when the partition is opened, and when a read is complete; the read that brings the last of these rows, or one with
    /// a declaration alone after it, makes it false. Streams that wait begin once that is committed.</remarks>
    public virtual bool HasSnapshotRows => false;

    /// <summary>Told after an epoch with this offset is committed: the moment to acknowledge to a broker. Default: nothing.</summary>
    public virtual ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
