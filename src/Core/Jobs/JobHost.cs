using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Jobs;

/// <summary>Who runs a job. The kernel knows no threads: its asynchronous code runs in turns, and the host decides
/// where and when.</summary>
internal abstract class JobHost
{
    /// <summary>Where the job's own turns are taken: supervision, restoring, epochs.</summary>
    public abstract TaskScheduler Scheduler { get; }

    /// <summary>Whether another process goes on with the job under the same options if this one is lost. Default: no.</summary>
    public virtual bool MovesOn => false;

    /// <summary>Gives a stage instance of the attempt that begins a place to run in. Called in a turn of the job.</summary>
    /// <param name="stage">The instance's name, unique within the attempt.</param>
    /// <param name="receive">Takes in what the instance is told, in a turn of the instance.</param>
    /// <param name="onLost">Called in a turn of the job if the place is taken away while it is in use.</param>
    /// <exception cref="JobException">The host has ended.</exception>
    public abstract StagePlace Open(string stage, Action<object> receive, Action<string> onLost);

    /// <summary>Where the instances of an attempt run. Default: all of them here, each in a place of this host.</summary>
    /// <param name="attempt">What they need of the attempt.</param>
    /// <param name="run">The attempt.</param>
    public virtual Instances InstancesOf(InstancesOfAttempt attempt, JobRun run) => new LocalInstances(attempt, this);

    /// <summary>Takes back the places of an attempt that has ended; complete when none of them runs any more.</summary>
    public abstract Task CloseStagesAsync();

    /// <summary>An attempt is restored, and begins. Called in a turn of the job.</summary>
    public abstract void OnBegun(JobRun attempt);

    /// <summary>That attempt has failed: nothing that it was told and has not answered is answered any more. Called in a turn of the
    /// job.</summary>
    public abstract void OnFailed();

    /// <summary>The job has ended and asks for no turn any more.</summary>
    public abstract Task EndAsync();

    /// <summary>Starts asynchronous work in a turn of the job.</summary>
    public Task RunAsync(Func<Task> work) => Scheduler.RunAsync(work);
}
