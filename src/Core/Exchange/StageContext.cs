using ActorStreams.Core.Options;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Exchange;

/// <summary>What the operators fused into one actor share.</summary>
internal sealed class StageContext(string pipeline, int stage, int instance, TimeProvider clock)
{
    private readonly HashSet<object> _hosted = new(ReferenceEqualityComparer.Instance);

    public string Pipeline { get; } = pipeline;

    public int Stage { get; } = stage;

    public int Instance { get; } = instance;

    public TimeProvider Clock { get; } = clock;

    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);

    public SnapshotPolicy Snapshots { get; init; } = SnapshotPolicy.Default;

    /// <summary>Set as soon as output cannot go on: callers stop calling downstream until they are resumed.</summary>
    public bool MustYield { get; private set; }

    public OutputPort[] Outputs { get; private set; } = [];

    /// <summary>In the order they were built, downstream first: resumed in this order, so that nothing overtakes.</summary>
    public IResumable[] Resumables { get; private set; } = [];

    public IAsyncPart[] AsyncParts { get; private set; } = [];

    public IEpochPart[] EpochParts { get; private set; } = [];

    public IProcessingTimePart[] ProcessingTimeParts { get; private set; } = [];

    public ISinkPart[] Sinks { get; private set; } = [];

    /// <summary>Parts that hold rows back which are no state: in the order they were built, downstream first.</summary>
    public IRowBuffer[] Buffers { get; private set; } = [];

    public Inbox Inbox { get; } = new();

    /// <summary>The input has nothing to say about the watermark for now; told downstream once nothing is left in the actor that would be
    /// overtaken.</summary>
    public bool IsIdlePending { get; set; }

    /// <summary>A barrier waits: an operator that is firing stops at the next point where its state may be cut. Not to be asked for each
    /// row.</summary>
    public bool WantsCut => MayCut && (IsCutting || IsBarrierWaiting());

    /// <summary>Something is on its way to the instance that must not wait until it has nothing else to do, a barrier perhaps: an operator
    /// that is firing lets it come in. Not to be asked for each row.</summary>
    public bool WantsBreath => Inbox.IsUrgent;

    /// <summary>Whether a barrier may cut in at all: the last one may not, everything is fired before it passes.</summary>
    public bool MayCut { get; set; } = true;

    /// <summary>The barrier is being taken.</summary>
    public bool IsCutting { get; set; }

    /// <summary>Whether a barrier is what the actor would take next.</summary>
    public Func<bool> IsBarrierWaiting { get; set; } = static () => false;

    /// <summary>Ends the epoch without waiting for its interval.</summary>
    public Action RequestEpoch { get; set; } = static () => { };

    /// <summary>Takes a part in, as each of the kinds above whose interface it implements. A part comes after all that is downstream of it,
    /// so once it is built.</summary>
    /// <returns>False: it was taken in before.</returns>
    public bool Host(object part)
    {
        if (!_hosted.Add(part))
            return false;
        Outputs = With(Outputs, part);
        Resumables = With(Resumables, part);
        AsyncParts = With(AsyncParts, part);
        Sinks = With(Sinks, part);
        Buffers = With(Buffers, part);
        if (part is not IProcessingTimePart { UsesClock: false })
            ProcessingTimeParts = With(ProcessingTimeParts, part);

        // A source comes first in the order of the walk: its offsets are noted before any operator's state.
        EpochParts = part is IEpochPart { NotesOffsets: true } source ? [source, .. EpochParts] : With(EpochParts, part);
        return true;
    }

    private static TPart[] With<TPart>(TPart[] parts, object added)
        where TPart : class => added is TPart part ? [.. parts, part] : parts;

    /// <summary>Called by whatever cannot take more: a full output, a suspended operator.</summary>
    public void Yield() => MustYield = true;

    /// <summary>Goes on if nothing stands in the way any more.</summary>
    public void ClearYield() => MustYield = false;

    /// <summary>Whether a part that acts by itself, not because it is called or resumed, may call downstream: nothing built before it is
    /// suspended.</summary>
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

    /// <summary>Sends on what buffers hold back, upstream first.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool FlushBuffers()
    {
        bool any = false;
        for (int at = Buffers.Length - 1; at >= 0; at--)
            any |= Buffers[at].Flush();
        return any;
    }

    /// <summary>Sends on what buffers hold back until the epoch ends, upstream first: what is downstream waits until nothing more can come
    /// to it.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool FlushAtBarrier()
    {
        for (int at = Buffers.Length - 1; at >= 0; at--)
        {
            if (Buffers[at].FlushAtBarrier())
                return true;
        }

        return false;
    }

    /// <summary>Whether rows wait for the end of the epoch.</summary>
    public bool HoldsRows()
    {
        foreach (IRowBuffer buffer in Buffers)
        {
            if (buffer.HoldsUntilBarrier)
                return true;
        }

        return false;
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
    /// <summary>Whether it is a source: its offsets are noted before any operator's state.</summary>
    bool NotesOffsets => false;

    /// <summary>Opens before the first row: restores the last committed epoch.</summary>
    ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation);

    /// <summary>Adds what the ending epoch changed.</summary>
    ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation);

    /// <summary>The actor ends, for whatever reason.</summary>
    ValueTask CloseAsync();
}

/// <summary>A part that holds rows back for a while. It is flushed before each barrier, before its actor says that it is idle, and when
/// there is nothing else to do.</summary>
internal interface IRowBuffer
{
    /// <summary>Sends on what it holds, a bounded number of rows.</summary>
    /// <returns>Whether there was anything.</returns>
    bool Flush();

    /// <summary>The same when the epoch ends.</summary>
    /// <returns>Whether there was anything; it is asked again until there is not.</returns>
    bool FlushAtBarrier() => Flush();

    /// <summary>Whether it holds rows that <see cref="Flush"/> leaves.</summary>
    bool HoldsUntilBarrier => false;
}

/// <summary>A part that acts on the clock: processing-time timers.</summary>
internal interface IProcessingTimePart
{
    /// <summary>Whether it ever wants to be called; fixed once it is built.</summary>
    bool UsesClock => true;

    /// <summary>When it wants to be called next, in microseconds; <see cref="EventTime.MaxValue"/> for never.</summary>
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
