namespace ActorStreams;

/// <summary>Aligned windows without overlap. Times before 1970 are legal: assignment rounds towards −∞.</summary>
public sealed class TumblingWindows : WindowAssigner, IPartitionOfTime
{
    internal TumblingWindows(TimeSpan size, TimeSpan offset)
    {
        Size = EventTime.PositiveMicros(size, "A tumbling window");
        Offset = EventTime.FloorMod(offset.ToMicros(), Size);
    }

    internal long Size { get; }

    internal long Offset { get; }

    internal override long Granularity => Offset == 0 ? Size : EventTime.GreatestCommonDivisor(Size, Offset);

    /// <summary>The window that holds <paramref name="time"/> (microseconds). Next to the ends of the range a window is cut
    /// short.</summary>
    public Window Assign(long time)
    {
        long start = StartOf(time);
        return new Window(start, EndOf(start));
    }

    /// <inheritdoc/>
    public override string ToString() => $"tumbling {TimeSpan.FromMicroseconds(Size)}" +
        (Offset == 0 ? "" : $" offset {TimeSpan.FromMicroseconds(Offset)}");

    long IPartitionOfTime.StartOf(long time) => StartOf(time);

    long IPartitionOfTime.EndOf(long start) => EndOf(start);

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        Window window = Assign(time);
        windows.Add(window);
        return window;
    }

    internal long StartOf(long time) => EventTime.AddSaturated(time, -Since(time));

    internal long EndOf(long start) => EventTime.AddSaturated(start, start == EventTime.MinValue ? Size - Since(start) : Size);

    /// <summary>How far <paramref name="time"/> is behind the boundary before it; time - offset could wrap around.</summary>
    private long Since(long time)
    {
        long since = EventTime.FloorMod(time, Size) - Offset;
        return since < 0 ? since + Size : since;
    }
}
