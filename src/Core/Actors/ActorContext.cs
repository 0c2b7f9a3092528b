using ActorStreams.Core.Epochs;
using ActorStreams.Core.EventSourcing;

namespace ActorStreams.Core.Actors;

/// <summary>What the operators fused into one actor share.</summary>
internal sealed class ActorContext(string pipeline, int stage, int instance, TimeProvider clock)
{
    public string Pipeline { get; } = pipeline;

    public int Stage { get; } = stage;

    public int Instance { get; } = instance;

    public TimeProvider Clock { get; } = clock;

    public SnapshotPolicy Snapshots { get; init; } = SnapshotPolicy.Default;

    /// <summary>Set as soon as output cannot go on: callers stop calling downstream until they are resumed.</summary>
    public bool MustYield { get; private set; }

    public List<OutputPort> Outputs { get; } = [];

    /// <summary>In the order they were built, downstream first: resumed in this order, so that nothing overtakes.</summary>
    public List<IResumable> Resumables { get; } = [];

    public List<IAsyncPart> AsyncParts { get; } = [];

    public List<IEpochPart> EpochParts { get; } = [];

    public List<IProcessingTimePart> ProcessingTimeParts { get; } = [];

    public List<ISinkPart> Sinks { get; } = [];

    public Mailbox Mailbox { get; } = new();

    /// <summary>The input has nothing to say about the watermark for now; told downstream once nothing is left in the actor that would be overtaken.</summary>
    public bool IsIdlePending { get; set; }

    /// <summary>A barrier waits: an operator that is firing stops at the next point where its state may be cut.</summary>
    public bool WantsCut { get; set; }

    /// <summary>Called by whatever cannot take more: a full output, a suspended operator.</summary>
    public void Yield() => MustYield = true;

    /// <summary>Goes on if nothing stands in the way any more.</summary>
    public void ClearYield() => MustYield = false;

    /// <summary>Whether a part that acts by itself, not because it is called or resumed, may call downstream: nothing built before it is suspended.</summary>
    public bool MayEmit(IResumable part)
    {
        if (MustYield)
            return false;
        foreach (IResumable other in Resumables)
        {
            if (ReferenceEquals(other, part))
                return true;
            if (other.IsSuspended)
                return false;
        }

        return true;
    }

    public bool AnySuspended()
    {
        foreach (IResumable part in Resumables)
        {
            if (part.IsSuspended)
                return true;
        }

        return false;
    }
}

/// <summary>A part of an actor that has something to say at a barrier. Parts are asked in topological order.</summary>
internal interface IEpochPart
{
    /// <summary>Opens before the first row: restores the last committed epoch.</summary>
    ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation);

    /// <summary>Adds what the ending epoch changed.</summary>
    ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation);

    /// <summary>The actor ends, for whatever reason.</summary>
    ValueTask CloseAsync();
}

/// <summary>A part that acts on the clock: processing-time timers.</summary>
internal interface IProcessingTimePart
{
    /// <summary>When it wants to be called next, in microseconds; <see cref="Time.EventTime.MaxValue"/> for never.</summary>
    long NextProcessingTime { get; }

    /// <summary>Called when the clock has reached <see cref="NextProcessingTime"/>.</summary>
    void OnProcessingTime(long now);
}

/// <summary>A sink writer inside an actor.</summary>
internal interface ISinkPart
{
    bool IsFull { get; }

    ValueTask FlushAsync(CancellationToken cancellation);
}
