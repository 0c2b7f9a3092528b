using ActorStreams.Core.Time;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.Runtime;

[Flags]
internal enum CellFlags : byte
{
    None = 0,

    /// <summary>There is such a window.</summary>
    Live = 1,

    /// <summary>Its trigger has finished: nothing is kept but that.</summary>
    Closed = 2,

    /// <summary>Its completion has been dealt with.</summary>
    Completed = 4,

    /// <summary>Its trigger is to be asked at the end of the batch.</summary>
    Touched = 8,
}

/// <summary>A pane that was put out, to be taken back.</summary>
internal readonly record struct EmittedPane<TOut>(Window Window, PaneInfo Pane, TOut Result);

/// <summary>What is kept for a key in a window.</summary>
internal struct WindowCell<TAcc, TOut>
{
    public long Start;
    public long End;
    public TAcc Accumulator;

    /// <summary>Rows that may still come before the trigger must be asked: the inner loop counts it down and does nothing else.</summary>
    public int Left;

    /// <summary>What <see cref="Left"/> was when the trigger was asked last; the difference are rows it does not know of yet.</summary>
    public int Granted;

    public int Panes;
    public int OnTimePanes;

    /// <summary>Rows since the last pane that the trigger knows of.</summary>
    public long Fresh;

    /// <summary>The earliest or latest event time of rows since the last pane, where results are to have it.</summary>
    public long Stamp;
    public TriggerState Trigger;

    /// <summary>Panes to be taken back with the next one; more than one after a merge.</summary>
    public EmittedPane<TOut>[]? Emitted;
    public CellFlags Flags;

    public readonly Window Window => new(Start, End);

    public readonly bool IsLive => (Flags & CellFlags.Live) == CellFlags.Live;

    public readonly bool IsClosed => (Flags & CellFlags.Closed) == CellFlags.Closed;

    public readonly bool IsCompleted => (Flags & CellFlags.Completed) == CellFlags.Completed;

    public readonly bool IsTouched => (Flags & CellFlags.Touched) == CellFlags.Touched;
}

/// <summary>The open windows of a key: one in place, further ones behind it. Default: none.</summary>
internal struct KeyWindows<TAcc, TOut>
{
    public WindowCell<TAcc, TOut> First;
    public WindowCell<TAcc, TOut>[]? More;
    public int MoreCount;

    /// <summary>What its timer in event time is set for, with the sign bit flipped; 0: none. Not stored.</summary>
    public long EventTimer;

    /// <summary>The same for the clock.</summary>
    public long ClockTimer;

    public readonly int Count => First.IsLive ? MoreCount + 1 : 0;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref WindowCell<TAcc, TOut> At(int index)
    {
        if (index == 0)
            return ref First;
        return ref More![index - 1];
    }

    /// <summary>The index of a window, or -1.</summary>
    public readonly int Find(Window window)
    {
        if (!First.IsLive)
            return -1;
        if (First.Start == window.Start && First.End == window.End)
            return 0;
        for (int i = 0; i < MoreCount; i++)
        {
            if (More![i].Start == window.Start && More[i].End == window.End)
                return i + 1;
        }

        return -1;
    }

    /// <returns>The index of a new, empty window.</returns>
    public int Open(Window window)
    {
        int index = Count;
        if (index > 0)
        {
            if (More is null)
                More = new WindowCell<TAcc, TOut>[1];
            else if (MoreCount == More.Length)
                Array.Resize(ref More, MoreCount * 2);
            MoreCount++;
        }

        At(index) = new WindowCell<TAcc, TOut> { Start = window.Start, End = window.End, Flags = CellFlags.Live };
        return index;
    }

    /// <summary>Gives a window that is newer than the first one its place: rows mostly come for the newest, while older ones wait for late rows.</summary>
    /// <returns>Where the window is then.</returns>
    public int Promote(int index)
    {
        if (index == 0 || At(index).Start <= First.Start)
            return index;
        (First, At(index)) = (At(index), First);
        return 0;
    }

    /// <summary>Takes a window out; the last one takes its place.</summary>
    public void RemoveAt(int index)
    {
        int last = Count - 1;
        if (index != last)
            At(index) = At(last);
        At(last) = default;
        if (last > 0)
            MoreCount--;
        if (MoreCount == 0)
            More = null;
    }
}
