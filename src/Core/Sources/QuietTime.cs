namespace ActorStreams.Core.Sources;

/// <summary>How far the event time of one partition has gone on since its last row.</summary>
/// <remarks>
/// By the clock: from the moment a read began to wait, less the time that it trails by. By declarations: by as much as the source has
/// declared since its last row, less the
/// trail, which is a function of the place in the partition and so the same whenever it is read.
/// </remarks>
internal sealed class QuietTime(QuietRule rule)
{
    /// <summary>The watermark after the last row; the least value: there was none yet.</summary>
    public long AtRows { get; private set; } = EventTime.MinValue;

    /// <summary>What the source had declared by then.</summary>
    public long DeclaredAtRows { get; private set; } = EventTime.MinValue;

    /// <summary>Since when it has given no row, on a clock that nobody sets; never while it has some.</summary>
    public long Since { get; private set; } = EventTime.MaxValue;

    /// <summary>After how long without a row and without a watermark nobody waits for it.</summary>
    public long StartsIdleAt => EventTime.AddSaturated(Since, rule.StartsIdleAfter);

    public bool GoesByClock => rule.Clock == QuietClock.Wall;

    public void Restore(long atRows, long declared) => (AtRows, DeclaredAtRows) = (atRows, declared);

    public void OnRows() => Since = EventTime.MaxValue;

    /// <summary>A read begins to wait.</summary>
    public void OnWaiting(long now, long watermark)
    {
        if (Since != EventTime.MaxValue)
            return;
        Since = now;
        if (GoesByClock)
            AtRows = watermark;
    }

    /// <summary>Nothing is known of the time so far: it does not count.</summary>
    public void StartAnew(long now, long watermark) => (Since, AtRows) = (now, GoesByClock ? watermark : AtRows);

    /// <summary>The source has declared something.</summary>
    /// <param name="declared">What.</param>
    /// <param name="hasRows">Whether the read had rows.</param>
    /// <param name="watermark">The watermark after them.</param>
    /// <returns>Where the watermark stands now, by that; the least value: it says nothing.</returns>
    public long OnDeclared(long declared, bool hasRows, long watermark)
    {
        if (rule.Clock != QuietClock.Declared)
            return EventTime.MinValue;
        if (hasRows || DeclaredAtRows == EventTime.MinValue)
        {
            (DeclaredAtRows, AtRows) = (Math.Max(DeclaredAtRows, declared), watermark);
            return EventTime.MinValue;
        }

        long silence = declared - DeclaredAtRows - rule.Trail;
        return silence > 0 && AtRows != EventTime.MinValue ? EventTime.AddSaturated(AtRows, silence) : EventTime.MinValue;
    }

    /// <summary>Where the watermark stands by the clock; the least value: that says nothing.</summary>
    /// <param name="now">On a clock that nobody sets.</param>
    /// <param name="timeOfDay">On the clock that event times are told by.</param>
    /// <param name="bound">How far the watermark stands behind rows.</param>
    public long ReachedBy(long now, long timeOfDay, long bound)
    {
        if (!GoesByClock || Since == EventTime.MaxValue || AtRows == EventTime.MinValue || now - Since <= rule.Trail)
            return EventTime.MinValue;
        long reached = EventTime.AddSaturated(AtRows, now - Since - rule.Trail);
        return rule.IsBoundToClock ? Math.Min(reached, timeOfDay - bound) : reached;
    }

    /// <summary>When the clock will have reached a watermark.</summary>
    /// <param name="watermark">The watermark.</param>
    /// <param name="clock">The job's clock.</param>
    /// <param name="bound">How far the watermark stands behind rows.</param>
    public long ReachesAt(long watermark, TimeProvider clock, long bound)
    {
        if (!GoesByClock || Since == EventTime.MaxValue || AtRows == EventTime.MinValue)
            return EventTime.MaxValue;
        long reached = EventTime.AddSaturated(Since, rule.Trail + Math.Max(0, watermark - AtRows));
        return rule.IsBoundToClock ? Math.Max(reached, SourceClockwork.Now(clock) + watermark + bound - clock.GetUtcNow().ToMicros())
            : reached;
    }
}
