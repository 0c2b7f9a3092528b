using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>How specs run jobs: short epochs, rows of any year, and a limit to every wait.</summary>
internal static class Runs
{
    /// <summary>Epochs as short as they may be; event times may be anything; a failure ends the job.</summary>
    public static JobOptions Quick { get; } = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(10),
        MaxEventTimeAhead = null,
        Parallelism = 2,
        Shards = 16,
        Restart = RestartPolicy.None
    };

    /// <summary>Runs a bounded pipeline to its end.</summary>
    public static async Task ToEndAsync(this Pipeline pipeline, Store? store = null, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, store, options ?? Quick).WaitAsync(Limits.Test);
        await job.Completion.WaitAsync(Limits.Test);
    }

    /// <summary>Ends as a crash would, within the limit of a test.</summary>
    public static Task CrashAsync(this Job job) => job.DisposeAsync().AsTask().WaitAsync(Limits.Test);

    /// <summary>The error with which a bounded pipeline fails.</summary>
    public static async Task<TError> FailsAsync<TError>(this Pipeline pipeline, Store? store = null, JobOptions? options = null)
        where TError : Exception => await Assert.ThrowsAsync<TError>(() => pipeline.ToEndAsync(store, options));
}
