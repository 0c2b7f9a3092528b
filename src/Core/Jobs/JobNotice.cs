namespace ActorStreams.Core.Jobs;

/// <summary>Something that a running job got over, or is waiting for, and that its operator should know: it fails nothing, so no task tells it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Message">What, why, and what to do, in one text.</param>
/// <param name="Error">What was thrown; null where nothing was.</param>
public sealed record JobNotice(string Pipeline, JobNoticeKind Kind, string Message, Exception? Error);

/// <summary>What a <see cref="JobNotice"/> is about.</summary>
public enum JobNoticeKind
{
    /// <summary>The run failed, and the job begins again from its last committed epoch (<see cref="JobOptions.Restart"/>).</summary>
    Restarting,

    /// <summary>The store takes nothing (a full disk, a lost connection). Sources wait, nothing is lost, and the same epoch is tried again until the store takes it.</summary>
    StoreUnavailable,

    /// <summary>The store has taken the epoch, and sources go on.</summary>
    StoreAvailable,
}
