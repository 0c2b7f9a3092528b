namespace ActorStreams.Operators.Triggers.Runtime;

/// <summary>A trigger ready to run: its nodes, and what they need.</summary>
internal sealed class TriggerProgram
{
    private readonly int _slots;

    public TriggerProgram(Trigger trigger)
    {
        var build = new TriggerBuild();
        Root = trigger.Build(build);
        (_slots, UsesClock, MindsGrowth, Granularity) = (build.Slots, build.UsesClock, build.MindsGrowth, build.Granularity);
    }

    public TriggerNode Root { get; }

    public bool UsesClock { get; }

    /// <summary>Whether a window that grows has to be merged into the longer one even if nothing has come of it yet.</summary>
    public bool MindsGrowth { get; }

    public long Granularity { get; }

    /// <summary>Numbers that do not fit into the state itself.</summary>
    public int ExtraSlots => Math.Max(0, _slots - TriggerState.InlineSlots);

    public TriggerState Begin() => new() { More = ExtraSlots > 0 ? new long[ExtraSlots] : null };
}
