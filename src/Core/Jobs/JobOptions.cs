namespace ActorStreams.Core.Jobs;

/// <summary>How a job runs. Every value has a default that is right for a service on one machine.</summary>
public sealed record JobOptions
{
    /// <summary>The most actors of a stage that work at once, 1 to 256. Default: the number of processors.</summary>
    public int Parallelism { get; init; } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>The number of shards, a power of two up to 32,768, chosen at the job's first start and kept after it. Default: 128.</summary>
    public int Shards { get; init; } = 128;

    /// <summary>The time from one barrier to the next, 10 ms to 49 days. Default: 1 second. Results of transactional sinks appear this often.</summary>
    public TimeSpan EpochInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many committed epochs stay readable (<c>as of</c>, restart from an epoch), at least 1. Default: 3.</summary>
    public int RetainedEpochs { get; init; } = 3;

    /// <summary>Goes on from this retained epoch instead of the last one: later epochs are forgotten. Default: null, the last one.</summary>
    public long? RestartFromEpoch { get; init; }

    /// <summary>Starts although the store holds the state of operators, or the offsets of sources, that the pipeline does not have any more; both are forgotten.
    /// Default: false, because an operator that was renamed by mistake would start empty, and a source at its beginning.</summary>
    public bool AllowRemovedState { get; init; }

    /// <summary>What operators do with rows that throw, unless they say otherwise. Default: <see cref="ErrorPolicy.Fail"/>.</summary>
    public ErrorPolicy Errors { get; init; } = ErrorPolicy.Fail;

    /// <summary>What becomes of the job when an actor fails. Default: it fails.</summary>
    public RestartPolicy Restart { get; init; } = RestartPolicy.None;

    /// <summary>Rows whose event time is further than this ahead of the clock are treated by the error policy of their source, so that one wrong
    /// record cannot drive the watermark. Null: no bound. Default: 1 day.</summary>
    public TimeSpan? MaxEventTimeAhead { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The longest a row waits for its batch to fill. Default: 1 ms.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Rows in a batch between actors, 16 to 65,536. Default: 1,024.</summary>
    public int BatchRows { get; init; } = 1024;

    /// <summary>Batches that wait in one lane of a mailbox at most, 1 to 1,024. Default: 8.</summary>
    public int MailboxBatches { get; init; } = 8;

    /// <summary>The source of all time. Default: the system clock.</summary>
#pragma warning disable RS0030 // the one place that names the system clock
    public TimeProvider Clock { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Where actors run. Default: the thread pool. The TestKit gives one that runs a whole job on one thread, in an order drawn from a seed.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Told what the job gets over by itself, such as restarts and a store that takes nothing: for a log. Called on the job's threads, so it must be quick;
    /// what it throws is ignored. Null: nobody is told.</summary>
    public Action<JobNotice>? OnNotice { get; init; }

    /// <summary>The longest that timers wait, in whole days.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);

    /// <summary>When snapshots replace journals; the TestKit makes it often.</summary>
    internal EventSourcing.SnapshotPolicy Snapshots { get; init; } = EventSourcing.SnapshotPolicy.Default;

    internal void Tell(JobNotice notice)
    {
        try
        {
            OnNotice?.Invoke(notice);
        }
        catch (Exception)
        {
            // Whoever listens must not end the job.
        }
    }

    internal void Validate(string pipeline)
    {
        Check(Parallelism is >= 1 and <= 256, nameof(Parallelism), Parallelism, "1 to 256");
        Check(EpochInterval >= TimeSpan.FromMilliseconds(10) && EpochInterval <= s_longest, nameof(EpochInterval), EpochInterval, "10 ms to 49 days");
        Check(RetainedEpochs >= 1, nameof(RetainedEpochs), RetainedEpochs, "at least 1");
        Check(BatchRows is >= 16 and <= 65_536, nameof(BatchRows), BatchRows, "16 to 65,536");
        Check(MailboxBatches is >= 1 and <= 1024, nameof(MailboxBatches), MailboxBatches, "1 to 1,024");
        Check(Linger >= TimeSpan.Zero, nameof(Linger), Linger, "not negative");
        Check(MaxEventTimeAhead is null || MaxEventTimeAhead >= TimeSpan.Zero, nameof(MaxEventTimeAhead), MaxEventTimeAhead!, "not negative, or null for no bound");
        Check(Restart is { MaxRestarts: >= 0 } && IsDelay(Restart.FirstDelay) && IsDelay(Restart.MaxDelay), nameof(Restart), Restart, "a number of restarts, and delays of 0 to 49 days");
        _ = new Keys.ShardMap(Shards);

        static bool IsDelay(TimeSpan delay) => delay >= TimeSpan.Zero && delay <= s_longest;

        void Check(bool isRight, string name, object value, string range)
        {
            if (!isRight)
                throw new PipelineException($"Pipeline '{pipeline}': {nameof(JobOptions)}.{name} is {value}; it must be {range}.");
        }
    }
}

/// <summary>What becomes of a job when an actor or the store fails.</summary>
/// <param name="MaxRestarts">Restarts in a row before the job fails; an epoch that commits starts the count anew.</param>
/// <param name="FirstDelay">The wait before the first restart; doubled for each further one.</param>
/// <param name="MaxDelay">The longest wait.</param>
public sealed record RestartPolicy(int MaxRestarts, TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>The job fails at once.</summary>
    public static RestartPolicy None { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Restarts from the last committed epoch after 1 s, 2 s, 4 s, … up to 1 minute, ten times in a row.</summary>
    public static RestartPolicy BackOff { get; } = new(10, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
}
