namespace ActorStreams.Operators.Windows;

/// <summary>What becomes of a window that expires with nothing new since its last pane.</summary>
public enum ClosingBehaviour
{
    /// <summary>Nothing: a last pane comes only if it would hold something new.</summary>
    FireIfNonEmpty = 0,

    /// <summary>A last pane comes in any case, so that a reader can wait for it.</summary>
    FireAlways = 1,
}

/// <summary>What becomes of a trigger that fires when the window is complete, with nothing new since the last pane.</summary>
public enum OnTimeBehaviour
{
    /// <summary>The on-time pane comes in any case.</summary>
    FireAlways = 0,

    /// <summary>The on-time pane comes only if it holds something new.</summary>
    FireIfNonEmpty = 1,
}

/// <summary>The event time of a pane.</summary>
public enum ResultTime
{
    /// <summary>The last instant of the window, <c>Window.MaxTime</c>.</summary>
    EndOfWindow = 0,

    /// <summary>
    /// The smallest event time among the rows that are new in the pane; the end of the window if none is. It may lie behind the watermark: an operator
    /// downstream then takes the result for late.
    /// </summary>
    Earliest = 1,

    /// <summary>The largest event time among the rows that are new in the pane; the end of the window if none is.</summary>
    Latest = 2,
}

/// <summary>How a pane relates to the pane before it.</summary>
internal enum PaneMode
{
    Accumulating,
    Discarding,
    Retracting,
}
