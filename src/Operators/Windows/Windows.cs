using ActorStreams.Core;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Windows;

/// <summary>The kinds of windows.</summary>
public static class Windows
{
    /// <summary>Aligned windows without overlap: [offset + k·size, offset + (k+1)·size), k any integer.</summary>
    /// <param name="size">At least one microsecond.</param>
    /// <param name="offset">Moves all boundaries; zero unless given.</param>
    /// <exception cref="PipelineException"><paramref name="size"/> is not positive.</exception>
    public static TumblingWindows Tumbling(TimeSpan size, TimeSpan offset = default) => new(size, offset);
}

/// <summary>Aligned windows without overlap. Times before 1970 are legal: assignment rounds towards −∞.</summary>
public sealed class TumblingWindows
{
    internal TumblingWindows(TimeSpan size, TimeSpan offset)
    {
        if (size.ToMicros() < 1)
            throw new PipelineException($"A tumbling window of {size} is not possible: its size must be at least one microsecond.");
        (Size, Offset) = (size.ToMicros(), EventTime.FloorMod(offset.ToMicros(), size.ToMicros()));
    }

    internal long Size { get; }

    internal long Offset { get; }

    /// <summary>The window that holds <paramref name="time"/> (microseconds). Next to the ends of the range a window is cut short.</summary>
    public Window Assign(long time)
    {
        long start = StartOf(time);
        return new Window(start, EndOf(start));
    }

    internal long StartOf(long time) => EventTime.AddSaturated(time, -Since(time));

    internal long EndOf(long start) => EventTime.AddSaturated(start, start == EventTime.MinValue ? Size - Since(start) : Size);

    /// <summary>How far <paramref name="time"/> is behind the boundary before it; time - offset could wrap around.</summary>
    private long Since(long time)
    {
        long since = EventTime.FloorMod(time, Size) - Offset;
        return since < 0 ? since + Size : since;
    }

    /// <inheritdoc/>
    public override string ToString() => $"tumbling {TimeSpan.FromMicroseconds(Size)}" + (Offset == 0 ? "" : $" offset {TimeSpan.FromMicroseconds(Offset)}");
}

/// <summary>The result of one key and window.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TResult">The aggregate's result.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Window">The window; the result's event time is <c>Window.MaxTime</c>.</param>
/// <param name="Result">The aggregate's result.</param>
public readonly record struct WindowResult<TKey, TResult>(TKey Key, Window Window, TResult Result);
