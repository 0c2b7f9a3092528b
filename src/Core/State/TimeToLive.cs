namespace ActorStreams;

/// <summary>How long a state lives after it was written last. One that is over is never seen again, and is removed by and by.</summary>
/// <remarks>
/// <para>By event time, the default: what a row at event time t reads is over if it was written at t − <see cref="Span"/> or before; what
/// a late row
/// reads, if it was over at the watermark already; what a timer reads, as of the timer's own time. So results follow from the rows and
/// their order, and
/// a replay gives the same. A write at an earlier time than the one before it does not shorten a life.</para>
/// <para>By processing time: as the job's clock says when the row comes. A replay may see other states.</para>
/// <para>Of a list every item has a life of its own, of a map every entry, of an event-sourced entity the whole.</para>
/// <para>What is over is removed as rows and watermarks come, a few states for each, so that no row waits for it; a removal is journaled
/// like any
/// other change. The time of the last write is stored, not the end: another span that is declared later holds for what is stored already.
/// What was
/// stored without a time to live, or in the other kind of time, lives from the restart on.</para>
/// </remarks>
public sealed record TimeToLive
{
    /// <summary>A time to live by event time.</summary>
    /// <param name="span">How long; more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The span is not more than zero.</exception>
    public TimeToLive(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
        Span = span;
    }

    /// <summary>How long a state lives.</summary>
    public TimeSpan Span { get; }

    /// <summary>Whether lives are measured by the job's clock instead of by event time. Default: false.</summary>
    public bool InProcessingTime { get; init; }

    /// <summary>Whether reading prolongs a life as writing does. Each row that reads is journaled then. Default: false.</summary>
    public bool RenewedByReads { get; init; }

    /// <summary>The span, and what differs from the defaults.</summary>
    public override string ToString() =>
        $"{Span} of {(InProcessingTime ? "processing" : "event")} time{(RenewedByReads ? ", renewed by reads" : "")}";
}
