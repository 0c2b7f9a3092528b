using ActorStreams.Core.Time.Runtime;

namespace ActorStreams;

/// <summary>How a source partition's watermark follows from its rows: a function of the rows and their order, and of the clock only while
/// there are none (<see cref="WithQuiet"/>).</summary>
/// <remarks>
/// So a partition that is read again gives the same panes and the same late rows. Start with <see cref="Watermarks"/>; a strategy of your
/// own is an <see cref="IWatermarkGenerator{T}"/>. A source's watermark is the smallest of its partitions', but for idle ones; it never
/// goes back.
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

    /// <summary>What becomes of a partition's watermark while it is quiet; null: what fits the source
    /// (<see cref="Source{T}.Silence"/>).</summary>
    public WhenQuiet? Quiet { get; private set; }

    /// <summary>How far a partition may be ahead of the slowest before it is not read; null: any distance.</summary>
    public TimeSpan? MaxDrift { get; private set; }

    /// <summary>What is aligned with each other: the sources of one name here; null: the partitions of the source itself.</summary>
    public string? AlignmentGroup { get; private set; }

    /// <summary>A partition that gives no row for <paramref name="timeout"/> (by the job's clock) is idle: the watermark goes on without
    /// it.</summary>
    /// <remarks>
    /// A partition that gives rows again takes part at once if it is not behind. If it is, its rows are late where their windows are
    /// complete, and it takes part again once it has caught up: it neither moves the watermark back nor stalls it. Idleness is stored with
    /// the offsets.
    /// </remarks>
    /// <param name="timeout">How long a partition must be silent.</param>
    /// <param name="whenAllIdle">What becomes of the watermark while all partitions of the source are idle. Null: it stands where the
    /// furthest stands, which goes on with the clock where the source is one whose silence means that nothing happens
    /// (<see cref="WithQuiet"/>). <see cref="WhenAllIdle.Hold"/>: it stands, whatever the source.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout, WhenAllIdle? whenAllIdle = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var copy = (WatermarkStrategy)MemberwiseClone();
        (copy.IdleAfter, copy.AllIdle) = (timeout, whenAllIdle ?? WhenAllIdle.Hold);
        if (whenAllIdle is not null)
            copy.Quiet = WhenQuiet.Hold;   // two clocks would be one too many
        return copy;
    }

    /// <summary>What becomes of event time while a partition is quiet, whatever the source: it holds, or goes on with the clock.</summary>
    /// <remarks>
    /// Without it event time goes on where the watermark follows from the rows' times (<see cref="Watermarks.BoundedOutOfOrderness"/>,
    /// <see cref="Watermarks.Monotonic"/>, <see cref="Watermarks.Adaptive"/>) and the source is one whose silence means that nothing
    /// happens; the time is <see cref="JobOptions.QuietAfter"/>. Where rows or the source say themselves how far the data is complete,
    /// nobody else says so unless told to here.
    /// </remarks>
    /// <param name="whenQuiet">Hold, or go on after some time.</param>
    public WatermarkStrategy WithQuiet(WhenQuiet whenQuiet)
    {
        ArgumentNullException.ThrowIfNull(whenQuiet);
        var copy = (WatermarkStrategy)MemberwiseClone();
        copy.Quiet = whenQuiet;
        return copy;
    }

    /// <summary>Partitions whose watermark is more than <paramref name="maxDrift"/> ahead of the slowest are not read until it has come
    /// closer, so that what operators keep for the fast ones does not grow without limit.</summary>
    /// <remarks>
    /// The slowest is always read, and a partition that is idle, has ended, or is catching up after it was idle holds nobody back; without
    /// <see cref="WithIdleness"/> one that has given no row for 10 s counts as idle here: so none waits for ever. A partition may pass
    /// the drift by what one read brings. It changes when rows are read, not what the watermarks are.
    /// </remarks>
    /// <param name="maxDrift">Event time.</param>
    /// <param name="group">Sources of one pipeline that name the same group are aligned with each other; null: the partitions of this
    /// source alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDrift"/> is negative.</exception>
    public WatermarkStrategy WithAlignment(TimeSpan maxDrift, string? group = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDrift, TimeSpan.Zero);
        var copy = (WatermarkStrategy)MemberwiseClone();
        (copy.MaxDrift, copy.AlignmentGroup) = (maxDrift, group);
        return copy;
    }

    /// <summary>The watermark follows from the times of the rows, not from what rows or the source say of it: the clock may go on for
    /// them.</summary>
    internal virtual bool FollowsTimes => false;

    /// <summary>The watermark of a partition at its beginning.</summary>
    /// <exception cref="PipelineException">The strategy is made for other rows, or its state cannot be stored.</exception>
    internal abstract PartitionWatermark<T> Begin<T>();
}
