using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Stages;

/// <summary>What an instance tells the attempt it belongs to. Called in the instance's own turn; must not block.</summary>
internal interface IStageRun
{
    bool IsVolatile { get; }

    void Report(StageLoop actor, EpochReport report);

    void OnSourceEnded(StageLoop actor);

    /// <summary>The instance has done what was to be done after a commit.</summary>
    void OnCommitTaken(StageLoop actor);

    /// <summary>The instance cannot go on.</summary>
    void OnFailed(StageLoop actor, Exception error);

    void AskForEpoch();
}
