namespace ActorStreams.TestKit;

/// <summary>Jobs on a <see cref="SimulationScheduler"/>.</summary>
public static class SimulatedJobs
{
    /// <summary>The same options for a job whose actors and whose time are those of a simulation.</summary>
    /// <param name="options">How to run.</param>
    /// <param name="scheduler">The process that the job runs in.</param>
    /// <example><c>Job job = scheduler.Run(() => Job.StartAsync(pipeline, store, new JobOptions().On(scheduler)));</c></example>
    public static JobOptions On(this JobOptions options, SimulationScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scheduler);
        return options with { Clock = scheduler.Clock, Place = scheduler.Place, KeySeeds = scheduler.NextKeySeed };
    }
}
