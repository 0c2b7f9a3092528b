namespace ActorStreams;

/// <summary>What becomes of a pane that would hold nothing new: when its window is complete (<c>OnTime</c>), or expires
/// (<c>Closing</c>).</summary>
public enum FiringBehaviour
{
    /// <summary>It does not come: a pane comes only if it holds something new.</summary>
    FireIfNonEmpty = 0,

    /// <summary>It comes in any case, so that a reader can wait for it.</summary>
    FireAlways = 1,
}

/// <summary>The event time of a pane.</summary>
public enum ResultTime
{
    /// <summary>The last instant of the window, <c>Window.MaxTime</c>.</summary>
    EndOfWindow = 0,

    /// <summary>
    /// The smallest event time among the rows that are new in the pane; the end of the window if none is. It may lie behind the watermark:
    /// an operator downstream then takes the result for late.
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
