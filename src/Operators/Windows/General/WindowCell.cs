using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

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
