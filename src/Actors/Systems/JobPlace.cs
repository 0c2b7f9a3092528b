using ActorStreams.Core.Jobs;
using Akka.Actor;

namespace ActorStreams.Actors.Systems;

/// <summary>Where a job is to run.</summary>
/// <param name="System">The ActorSystem.</param>
/// <param name="Dispatcher">The dispatcher of the job's actors, as the configuration names it; null: that of the settings.</param>
/// <param name="Elsewhere">Takes the turns of actors that have stopped; null: the thread pool.</param>
internal sealed record JobPlace(ActorSystem System, string? Dispatcher = null, Action<Action>? Elsewhere = null)
{
    /// <summary>The system is the application's: it hears what jobs tell, and they end with its coordinated shutdown.</summary>
    public bool IsOfUser { get; init; }

    /// <summary>Stops the job when the system shuts down, until it is cancelled because the time is over; null: as jobs stop.</summary>
    public Func<Job, CancellationToken, Task>? Stop { get; init; }

    /// <summary>Gives the instances of an attempt places elsewhere; null: they run in the system.</summary>
    public Func<InstancesOfAttempt, JobRun, JobHost, Instances>? Instances { get; init; }
}
