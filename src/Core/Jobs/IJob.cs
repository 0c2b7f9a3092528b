using ActorStreams.Core.Jobs;

namespace ActorStreams;

/// <summary>A pipeline that runs: in this process (<see cref="Job"/>), or on the nodes of a cluster (<c>ClusterJob</c>). What reads its
/// tables and tells its ingresses takes either.</summary>
public interface IJob : IAsyncDisposable
{
    /// <summary>Completes when every source has ended and the last epoch is committed, or when the job was stopped; fails when the job
    /// fails for good.</summary>
    Task Completion { get; }

    /// <summary>The last committed epoch; 0 before the first. On a cluster: as far as this node has heard.</summary>
    long Epoch { get; }

    /// <summary>How often the job was restarted after a failure. On a cluster: since its coordinator is where it is.</summary>
    int Restarts { get; }

    /// <summary>Whether an attempt runs: rows are read and epochs committed. False before the first attempt, between two, and after the
    /// end.</summary>
    bool IsRunning { get; }

    /// <summary>What the job has counted so far, on all nodes. From any thread.</summary>
    JobMetrics Metrics { get; }

    /// <summary>What holds the job up at the moment, as long as it does; empty when all is well. From any thread.</summary>
    IReadOnlyList<JobCondition> Conditions { get; }

    /// <summary>How the job stands, as text for people: where each source partition and operator is, what they keep back, who holds up
    /// whom, and what to do about it; on a cluster also which node runs what. From any thread.</summary>
    string Describe();

    /// <summary>What a keyed operator keeps for one key.</summary>
    /// <param name="entities">The operator's entities: given by its stream (<see cref="Stream{T}.EntitiesOf{TKey, TState}"/>), or made of
    /// its name.</param>
    /// <param name="key">The key.</param>
    EntityRef<TKey, TState> Entity<TKey, TState>(EntityHandle<TKey, TState> entities, TKey key);

    /// <summary>The last epoch that was committed at a time or before it, of those that are retained.</summary>
    /// <param name="time">The time, by the job's clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The epoch of that time is not retained (<see cref="JobOptions.RetainFor"/>).</exception>
    /// <exception cref="JobException">The job has no store, or has committed nothing.</exception>
    Task<long> EpochAtAsync(DateTimeOffset time, CancellationToken cancellation = default);

    /// <summary>Takes a savepoint: the whole state at the end of an epoch that begins after this call, under a name, until it is deleted
    /// (<see cref="Savepoints.DeleteAsync"/>).</summary>
    /// <param name="name">Its name: 1 to 64 letters, digits, '-', '_' and '.'.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The store has one of that name already.</exception>
    /// <exception cref="JobException">The job has no store, or has ended.</exception>
    Task<Savepoint> SaveAsync(string name, CancellationToken cancellation = default);

    /// <summary>Asks for an epoch now instead of at the end of the interval, and waits until it is committed: what was read before the call
    /// is durable then.</summary>
    /// <param name="cancellation">Ends the wait, not the epoch.</param>
    /// <returns>The epoch: it began after the call, and is committed.</returns>
    /// <exception cref="JobException">The job has ended, or its attempt ended before the epoch was committed; if it goes on, ask
    /// again.</exception>
    Task<long> CommitAsync(CancellationToken cancellation = default);

    /// <summary>Ends the input, on all nodes, and lets everything come out that follows from it: the watermark goes to the end of time, all
    /// of it is committed, and the job is complete for good.</summary>
    /// <param name="cancellation">Ends the wait, not the draining.</param>
    /// <exception cref="InvalidOperationException">The job was stopped before, or reads what is available
    /// (<see cref="JobOptions.AvailableNow"/>).</exception>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    Task DrainAsync(CancellationToken cancellation = default);

    /// <summary>Completes every observation of the job's tables in this process, those to come as well: the first thing to do when a
    /// process shuts down. The job goes on.</summary>
    void EndObservers();

    /// <summary>Stops the job, on all nodes: it commits what was read as a last epoch, and ends. A later start goes on from
    /// there.</summary>
    /// <param name="cancellation">Ends the wait, not the job.</param>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    Task StopAsync(CancellationToken cancellation = default);

    /// <summary>What is read of it.</summary>
    internal IJobSource Source { get; }
}
