namespace ActorStreams;

/// <summary>A half-open interval of event time, [<paramref name="Start"/>, <paramref name="End"/>), in microseconds.</summary>
/// <remarks>Complete when the watermark reaches <paramref name="End"/>. The last event time in it is <see cref="MaxTime"/>.</remarks>
public readonly record struct Window(long Start, long End)
{
    /// <summary>The largest event time inside: <c>End - 1</c>; also the event time of the window's results.</summary>
    public long MaxTime => End - 1;

    /// <summary>The start as an instant.</summary>
    public DateTimeOffset StartTime => EventTime.ToDateTimeOffset(Start);

    /// <summary>The end, exclusive, as an instant.</summary>
    public DateTimeOffset EndTime => EventTime.ToDateTimeOffset(End);

    /// <summary>Whether <paramref name="time"/> lies in the interval.</summary>
    public bool Contains(long time) => time >= Start && time < End;

    /// <summary>The order of windows: by start, then by end.</summary>
    internal bool IsBefore(Window other) => Start < other.Start || (Start == other.Start && End < other.End);

    /// <inheritdoc/>
    public override string ToString() => $"[{EventTime.Format(Start)}, {EventTime.Format(End)})";
}
