namespace ActorStreams.Authoring;

/// <summary>What a reader of the sink sees after a crash.</summary>
public enum SinkGuarantee
{
    /// <summary>Written inside the store's own transaction: exactly once.</summary>
    Transactional,

    /// <summary>Prepared with the epoch, committed after it, committed again on recovery: exactly once.</summary>
    TwoPhase,

    /// <summary>Written again after a crash with the same key and value: exactly once in effect.</summary>
    Idempotent,

    /// <summary>Rows of an epoch that did not commit are seen again.</summary>
    AtLeastOnce,
}

/// <summary>What a sink may know about the job that opens it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Operator">The sink's name in the pipeline.</param>
/// <param name="Writer">The number of this writer, from 0.</param>
/// <param name="CommittedEpoch">The last committed epoch; 0 before the first.</param>
/// <param name="Handle">What this writer prepared for that epoch; null if nothing or before the first.</param>
/// <param name="Generation">The job's fencing token: larger than that of every earlier run. An outside system that can compare should
/// refuse smaller ones.</param>
/// <param name="Clock">The job's clock; the only one a sink may use.</param>
public sealed record SinkContext(
    string Pipeline, string Operator, int Writer, long CommittedEpoch, byte[]? Handle, long Generation, TimeProvider Clock)
{
    /// <summary>The job's store; null if it has none.</summary>
    public Store? Store { get; init; }

    /// <summary>The time from one epoch to the next: how often the sink prepares and commits.</summary>
    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);
}
