using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Time;

/// <summary>How a source partition's watermark follows from its rows: a function of the rows and their order, never of the clock.</summary>
/// <remarks>
/// So a partition that is read again gives the same panes and the same late rows. Start with <see cref="Watermarks"/>; a strategy of your own is an
/// <see cref="IWatermarkGenerator{T}"/>. A source's watermark is the smallest of its partitions', but for idle ones; it never goes back.
/// </remarks>
public abstract class WatermarkStrategy
{
    private protected WatermarkStrategy()
    {
    }

    /// <summary>What it does, for plans.</summary>
    public abstract string Description { get; }

    /// <summary>How long a partition may give no row before it no longer holds the others' watermark back; null: it always does.</summary>
    public TimeSpan? IdleAfter { get; private set; }

    /// <summary>What becomes of the watermark while all partitions are idle.</summary>
    public WhenAllIdle AllIdle { get; private set; } = WhenAllIdle.Hold;

    /// <summary>How far a partition may be ahead of the slowest before it is not read; null: any distance.</summary>
    public TimeSpan? MaxDrift { get; private set; }

    /// <summary>What is aligned with each other: the sources of one name here; null: the partitions of the source itself.</summary>
    public string? AlignmentGroup { get; private set; }

    /// <summary>A partition that gives no row for <paramref name="timeout"/> (by the job's clock) is idle: the watermark goes on without it.</summary>
    /// <remarks>
    /// A partition that gives rows again takes part at once if it is not behind. If it is, its rows are late where their windows are complete,
    /// and it takes part again once it has caught up: it neither moves the watermark back nor stalls it. Idleness is stored with the offsets.
    /// </remarks>
    /// <param name="timeout">How long a partition must be silent.</param>
    /// <param name="whenAllIdle">What becomes of the watermark while all partitions of the source are idle; null: <see cref="WhenAllIdle.Hold"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout, WhenAllIdle? whenAllIdle = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var copy = (WatermarkStrategy)MemberwiseClone();
        (copy.IdleAfter, copy.AllIdle) = (timeout, whenAllIdle ?? WhenAllIdle.Hold);
        return copy;
    }

    /// <summary>Partitions whose watermark is more than <paramref name="maxDrift"/> ahead of the slowest are not read until it has come closer, so that
    /// what operators keep for the fast ones does not grow without limit.</summary>
    /// <remarks>
    /// The slowest is always read, and a partition that is idle, has ended, or is catching up after it was idle holds nobody back; without
    /// <see cref="WithIdleness"/> one that has given no row for 10 s counts as idle here: so none waits for ever. A partition may pass
    /// the drift by what one read brings. It changes when rows are read, not what the watermarks are.
    /// </remarks>
    /// <param name="maxDrift">Event time.</param>
    /// <param name="group">Sources of one pipeline that name the same group are aligned with each other; null: the partitions of this source alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDrift"/> is negative.</exception>
    public WatermarkStrategy WithAlignment(TimeSpan maxDrift, string? group = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDrift, TimeSpan.Zero);
        var copy = (WatermarkStrategy)MemberwiseClone();
        (copy.MaxDrift, copy.AlignmentGroup) = (maxDrift, group);
        return copy;
    }

    /// <summary>The watermark of a partition at its beginning.</summary>
    /// <exception cref="PipelineException">The strategy is made for other rows, or its state cannot be stored.</exception>
    internal abstract PartitionWatermark<T> Begin<T>();
}
