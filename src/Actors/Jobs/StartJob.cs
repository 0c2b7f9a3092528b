using ActorStreams.Core.Jobs;
using Akka.Actor;
using Akka.Event;

namespace ActorStreams.Actors.Jobs;

/// <summary>Starts a job in an actor of its own.</summary>
/// <param name="Pipeline">What to run.</param>
/// <param name="Store">Where the truth is kept; null: nowhere.</param>
/// <param name="OwnsStore">The job disposes of the store.</param>
/// <param name="Options">How to run.</param>
/// <param name="Dispatcher">The dispatcher of the job's actors, as the configuration names it.</param>
/// <param name="Elsewhere">Takes the turns of actors that have stopped.</param>
/// <param name="Started">Completes when the job is open and running.</param>
/// <param name="Ended">Called when the job's actor has stopped.</param>
/// <param name="Cancellation">Ends the attempt to start.</param>
internal sealed record StartJob(Pipeline Pipeline, Store? Store, bool OwnsStore, JobOptions Options, string Dispatcher,
    Action<Action> Elsewhere, TaskCompletionSource<StartedJob> Started, Action Ended, CancellationToken Cancellation)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>Gives the instances of an attempt places elsewhere; null: each is a child of the job's actor.</summary>
    public Func<InstancesOfAttempt, JobRun, JobHost, Instances>? Instances { get; init; }
}

/// <summary>A job that runs.</summary>
/// <param name="Job">The job.</param>
/// <param name="Actor">Its actor, which outlives attempts and ends with the job.</param>
internal sealed record StartedJob(Job Job, IActorRef Actor);
