namespace ActorStreams;

/// <summary>Where rows go.</summary>
/// <typeparam name="T">The row.</typeparam>
public abstract class Sink<T>
{
    /// <summary>What is written, for plans and error messages. Never holds a secret.</summary>
    public abstract string Description { get; }

    /// <summary>What a reader of the sink sees after a crash.</summary>
    public abstract SinkGuarantee Guarantee { get; }

    /// <summary>What it can do about rows that replace, delete or take back earlier ones. A stream that gives more is refused when the
    /// pipeline is built. Default: nothing, every row is new.</summary>
    public virtual ChangelogMode Changelog => ChangelogMode.InsertOnly;

    /// <summary>How many writers may work at once; 1 for a single file. Default: as many as the stage before it has actors.</summary>
    public virtual int MaxParallelism => int.MaxValue;

    /// <summary>Makes the writer of one actor and brings the outside back to the last committed epoch.</summary>
    /// <param name="context">The job, the writer's number, and what the last committed epoch prepared.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public abstract ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation);
}
