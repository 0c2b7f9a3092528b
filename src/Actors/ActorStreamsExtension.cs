using System.Collections.Concurrent;
using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using Akka.Actor;
using Akka.Dispatch;

namespace ActorStreams;

/// <summary>ActorStreams in an ActorSystem: where its jobs run, under <c>/user/actorstreams</c>.</summary>
/// <example><code>
/// var system = ActorSystem.Create("shop");
/// await using Job job = await system.ActorStreams().StartAsync(pipeline, Store.Sqlite("shop.db"));
/// </code></example>
public sealed class ActorStreamsExtension : IExtension
{
    private readonly IActorRef _jobs;
    private readonly ConcurrentDictionary<StartJob, bool> _starting = new();

    internal ActorStreamsExtension(ExtendedActorSystem system)
    {
        System = system;
        _jobs = system.ActorOf(Props.Create<JobsActor>(), JobsActor.Name);
        system.RegisterOnTermination(FailStarting);
    }

    /// <summary>The system.</summary>
    public ActorSystem System { get; }

    /// <summary>The extension of a system; made when it is first asked for.</summary>
    public static ActorStreamsExtension Get(ActorSystem system) =>
        (system ?? throw new ArgumentNullException(nameof(system))).WithExtension<ActorStreamsExtension, ActorStreamsProvider>();

    internal async Task<Job> StartAsync(Pipeline pipeline, Store? store, bool ownsStore, JobOptions options, JobPlace place, Action ended,
        CancellationToken cancellation)
    {
        var start = new StartJob(pipeline, store, ownsStore, options,
            place.Dispatcher ?? Dispatchers.DefaultDispatcherId, place.Elsewhere ?? TurnScheduler.OnPool,
            new TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously), ended, cancellation);
        _starting.TryAdd(start, true);
        try
        {
            if (System.WhenTerminated.IsCompleted)
                FailStarting();
            _jobs.Tell(start, ActorRefs.NoSender);
            return await start.Started.Task;
        }
        finally
        {
            _starting.TryRemove(start, out _);
        }
    }

    /// <summary>Whoever still waits for a start is told that nobody is left to make it.</summary>
    private void FailStarting()
    {
        foreach (StartJob start in _starting.Keys)
        {
            start.Started.TrySetException(new JobException(
                $"Pipeline '{start.Pipeline.Name}': the ActorSystem '{System.Name}' has terminated. Start the job in one that runs."));
        }
    }
}

/// <summary>Makes the <see cref="ActorStreamsExtension"/> of an ActorSystem; also for <c>akka.extensions</c> in HOCON.</summary>
public sealed class ActorStreamsProvider : ExtensionIdProvider<ActorStreamsExtension>
{
    /// <inheritdoc/>
    public override ActorStreamsExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
