namespace ActorStreams.Core.Exchange;

/// <summary>The entry of an operator inside an actor: fused operators call each other through it, synchronously, a chunk at a
/// time.</summary>
/// <remarks>
/// The one rule of back-pressure: a receiver takes whatever one call brings. After each call the caller looks at
/// <see cref="StageContext.MustYield"/>; while it is set the caller makes no further call, keeps its place, and goes on when it is resumed
/// (<see cref="IResumable"/>). So what an actor holds beyond its buffers is bounded by what one chunk can become.
/// One chunk may reach a receiver in several calls, though (a row in its middle threw, or was late): an operator that is suspended already
/// keeps what such a call brings, behind what it holds.
/// </remarks>
internal abstract class Receiver<T>
{
    public abstract void OnChunk(in Chunk<T> chunk);

    public abstract void OnWatermark(long watermark);

    /// <summary>Every lane of this input is idle, while the actor has others that are not: it has no say in the watermark until it is heard
    /// of again.</summary>
    public virtual void OnIdle()
    {
    }
}

/// <summary>An operator that can stop in the middle of its output: a flat-map, a firing window.</summary>
internal interface IResumable
{
    /// <summary>Whether output is left to be made.</summary>
    bool IsSuspended { get; }

    /// <summary>Whether the state may be committed as it is, the rest of the output being made after the barrier.</summary>
    bool CanCut { get; }

    /// <summary>Whether resuming it is of no use before <see cref="IAsyncPart.Advance"/> has made room: as many calls as allowed are under
    /// way.</summary>
    bool IsWaiting => false;

    /// <summary>Goes on until done or until <see cref="StageContext.MustYield"/> is set again.</summary>
    void Resume();
}

/// <summary>An operator with work under way outside of the actor: calls to a service.</summary>
/// <remarks>
/// Its life, in order: a call is made in the actor's turn; whoever completes it notes that and wakes the inbox, nothing more; the actor,
/// woken, lets the part advance. At a barrier the actor waits until the part is idle, so that calls are no part of the state.
/// </remarks>
internal interface IAsyncPart
{
    /// <summary>Whether nothing is under way and nothing waits to be emitted.</summary>
    bool IsIdle { get; }

    /// <summary>Whether calls have been made that have not come back.</summary>
    bool HasCallsUnderWay => !IsIdle;

    /// <summary>Emits what has finished, as far as <see cref="StageContext.MayEmit"/> allows.</summary>
    /// <returns>Whether anything was emitted or any room was made.</returns>
    bool Advance();
}

/// <summary>Gives every row to several receivers, in order.</summary>
internal sealed class Broadcast<T>(Receiver<T>[] receivers) : Receiver<T>
{
    public override void OnChunk(in Chunk<T> chunk)
    {
        foreach (Receiver<T> receiver in receivers)
            receiver.OnChunk(chunk);
    }

    public override void OnWatermark(long watermark)
    {
        foreach (Receiver<T> receiver in receivers)
            receiver.OnWatermark(watermark);
    }
}

/// <summary>The end of a branch that nobody reads.</summary>
internal sealed class Ignore<T> : Receiver<T>
{
    public override void OnChunk(in Chunk<T> chunk)
    {
    }

    public override void OnWatermark(long watermark)
    {
    }
}
