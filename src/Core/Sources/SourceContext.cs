namespace ActorStreams.Authoring;

/// <summary>What a source promises after a crash.</summary>
public enum SourceGuarantee
{
    /// <summary>Any retained offset can be read again: results are exactly once.</summary>
    Replayable,

    /// <summary>Rows not yet committed are delivered again by the other side; duplicates are possible unless it numbers them.</summary>
    Acknowledged,

    /// <summary>What was read and not yet committed is lost with the process: at most once.</summary>
    Volatile,
}

/// <summary>What a source may know about the job that opens it.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Operator">The source's name in the pipeline.</param>
/// <param name="Clock">The job's clock; the only one a source may use.</param>
public sealed record SourceContext(string Pipeline, string Operator, TimeProvider Clock)
{
    /// <summary>Whether to read only what is there now: a reader notes the end of its partition when it is opened, and ends there. Rows
    /// behind it are for the next run, which opens the
    /// partition at the offset of this one.</summary>
    public bool AvailableNow { get; init; }

    /// <summary>For a source whose job has ended: the epoch with which it had read all input, after which it never reads again. Null: it
    /// was stopped before, or has failed.</summary>
    public long? CompleteSince { get; init; }

    /// <summary>The job's store; null if it has none.</summary>
    public ActorStreams.Store? Store { get; init; }

    /// <summary>The attempt that opens the source.</summary>
    internal long Attempt { get; init; }

    /// <summary>Asks for an epoch at once: for whoever hands rows over and waits for them to be committed. Does nothing before the job
    /// runs. Several askers share an epoch,
    /// and epochs that are asked for begin at least 10 ms apart.</summary>
    public Action RequestEpoch { get; init; } = static () => { };
}
