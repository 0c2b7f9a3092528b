namespace ActorStreams.Core.Exchange;

/// <summary>Something asked of an actor from outside; answered between two batches.</summary>
internal interface IStageRequest
{
    /// <summary>Answers, in the turn of the one that was asked.</summary>
    void Run();

    /// <summary>The actor ended before it could answer.</summary>
    void Abandon(Exception reason);
}
