namespace ActorStreams.Core.Actors;

/// <summary>Something asked of an actor from outside; answered between two batches.</summary>
internal interface IActorRequest
{
    /// <summary>Answers, in the turn of the one that was asked.</summary>
    void Run();

    /// <summary>The actor ended before it could answer.</summary>
    void Abandon(Exception reason);
}
