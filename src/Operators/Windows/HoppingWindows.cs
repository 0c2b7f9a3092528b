namespace ActorStreams;

/// <summary>Aligned windows of one size that begin every slide: they overlap, or leave gaps where the slide is larger than the
/// size.</summary>
/// <remarks>Next to the ends of the range of time a window that would reach beyond it is cut short.</remarks>
public sealed class HoppingWindows : WindowAssigner
{
    /// <summary>The most windows to a row. A key gives a result for each window that holds a row of it: a hundred thousand take it half a
    /// second, and up to 100 MB of slices.</summary>
    internal const int MostPerRow = 100_000;

    internal HoppingWindows(TimeSpan size, TimeSpan slide, TimeSpan offset)
    {
        Size = EventTime.PositiveMicros(size, "A hopping window");
        Slide = EventTime.PositiveMicros(slide, "A slide");
        Offset = EventTime.FloorMod(offset.ToMicros(), Slide);
        if (WindowsPerRow > MostPerRow)
        {
            throw new PipelineException(
                FormattableString.Invariant(
                $"Hopping windows of {size} every {slide} are not possible: each row would be in {WindowsPerRow:N0} windows, ") +
                FormattableString.Invariant(
                    $"and the most is {MostPerRow:N0}. Take a longer slide or a shorter size; for a result per row, use Over."));
        }
    }

    internal long Size { get; }

    internal long Slide { get; }

    internal long Offset { get; }

    internal override long WindowsPerRow => ((Size - 1) / Slide) + 1;

    internal override long Granularity => EventTime.GreatestCommonDivisor(EventTime.GreatestCommonDivisor(Size, Slide), Offset);

    /// <inheritdoc/>
    public override string ToString() =>
        $"hopping {TimeSpan.FromMicroseconds(Size)} every {TimeSpan.FromMicroseconds(Slide)}" +
            (Offset == 0 ? "" : $" offset {TimeSpan.FromMicroseconds(Offset)}");

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        // Distances from time, so that nothing wraps around: starts lie at time - since - k·slide, ends size after them.
        long since = EventTime.FloorMod(time, Slide) - Offset;
        since = since < 0 ? since + Slide : since;
        long last = -since, next = Slide - since, from = EventTime.MinValue, to = EventTime.AddSaturated(time, next);
        for (long slides = since < Size ? (Size - since - 1) / Slide : -1; slides >= 0; slides--)
        {
            // The earliest end above time bounds the stretch, and so does the latest start.
            long start = last - (slides * Slide), end = start + Size;
            windows.Add(new Window(EventTime.AddSaturated(time, start), EventTime.AddSaturated(time, end)));
            to = Math.Min(to, EventTime.AddSaturated(time, end));
        }

        // Behind: the latest start, and the latest end that is not above time.
        from = Math.Max(from, EventTime.AddSaturated(time, last));
        long closed = EventTime.FloorMod(Size - since, Slide);
        from = Math.Max(from, EventTime.AddSaturated(time, closed == 0 ? 0 : closed - Slide));
        return new Window(from, to);
    }
}
