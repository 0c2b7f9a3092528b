using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Operators.Triggers;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>Everything that was said about a window operator, but what to compute.</summary>
internal sealed record WindowOptions<T>
{
    public WindowAssigner? Windows { get; init; }

    public WindowAssigner<T>? OwnWindows { get; init; }

    public Trigger Trigger { get; init; } = Triggers.Triggers.Default;

    public PaneMode Mode { get; init; }

    public long Lateness { get; init; }

    public LateRows Late { get; init; }

    public LateStream<T>? LateStream { get; init; }

    public ClosingBehaviour Closing { get; init; }

    public OnTimeBehaviour OnTime { get; init; }

    public ResultTime ResultTime { get; init; }

    public bool PerBatch { get; init; }

    public ErrorPolicy? Errors { get; init; }

    public bool Merges => Windows?.Merges ?? OwnWindows!.Merges;

    public bool IsProcessingTime => Windows?.IsProcessingTime ?? false;

    /// <summary>Whether each key and window gives one result and is gone, at the moment when it is complete.</summary>
    public bool FiresOnceOnTime =>
        Lateness == 0 && Trigger is DefaultTrigger && Mode != PaneMode.Retracting && ResultTime == ResultTime.EndOfWindow && !IsProcessingTime;

    /// <summary>What the operator's state depends on.</summary>
    public string Definition => $"{Windows?.ToString() ?? OwnWindows!.Definition}" +
        (FiresOnceOnTime ? "" : $", {Trigger}, {(Mode == PaneMode.Discarding ? "discarding" : Mode == PaneMode.Retracting ? "retracting" : "accumulating")}");

    /// <summary>Where late rows go, for plans.</summary>
    public string LateText(SideNode<T>? side) => Late switch
    {
        LateRows.Drop => "dropped",
        LateRows.Output => $"to {side?.Name}",
        _ => "to dead letters",
    };

    /// <summary>The simplest options of the same meaning.</summary>
    public WindowOptions<T> Normal() =>
        Lateness == 0 && Trigger is AtExpiryTrigger or AfterWatermarkTrigger { Early: null, Late: null } ? this with { Trigger = Triggers.Triggers.Default } : this;
}
