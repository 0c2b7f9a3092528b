using ActorStreams.Core.Records;

namespace ActorStreams.Core.Actors;

/// <summary>The entry of an operator inside an actor: fused operators call each other through it, synchronously, a chunk at a time.</summary>
/// <remarks>
/// The one rule of back-pressure: a receiver takes whatever one call brings. After each call the caller looks at
/// <see cref="ActorContext.MustYield"/>; while it is set the caller makes no further call, keeps its place, and goes on when it is resumed
/// (<see cref="IResumable"/>). So what an actor holds beyond its buffers is bounded by what one chunk can become.
/// </remarks>
internal abstract class Receiver<T>
{
    public abstract void OnChunk(in Chunk<T> chunk);

    public abstract void OnWatermark(long watermark);
}

/// <summary>An operator that can stop in the middle of its output: a flat-map, a firing window.</summary>
internal interface IResumable
{
    /// <summary>Whether output is left to be made.</summary>
    bool IsSuspended { get; }

    /// <summary>Whether the state may be committed as it is, the rest of the output being made after the barrier.</summary>
    bool CanCut { get; }

    /// <summary>Goes on until done or until <see cref="ActorContext.MustYield"/> is set again.</summary>
    void Resume();
}

/// <summary>An operator with work under way outside of the actor: calls to a service.</summary>
internal interface IAsyncPart
{
    /// <summary>Whether nothing is under way and nothing waits to be emitted.</summary>
    bool IsIdle { get; }

    /// <summary>Emits what has finished.</summary>
    void Advance();
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
