namespace ActorStreams;

/// <summary>Windows of activity: a row at t opens [t, t + gap), and windows of one key that overlap become one.</summary>
public sealed class SessionWindows : WindowAssigner
{
    private readonly bool _mergesTouching;
    private readonly long _maximumLength;

    internal SessionWindows(TimeSpan gap, TimeSpan? maximumLength)
    {
        Gap = EventTime.PositiveMicros(gap, "A gap");
        _maximumLength = maximumLength is { } length ? EventTime.PositiveMicros(length, "A session") : long.MaxValue;
        if (_maximumLength < Gap)
            throw new PipelineException(
                $"Sessions of at most {maximumLength} cannot have a gap of {gap}: a session of one row is as long as its gap.");
    }

    private SessionWindows(SessionWindows other, bool mergesTouching) =>
        (Gap, _maximumLength, _mergesTouching) = (other.Gap, other._maximumLength, mergesTouching);

    internal long Gap { get; }

    internal override bool Merges => true;

    internal override bool MergesTouching => _mergesTouching;

    internal override long MaximumLength => _maximumLength;

    /// <summary>A millisecond: a session ends anywhere.</summary>
    internal override long Granularity => EventTime.GreatestCommonDivisor(1_000, Gap);

    /// <summary>Also merges sessions that only touch: a row exactly one gap after the last one of a session belongs to it.</summary>
    public SessionWindows MergeTouching() => new(this, mergesTouching: true);

    /// <inheritdoc/>
    public override string ToString() => $"sessions with a gap of {TimeSpan.FromMicroseconds(Gap)}" +
        (_maximumLength == long.MaxValue ? "" : $", at most {TimeSpan.FromMicroseconds(_maximumLength)}") +
            (_mergesTouching ? ", touching ones merged" : "");

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        long end = EventTime.AddSaturated(time, Gap);
        windows.Add(new Window(time, end));
        return new Window(time, EventTime.AddSaturated(time, 1));
    }
}
