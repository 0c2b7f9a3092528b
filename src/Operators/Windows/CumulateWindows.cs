namespace ActorStreams;

/// <summary>Windows that share a start and grow by a step up to their size, then begin anew: totals since midnight, every hour.</summary>
/// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/window-tvf/#cumulate">CUMULATE in Flink
/// SQL.</seealso>
public sealed class CumulateWindows : WindowAssigner
{
    private readonly TumblingWindows _whole;

    internal CumulateWindows(TimeSpan size, TimeSpan step, TimeSpan offset)
    {
        _whole = new TumblingWindows(size, offset);
        Step = EventTime.PositiveMicros(step, "A step");
        if (_whole.Size % Step != 0)
            throw new PipelineException($"Cumulating windows of {size} cannot grow by {step}: the size must be a multiple of the step.");
        if (WindowsPerRow > MostOneByOne)
        {
            throw new PipelineException(
                FormattableString.Invariant(
                $"Cumulating windows of {size} by {step} are not possible: each row would be in up to {WindowsPerRow:N0} windows, ") +
                FormattableString.Invariant($"and the most is {MostOneByOne:N0}. Take a longer step or a shorter size."));
        }
    }

    internal long Size => _whole.Size;

    internal long Step { get; }

    internal long Offset => _whole.Offset;

    internal override long WindowsPerRow => Size / Step;

    internal override long Granularity => EventTime.GreatestCommonDivisor(Step, Offset);

    /// <inheritdoc/>
    public override string ToString() =>
        $"cumulating {TimeSpan.FromMicroseconds(Size)} by {TimeSpan.FromMicroseconds(Step)}" +
            (Offset == 0 ? "" : $" offset {TimeSpan.FromMicroseconds(Offset)}");

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        Window whole = _whole.Assign(time);

        // Counted back from the end: the start may be cut short at the beginning of time.
        long left = Math.Max(0, unchecked(whole.End - 1 - time)) / Step;
        long end = EventTime.AddSaturated(whole.End, -left * Step);
        for (long steps = left; steps >= 0; steps--)
            windows.Add(new Window(whole.Start, EventTime.AddSaturated(whole.End, -steps * Step)));
        return new Window(Math.Max(whole.Start, EventTime.AddSaturated(end, -Step)), end);
    }
}
