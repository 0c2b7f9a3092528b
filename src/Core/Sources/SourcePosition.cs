namespace ActorStreams.Core.Sources;

/// <summary>Where a source partition stands; read from any thread, each number as it is.</summary>
/// <param name="Source">The source.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Watermark">Its watermark after every row; the least value: none yet.</param>
/// <param name="WaitsSince">When its read began to wait without a row since (<see cref="SourceClockwork.Now"/>); the largest value: it has
/// rows.</param>
/// <param name="State">What keeps it from holding anybody, or what it does.</param>
/// <param name="HasEventTime">Its rows have event times at all.</param>
internal readonly record struct SourcePosition(string Source, string Partition, long Watermark, long WaitsSince, PartitionState State,
    bool HasEventTime)
{
    public string Name => $"{Source}/{Partition}";
}

internal enum PartitionState
{
    /// <summary>Event time waits for its rows.</summary>
    Open,

    /// <summary>It is quiet, and event time goes on.</summary>
    GoesOn,

    /// <summary>It has rows from ahead of the clock, which event time waits for.</summary>
    IsAhead,

    /// <summary>Nobody waits for it.</summary>
    Idle,

    /// <summary>It waits for a connection, or the like.</summary>
    IsCutOff,

    Ended,
}
