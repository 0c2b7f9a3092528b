namespace ActorStreams.Authoring;

/// <summary>Writes rows for one actor.</summary>
/// <remarks>
/// The life of an epoch, in order: any number of <see cref="Write"/>, with <see cref="FlushAsync"/> whenever <see cref="IsFull"/>;
/// then <see cref="PrepareAsync"/> at the barrier; while the next epoch's rows are already being written, the store commits; then
/// <see cref="CommitAsync"/>. A crash after the store's commit is answered by <see cref="Sink{T}.OpenAsync"/> with the prepared handle in
/// its context: what CommitAsync would have done must be done there, and doing it twice must be as doing it once.
/// Write, FlushAsync and PrepareAsync are never called at the same time; CommitAsync may run beside them.
/// </remarks>
public abstract class SinkWriter<T> : IAsyncDisposable
{
    /// <summary>Takes rows into the writer's buffer. Never waits.</summary>
    /// <exception cref="RefusedRowException">One row cannot be written; any other exception fails the job.</exception>
    public abstract void Write(in Chunk<T> chunk);

    /// <summary>Told as the stream advances: no row with a smaller event time is expected any more. Default: nothing.</summary>
    public virtual void OnWatermark(long watermark)
    {
    }

    /// <summary>Whether <see cref="FlushAsync"/> must be awaited before more is written: the sink's back-pressure.</summary>
    public virtual bool IsFull => false;

    /// <summary>Brings the buffer to the outside, as far as the guarantee allows before the commit.</summary>
    public virtual ValueTask FlushAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Ends the epoch: everything written so far belongs to it.</summary>
    public virtual ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation) => new(PreparedOutput.None);

    /// <summary>Told after the store committed the epoch. Must be idempotent.</summary>
    public virtual ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
