namespace ActorStreams.Authoring;

/// <summary>A kind of windows that only looks at the time of a row: made by <see cref="WindowKinds"/>.</summary>
public abstract class WindowAssigner
{
    /// <summary>The most windows to a row where each row is added to each of its windows: about a millisecond a row at ten thousand, and a
    /// megabyte a key.</summary>
    internal const int MostOneByOne = 10_000;

    private protected WindowAssigner()
    {
    }

    /// <summary>How many windows hold a row, at most.</summary>
    internal virtual long WindowsPerRow => 1;

    /// <summary>Whether windows of one key that overlap become one.</summary>
    internal virtual bool Merges => false;

    /// <summary>Whether two of them that only touch become one, too.</summary>
    internal virtual bool MergesTouching => false;

    /// <summary>The longest that a merged window may become, in microseconds.</summary>
    internal virtual long MaximumLength => long.MaxValue;

    /// <summary>Whether the time of a row is the clock at its arrival.</summary>
    internal virtual bool IsProcessingTime => false;

    /// <summary>All boundaries are multiples of this many microseconds.</summary>
    internal abstract long Granularity { get; }

    /// <summary>The same windows over the job's clock instead of event time: a row belongs to the window in which it arrives.</summary>
    /// <remarks>They complete and expire by the clock, and at the end of a bounded input. A replay after a crash reads the clock anew:
    /// results may differ.</remarks>
    public WindowAssigner InProcessingTime() => IsProcessingTime ? this : new ProcessingTimeWindows(this);

    /// <summary>Adds the windows of <paramref name="time"/>.</summary>
    /// <returns>The stretch of time, around <paramref name="time"/>, in which all times have these same windows.</returns>
    internal abstract Window Assign(long time, ICollection<Window> windows);

    /// <summary>Checks what was assigned to a row: an empty window would never be complete.</summary>
    internal static void CheckNotEmpty(Window window, object? assigner)
    {
        if (window.Start >= window.End)
            throw new PipelineException(
                $"{assigner?.GetType().Name} assigned the window {window}, which is empty. A window must begin before it ends.");
    }
}

/// <summary>Windows that cut time into pieces: every time is in exactly one.</summary>
internal interface IPartitionOfTime
{
    /// <summary>The start of the window that holds <paramref name="time"/>.</summary>
    long StartOf(long time);

    /// <summary>The end of the window that begins at <paramref name="start"/>.</summary>
    long EndOf(long start);
}

/// <summary>Windows over the clock.</summary>
internal sealed class ProcessingTimeWindows(WindowAssigner inner) : WindowAssigner
{
    internal override bool Merges => inner.Merges;

    internal override bool MergesTouching => inner.MergesTouching;

    internal override long MaximumLength => inner.MaximumLength;

    internal override bool IsProcessingTime => true;

    internal override long WindowsPerRow => inner.WindowsPerRow;

    /// <summary>Event time does not matter.</summary>
    internal override long Granularity => 0;

    /// <inheritdoc/>
    public override string ToString() => $"{inner} in processing time";

    internal override Window Assign(long time, ICollection<Window> windows) => inner.Assign(time, windows);
}

/// <summary>The user's own windows: they may look at the row.</summary>
/// <typeparam name="T">The row.</typeparam>
public abstract class WindowAssigner<T>
{
    /// <summary>Whether windows of one key that overlap become one, as sessions do.</summary>
    public virtual bool Merges => false;

    /// <summary>All boundaries are multiples of this span: the less fine, the less often the watermark has to be told. A millisecond unless
    /// said.</summary>
    public virtual TimeSpan Granularity => TimeSpan.FromMilliseconds(1);

    /// <summary>What these windows are, in words that change when they do: open windows are not continued under another
    /// definition.</summary>
    public abstract string Definition { get; }

    /// <summary>Adds the windows that a row belongs to; none is allowed. Called by several actors, so it must keep nothing.</summary>
    /// <param name="row">The row.</param>
    /// <param name="time">Its event time, in microseconds.</param>
    /// <param name="windows">Takes the windows, in any order: each begins before it ends. One that comes twice counts once, unless windows
    /// merge.</param>
    public abstract void Assign(in T row, long time, ICollection<Window> windows);
}
