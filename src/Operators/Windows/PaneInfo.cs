using System.Runtime.InteropServices;

namespace ActorStreams;

/// <summary>When a pane came, compared with the completion of its window.</summary>
public enum PaneTiming
{
    /// <summary>The one pane that comes when the watermark completes the window.</summary>
    OnTime = 0,

    /// <summary>Before the window was complete: speculative.</summary>
    Early = 1,

    /// <summary>After the window was complete.</summary>
    Late = 2,
}

/// <summary>Which of its window's panes a result is. The default value is the only pane of a window, on time.</summary>
/// <seealso href="https://research.google/pubs/pub43864/">The Dataflow Model, where panes and their timings come from.</seealso>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PaneInfo
{
    private const int TimingBits = 3;
    private const int NotLast = 4;

    private readonly int _index;
    private readonly int _rest;

    /// <summary>A pane.</summary>
    /// <param name="timing">When it came.</param>
    /// <param name="index">Its number in its window, from 0.</param>
    /// <param name="onTimeIndex">Its number among the window's on-time and late panes, from 0; of no meaning for an early pane.</param>
    /// <param name="isLast">Whether no pane of the window can follow.</param>
    public PaneInfo(PaneTiming timing, int index, int onTimeIndex, bool isLast)
    {
        _index = index;
        _rest = (int)timing | (isLast ? 0 : NotLast) | (timing == PaneTiming.Early ? 0 : onTimeIndex << TimingBits);
    }

    /// <summary>When it came.</summary>
    public PaneTiming Timing => (PaneTiming)(_rest & (NotLast - 1));

    /// <summary>Its number in its window, from 0.</summary>
    public int Index => _index;

    /// <summary>Its number among the window's on-time and late panes, from 0; -1 for an early pane.</summary>
    public int OnTimeIndex => Timing == PaneTiming.Early ? -1 : _rest >> TimingBits;

    /// <summary>Whether it is the first pane of its window.</summary>
    public bool IsFirst => _index == 0;

    /// <summary>Whether no pane of its window can follow.</summary>
    public bool IsLast => (_rest & NotLast) == 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Timing} {Index}{(IsFirst ? " first" : "")}{(IsLast ? " last" : "")}";
}
