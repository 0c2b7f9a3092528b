namespace ActorStreams;

/// <summary>Something that a running job got over, or is waiting for, and that its operator should know: it fails nothing, so no task tells
/// it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Message">What, why, and what to do, in one text.</param>
/// <param name="Error">What was thrown; null where nothing was.</param>
public sealed record JobNotice(string Pipeline, JobNoticeKind Kind, string Message, Exception? Error)
{
    /// <summary>Kind and message in one line, as for a log: <c>Restarting: Pipeline 'shop' restarts …</c>.</summary>
    public override string ToString() => $"{Kind}: {Message}";
}

/// <summary>What a <see cref="JobNotice"/> is about.</summary>
public enum JobNoticeKind
{
    /// <summary>The run failed, and the job begins again from its last committed epoch (<see cref="JobOptions.Restart"/>).</summary>
    Restarting,

    /// <summary>The store takes nothing (a full disk, a lost connection). Sources wait, nothing is lost, and the same epoch is tried again
    /// until the store takes it.</summary>
    StoreUnavailable,

    /// <summary>The store has taken the epoch, and sources go on.</summary>
    StoreAvailable,

    /// <summary>No store was named: where the job keeps its state, and after which epoch it goes on.</summary>
    StateKept,

    /// <summary>A row of a source came from so far ahead that the watermark does not follow it (<see cref="JobOptions.MaxEventTimeLeap"/>).
    /// Told once for a partition and run.</summary>
    EventTimeLeap,

    /// <summary>Many rows went to the dead letters within a minute (<see cref="DeadLetterOptions.NoticeAbovePerMinute"/>). They are kept,
    /// and the job goes on.</summary>
    DeadLetters,

    /// <summary>An operator keeps results back (open windows, waiting rows, partial matches) while the watermark has stood still for ten
    /// seconds: who holds it, and what to do.</summary>
    Standstill,

    /// <summary>The watermark goes on.</summary>
    GoesOn,

    /// <summary>A sink, a call or the store has kept the epoch from ending for ten seconds, so nothing is committed: who, and since when.
    /// Sources wait, nothing is lost.</summary>
    EpochHeldUp,

    /// <summary>Epochs end again.</summary>
    EpochGoesOn,

    /// <summary>Rows were late because event time had gone on while their source was quiet. Said once.</summary>
    LateBehindSilence,

    /// <summary>Rows were late or could not be processed, and nobody keeps them, because the job has no store and names no sink for them.
    /// Said once.</summary>
    LettersForNobody,

    /// <summary>On a cluster: an attempt runs, from which epoch, on which nodes, and why the one before it ended.</summary>
    AttemptBegun,

    /// <summary>On a cluster: an attempt has committed its last epoch because instances move to other nodes; the next one begins at
    /// once.</summary>
    Moving,

    /// <summary>On a cluster: the job cannot begin, or another coordinator has taken over from this one; it is tried again.</summary>
    NotBegun,
}
