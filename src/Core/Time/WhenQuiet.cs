namespace ActorStreams;

/// <summary>What becomes of event time while a source partition is quiet: it is open, has given everything there is, and nothing comes. See
/// <see cref="WatermarkStrategy.WithQuiet"/>.</summary>
public sealed record WhenQuiet
{
    private WhenQuiet(TimeSpan? timeout) => Timeout = timeout;

    /// <summary>Event time stands still until a row comes: what has not come out waits for it. For rows that come in pieces, such as a file
    /// of the last hour that is uploaded every hour.</summary>
    public static WhenQuiet Hold { get; } = new((TimeSpan?)null);

    /// <summary>How long a partition must be quiet before event time goes on; null: it holds.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>After <paramref name="silence"/> without a row event time goes on as fast as the clock, from where the partition's
    /// watermark stands, so that final results come out although no further row does.</summary>
    /// <remarks>
    /// It trails by the silence: of rows that come again as late behind the clock as the last one before the silence, none is late, nor are
    /// those that come up to the bound and
    /// <paramref name="silence"/> later still. Others are late by the usual rules. It moves where an epoch ends and is stored with the
    /// offsets, so that a restart repeats it.
    /// </remarks>
    /// <param name="silence">By the job's clock; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="silence"/> is not positive.</exception>
    public static WhenQuiet GoOnAfter(TimeSpan silence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(silence, TimeSpan.Zero);
        return new WhenQuiet(silence);
    }
}
