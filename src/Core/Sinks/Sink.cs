namespace ActorStreams.Authoring;

/// <summary>Where rows go.</summary>
/// <typeparam name="T">The row.</typeparam>
public abstract class Sink<T>
{
    /// <summary>What is written, for plans and error messages. Never holds a secret.</summary>
    public abstract string Description { get; }

    /// <summary>What a reader of the sink sees after a crash.</summary>
    public abstract SinkGuarantee Guarantee { get; }

    /// <summary>What it can do about rows that replace, delete or take back earlier ones. A stream that gives more is refused when the pipeline is built.
    /// Default: nothing, every row is new.</summary>
    public virtual ChangelogMode Changelog => ChangelogMode.InsertOnly;

    /// <summary>How many writers may work at once; 1 for a single file. Default: as many as the stage before it has actors.</summary>
    public virtual int MaxParallelism => int.MaxValue;

    /// <summary>Makes the writer of one actor and brings the outside back to the last committed epoch.</summary>
    /// <param name="context">The job, the writer's number, and what the last committed epoch prepared.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public abstract ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation);
}

/// <summary>Writes rows for one actor.</summary>
/// <remarks>
/// The life of an epoch, in order: any number of <see cref="Write"/>, with <see cref="FlushAsync"/> whenever <see cref="IsFull"/>;
/// then <see cref="PrepareAsync"/> at the barrier; while the next epoch's rows are already being written, the store commits; then
/// <see cref="CommitAsync"/>. A crash after the store's commit is answered by <see cref="Sink{T}.OpenAsync"/> with the prepared handle in its context:
/// what CommitAsync would have done must be done there, and doing it twice must be as doing it once.
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

/// <summary>What a reader of the sink sees after a crash.</summary>
public enum SinkGuarantee
{
    /// <summary>Written inside the store's own transaction: exactly once.</summary>
    Transactional,

    /// <summary>Prepared with the epoch, committed after it, committed again on recovery: exactly once.</summary>
    TwoPhase,

    /// <summary>Written again after a crash with the same key and value: exactly once in effect.</summary>
    Idempotent,

    /// <summary>Rows of an epoch that did not commit are seen again.</summary>
    AtLeastOnce,
}

/// <summary>What a sink may know about the job that opens it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Operator">The sink's name in the pipeline.</param>
/// <param name="Writer">The number of this writer, from 0.</param>
/// <param name="CommittedEpoch">The last committed epoch; 0 before the first.</param>
/// <param name="Handle">What this writer prepared for that epoch; null if nothing or before the first.</param>
/// <param name="Generation">The job's fencing token: larger than that of every earlier run. An outside system that can compare should refuse smaller ones.</param>
/// <param name="Clock">The job's clock; the only one a sink may use.</param>
public sealed record SinkContext(
    string Pipeline, string Operator, int Writer, long CommittedEpoch, byte[]? Handle, long Generation, TimeProvider Clock)
{
    /// <summary>The job's store; null if it has none.</summary>
    public Store? Store { get; init; }

    /// <summary>The time from one epoch to the next: how often the sink prepares and commits.</summary>
    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);
}
