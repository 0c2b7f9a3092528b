namespace ActorStreams.Operators.Triggers.Runtime;

/// <summary>Hands out bits and slots of a <see cref="TriggerState"/> while the nodes of a trigger are built.</summary>
internal sealed class TriggerBuild
{
    private const int MaximumBits = 64;

    private int _bits;

    /// <summary>Slots handed out.</summary>
    public int Slots { get; private set; }

    /// <summary>Whether a node looks at the clock.</summary>
    public bool UsesClock { get; set; }

    /// <summary>Whether to merge one window into a longer one changes the state of a node that has not fired yet.</summary>
    public bool MindsGrowth { get; set; }

    /// <summary>Event-time boundaries of nodes are multiples of this; 0: there are none.</summary>
    public long Granularity { get; set; }

    public int Bit() => _bits < MaximumBits
        ? _bits++
        : throw new PipelineException($"A trigger of more than {MaximumBits} parts is not possible.");

    public int Slot() => Slots++;
}

/// <summary>One part of a trigger: a pure state machine over <see cref="TriggerState"/> and <see cref="Moment"/>.</summary>
/// <remarks>
/// The life of a pane: rows come (<see cref="OnRows"/>), the trigger is asked (<see cref="IsReady"/>), and if it is ready it is told of the
/// firing (<see cref="Fire"/>). <see cref="Quiet"/> says how many rows may come before it has to be asked again.
/// </remarks>
internal abstract class TriggerNode(TriggerBuild build)
{
    /// <summary>Of <see cref="Quiet"/>: rows alone never make it ready.</summary>
    public const int Forever = int.MaxValue;

    private readonly ulong _finished = 1UL << build.Bit();

    public bool IsFinished(in TriggerState state) => (state.Finished & _finished) != 0;

    /// <summary>Rows have come: <paramref name="rows"/> of them, the first at event time <paramref name="time"/>.</summary>
    public abstract void OnRows(ref TriggerState state, int rows, long time, in Moment now);

    /// <summary>Whether it wants to fire. Only asked while it is not finished.</summary>
    public abstract bool IsReady(ref TriggerState state, in Moment now);

    /// <summary>The pane comes out; it may finish by that. Only told when it is ready.</summary>
    public abstract void Fire(ref TriggerState state, in Moment now);

    /// <summary>Forgets the progress towards the next firing.</summary>
    public abstract void Clear(ref TriggerState state);

    /// <summary>Begins anew: no progress, nothing finished.</summary>
    public virtual void Reset(ref TriggerState state)
    {
        SetFinished(ref state, false);
        Clear(ref state);
    }

    /// <summary>Windows become one. <paramref name="merged"/> begins empty.</summary>
    public abstract void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now);

    /// <summary>How many rows may come, while time stands still, without the trigger becoming ready or having to note when they
    /// came.</summary>
    public abstract int Quiet(ref TriggerState state, in Moment now);

    /// <summary>Whether it is ready to show the pane again though nothing is new.</summary>
    public virtual bool ShowsAgain(ref TriggerState state, in Moment now) => false;

    /// <summary>Whether it is ready because a time that it waits for has come: of event time, or of the clock. Firing ends that.</summary>
    public virtual bool IsDue(ref TriggerState state, in Moment now, bool byClock) => false;

    /// <summary>The next watermark, above the present one, at which it has to be asked, besides the completion and the expiry of the
    /// window.</summary>
    public virtual long NextEventTime(ref TriggerState state, in Moment now) => EventTime.MaxValue;

    /// <summary>The next reading of the clock at which it has to be asked.</summary>
    public virtual long NextClock(ref TriggerState state, in Moment now) => EventTime.MaxValue;

    protected void SetFinished(ref TriggerState state, bool isFinished) =>
        state.Finished = isFinished ? state.Finished | _finished : state.Finished & ~_finished;

    protected bool IsFinishedInAll(Span<TriggerState> parts)
    {
        foreach (ref TriggerState part in parts)
        {
            if (!IsFinished(part))
                return false;
        }

        return true;
    }

    protected bool IsFinishedInAny(Span<TriggerState> parts)
    {
        foreach (ref TriggerState part in parts)
        {
            if (IsFinished(part))
                return true;
        }

        return false;
    }
}

/// <summary>A part that remembers nothing but whether it has finished.</summary>
internal abstract class StatelessNode(TriggerBuild build) : TriggerNode(build)
{
    public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
    {
    }

    public override void Clear(ref TriggerState state)
    {
    }

    public override int Quiet(ref TriggerState state, in Moment now) => !IsFinished(state) && IsReady(ref state, now) ? 0 : Forever;

    /// <summary>What had fired by the completion of a part goes back if the merged window is not complete.</summary>
    public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now) =>
        SetFinished(ref merged, IsReady(ref merged, now) && IsFinishedInAll(parts));
}
