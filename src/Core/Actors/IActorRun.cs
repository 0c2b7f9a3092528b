using ActorStreams.Core.Epochs;

namespace ActorStreams.Core.Actors;

/// <summary>What an actor tells the run it belongs to. Called on the actor's own turn; must not block.</summary>
internal interface IActorRun
{
    bool IsVolatile { get; }

    void Report(StageActor actor, EpochReport report);

    void OnSourceEnded(StageActor actor);

    void AskForEpoch();
}
