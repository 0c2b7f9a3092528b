namespace ActorStreams.Operators.Changelogs;

/// <summary>The windows of SQL that lie at fixed places: TUMBLE, HOP and CUMULATE. One after the other, so that none is kept.</summary>
/// <param name="Size">How long a window is, in microseconds; of CUMULATE the longest.</param>
/// <param name="Step">From one window to the next: of TUMBLE the size, of HOP the slide, of CUMULATE what it grows by.</param>
/// <param name="Offset">How far windows are moved from 1970.</param>
/// <param name="IsCumulate">Windows share their start and grow; else they have one size.</param>
internal readonly record struct WindowGrid(long Size, long Step, long Offset, bool IsCumulate)
{
    /// <summary>Windows of processing time: the watermark says nothing of them, so no row is late, and rows keep their event
    /// times.</summary>
    public bool IsProcessingTime { get; init; }

    /// <summary>The first window that a time is in.</summary>
    /// <returns>False: it is in none, because it lies between two.</returns>
    public bool TryFirst(long time, out Window window)
    {
        long cycle = IsCumulate ? Size : Step, start = time - EventTime.FloorMod(time - Offset, cycle);
        window = new Window(start, IsCumulate ? start + (((time - start) / Step) + 1) * Step : start + Size);
        return window.Contains(time);
    }

    /// <summary>The next window that the time is in: an earlier one of HOP, a longer one of CUMULATE.</summary>
    public bool TryNext(long time, ref Window window)
    {
        window = IsCumulate ? window with { End = window.End + Step } : new Window(window.Start - Step, window.End - Step);
        return IsCumulate ? window.End - window.Start <= Size : window.Contains(time);
    }
}

/// <summary>A window as columns of a row.</summary>
/// <typeparam name="TTime">Eight bytes that hold microseconds since 1970.</typeparam>
internal record struct WindowBounds<TTime>
    where TTime : struct
{
    /// <summary>Inclusive.</summary>
    public TTime Start;

    /// <summary>Exclusive.</summary>
    public TTime End;

    /// <summary>A millisecond before the end: the event time of what the window gives, as SQL shows it.</summary>
    public TTime Time;

    public static WindowBounds<TTime> Of(in Window window) => new()
    {
        Start = System.Runtime.CompilerServices.Unsafe.BitCast<long, TTime>(window.Start),
        End = System.Runtime.CompilerServices.Unsafe.BitCast<long, TTime>(window.End),
        Time = System.Runtime.CompilerServices.Unsafe.BitCast<long, TTime>(window.End - 1000),
    };
}
