namespace ActorStreams.Cluster.Coordination;

/// <summary>To the coordinator: takes a savepoint. Asked again with the same number it answers for the same savepoint.</summary>
/// <param name="Request">The request, by a number that no other has.</param>
/// <param name="Name">The savepoint's name.</param>
internal sealed record SaveJob(long Request, string Name);

/// <summary>The answer.</summary>
/// <param name="Request">The request.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Text">Why there is no savepoint; else nothing.</param>
/// <param name="Name">The savepoint's name.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="TakenAt">When that was committed, in microseconds.</param>
/// <param name="SizeBytes">What is stored of it.</param>
internal sealed record JobSaved(long Request, SaveOutcome Outcome, string Text, string Name, long Epoch, long TakenAt, long SizeBytes);

/// <summary>What may come of a savepoint.</summary>
internal enum SaveOutcome
{
    /// <summary>It is there.</summary>
    Saved,

    /// <summary>One of its name was there already.</summary>
    Exists,

    /// <summary>Another savepoint is taken at the same time.</summary>
    Fenced,

    /// <summary>The store does not take it.</summary>
    StoreFailed,

    /// <summary>The job has ended, or has no store.</summary>
    JobFailed,

    /// <summary>The coordinator has moved to another node, which is to be asked.</summary>
    Moved,
}
