using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>What an actor tells the run it belongs to. Called on the actor's own turn; must not block.</summary>
internal interface IStageRun
{
    bool IsVolatile { get; }

    void Report(StageLoop actor, EpochReport report);

    void OnSourceEnded(StageLoop actor);

    void AskForEpoch();
}
