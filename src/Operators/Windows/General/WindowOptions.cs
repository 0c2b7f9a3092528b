using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>Everything that was said about a window operator, but what to compute.</summary>
internal sealed record WindowOptions<T>
{
    public WindowAssigner? Windows { get; init; }

    public WindowAssigner<T>? OwnWindows { get; init; }

    public Trigger Trigger { get; init; } = ActorStreams.Trigger.Default;

    public PaneMode Mode { get; init; }

    public long Lateness { get; init; }

    public LateRows<T> Late { get; init; }

    /// <summary>Which watermark decides what is late.</summary>
    public Lateness JudgedBy { get; init; }

    public bool IsBySource => JudgedBy == ActorStreams.Lateness.BySource;

    public FiringBehaviour Closing { get; init; } = FiringBehaviour.FireIfNonEmpty;

    public FiringBehaviour OnTime { get; init; } = FiringBehaviour.FireAlways;

    public ResultTime ResultTime { get; init; }

    public bool PerBatch { get; init; }

    public ErrorPolicy? Errors { get; init; }

    /// <summary>Rows are aggregated where they come from, before they are sent to their key's region.</summary>
    public bool IsTwoPhase { get; init; }

    public bool Merges => Windows?.Merges ?? OwnWindows!.Merges;

    public bool IsProcessingTime => Windows?.IsProcessingTime ?? false;

    /// <summary>Whether each key and window gives one result and is gone, at the moment when it is complete.</summary>
    public bool FiresOnceOnTime =>
        Lateness == 0 && Trigger is DefaultTrigger && Mode != PaneMode.Retracting && ResultTime == ResultTime.EndOfWindow
            && !IsProcessingTime;

    /// <summary>What the operator's state depends on.</summary>
    public string Definition => $"{Windows?.ToString() ?? OwnWindows!.Definition}" +
        (FiresOnceOnTime ? ""
            : $", {Trigger}, {(Mode == PaneMode.Discarding ? "discarding" : Mode == PaneMode.Retracting ? "retracting" : "accumulating")}");

    /// <summary>The simplest options of the same meaning.</summary>
    public WindowOptions<T> Normal() =>
        Lateness == 0 && Trigger is AtExpiryTrigger or AfterWatermarkTrigger { Early: null, Late: null }
            ? this with { Trigger = ActorStreams.Trigger.Default } : this;
}
