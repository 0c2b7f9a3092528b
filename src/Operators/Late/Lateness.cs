namespace ActorStreams;

/// <summary>Which watermark decides whether a row is late.</summary>
public enum Lateness
{
    /// <summary>
    /// The operator's own, the smallest of all partitions and inputs: no row is given up as long as its window is open. With several
    /// partitions that depends on how far the others have come by then, so a row that is late in one run may be in time in the next.
    /// </summary>
    ByOperator,

    /// <summary>
    /// The watermark of the source partition that the row comes from, as it stood before the row. It follows from the partition alone:
    /// which rows are late is a function of the input, at any parallelism, in every run.
    /// </summary>
    BySource,
}
