namespace ActorStreams;

/// <summary>What becomes of a source's watermark while all its partitions are idle; see
/// <see cref="WatermarkStrategy.WithIdleness"/>.</summary>
public sealed record WhenAllIdle
{
    private WhenAllIdle(TimeSpan? timeout) => Timeout = timeout;

    /// <summary>The watermark stands where the furthest of the partitions stood until a row comes, whatever the source.</summary>
    public static WhenAllIdle Hold { get; } = new((TimeSpan?)null);

    /// <summary>How long all partitions must be silent before the watermark goes on; null: it holds.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Once all partitions have been idle, and silent for <paramref name="timeout"/>, the watermark goes on as fast as the clock,
    /// from where the furthest of them stood and the moment the last of them fell silent: final results come out even when no further row
    /// arrives.</summary>
    /// <remarks>
    /// By the job's clock; deterministic under a virtual one. Rows that come after the silence and are behind are late, and a replay, in
    /// which nothing is silent, has no such rows. It advances in steps of at least 200 ms, by the whole silence at once;
    /// <see cref="WhenQuiet.GoOnAfter"/> trails by it, for each partition, and is the better choice for new pipelines.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    public static WhenAllIdle AdvanceAfter(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new WhenAllIdle(timeout);
    }
}
