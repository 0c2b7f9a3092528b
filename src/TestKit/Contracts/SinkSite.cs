namespace ActorStreams.TestKit;

/// <summary>Where a sink under test writes to: an empty file, folder, table or topic, and how a reader sees it.</summary>
/// <remarks>The contract makes a site for each requirement, and disposes of it.</remarks>
/// <typeparam name="T">The row.</typeparam>
public abstract class SinkSite<T> : IAsyncDisposable
{
    /// <summary>The store of the job, which commits what transactional sinks hand over. Default: one in memory, for as long as the
    /// site.</summary>
    public virtual Store Store { get; } = new SimulatedStore(new SimulatedDisk());

    /// <summary>Makes the sink; called for every life of the job, so that nothing outlives a crash but what is outside.</summary>
    public abstract Sink<T> NewSink();

    /// <summary>What a reader outside of the job sees now: each row as the contract's text of it, in any order.</summary>
    public abstract Task<IReadOnlyList<string>> ReadAsync();

    /// <summary>Removes what was written.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
