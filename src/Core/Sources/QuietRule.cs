namespace ActorStreams.Core.Sources;

/// <summary>By what the event time of a source's partitions goes on while they give no rows.</summary>
internal enum QuietClock
{
    /// <summary>By nothing: it waits for rows.</summary>
    None,

    /// <summary>By the job's clock.</summary>
    Wall,

    /// <summary>By what the source declares.</summary>
    Declared,
}

/// <summary>What becomes of a source's event time while partitions are quiet: what the pipeline says, or else what fits the kind of
/// source.</summary>
/// <param name="Clock">By what it goes on.</param>
/// <param name="Trail">How far it trails, in microseconds.</param>
/// <param name="StartsIdleAfter">How long a partition that never had a watermark may be quiet before nobody waits for it, in microseconds;
/// the largest value: for ever.</param>
/// <param name="IsBoundToClock">Event times have to do with the clock: rows from ahead of it must not make those of now late for
/// ever.</param>
/// <param name="AsksForEpochs">Epochs end when event time goes on, not at an interval: a test that lets time pass sees what comes of
/// it.</param>
internal sealed record QuietRule(QuietClock Clock, long Trail, long StartsIdleAfter, bool IsBoundToClock, bool AsksForEpochs)
{
    /// <summary>The least time between two epochs that are asked for.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    public static QuietRule None { get; } = new(QuietClock.None, 0, EventTime.MaxValue, false, false);

    public static QuietRule Of(WatermarkStrategy? strategy, Silence silence, JobOptions options)
    {
        if (strategy is null || strategy.Quiet == WhenQuiet.Hold)
            return None;
        bool isLive = silence != Silence.SaysNothing;
        if ((strategy.Quiet?.Timeout ?? (isLive ? options.QuietAfter : null)) is not { } after)
            return None;
        QuietClock clock = strategy.Quiet is not null ? QuietClock.Wall
            : !strategy.FollowsTimes ? QuietClock.None
            : silence == Silence.IsDeclared ? QuietClock.Declared
            : QuietClock.Wall;
        return new QuietRule(clock, after.ToMicros(), strategy.IdleAfter is null ? after.ToMicros() : EventTime.MaxValue,
            options.MaxEventTimeAhead is not null, options.EndsEpochsWhenQuiet);
    }
}
