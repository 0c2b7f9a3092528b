using System.Security.Cryptography;
using System.Text;
using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster;
using ActorStreams.Cluster.Access;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Nodes;
using ActorStreams.Cluster.Placement;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Storage;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;

namespace ActorStreams;

/// <summary>A pipeline that runs on the nodes of an Akka.NET cluster, as one of them sees it.</summary>
/// <remarks>
/// <para>Every node starts it with the same pipeline, store and options. Akka.Cluster.Sharding spreads the stage instances over the nodes,
/// rows
/// go from node to node by links, and a coordinator on the oldest node commits epochs. A node that is lost ends the attempt; the next one
/// begins from the last committed epoch on the nodes that are left, so that no row is lost and none is counted twice.</para>
/// <para>The store must be one that all nodes reach, as <see cref="Store"/>.<c>PostgreSql</c>. It decides who may commit, whatever nodes
/// believe
/// of each other.</para>
/// </remarks>
/// <example><code>
/// await using ClusterJob job = await ClusterJob.StartAsync(system, pipeline, Store.PostgreSql(connection));
/// await job.Completion;
/// </code></example>
public sealed class ClusterJob : IJob
{
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);

    private readonly ActorSystem _system;
    private readonly string _pipeline;
    private readonly IActorRef _node;
    private readonly IActorRef _coordinator;
    private readonly IActorRef? _manager;
    private readonly IActorRef? _region;
    private readonly ITimer _asking;
    private readonly Store? _store;
    private readonly Store? _archive;
    private readonly TimeProvider _clock;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JobState _state = new(JobPhase.Starting, 0, 0, 0, "the coordinator has not answered yet", "", []);

    /// <summary>A node that runs instances.</summary>
    private ClusterJob(JobAccess access, Pipeline pipeline, Store? store, JobOptions options, ClusterStreams streams)
    {
        ActorSystem system = streams.Cluster.System;
        (_system, _pipeline, Access, _store, _clock) = (system, pipeline.Name, access, store, options.Clock);
        _archive = store is null ? null : options.SavepointStore ?? store;
        string name = ActorNames.Of(pipeline.Name);
        var turns = new TurnScheduler(TurnScheduler.OnPool);
        var start = new NodeStart(store, options, streams.Links, system.ActorStreams().Dispatcher, TurnScheduler.OnPool, OnState);
        _node = system.ActorOf(Props.Create<NodeActor>(pipeline, start, turns).WithDispatcher(start.Dispatcher), NodeNames.NodeOf(name));
        string? role = streams.Settings.RoleOrNull;
        IActorRef node = _node;
        _region = ClusterSharding.Get(system).Start($"actorstreams-{name}", _ => Props.Create<InstanceEntity>(node),
            SettingsOf(system, streams, role), new InstanceExtractor(), new InstanceAllocation(), MoveInstance.Now);
        // The coordinator asks by a way of its own: the region of its node may leave before it does.
        IActorRef claims = ClusterSharding.Get(system).StartProxy($"actorstreams-{name}", role ?? "", new InstanceExtractor());
        var context = new ClusterContext(streams.Members, claims, streams.Settings, options.Clock,
            new JobPlace(system) { IsOfUser = true });
        ClusterSingletonManagerSettings singleton = ClusterSingletonManagerSettings.Create(system).WithSingletonName("job");
        Props coordinator = Props.Create<CoordinatorActor>(pipeline, store, options, context, new TurnScheduler(TurnScheduler.OnPool));
        _manager = system.ActorOf(ClusterSingletonManager.Props(coordinator, HandOver.Now,
            role is null ? singleton : singleton.WithRole(role)), NodeNames.CoordinatorOf(name));
        _coordinator = Proxy(system, name, role);
        _asking = Asking(options, streams);
    }

    /// <summary>A node that runs none.</summary>
    private ClusterJob(JobAccess access, Store? store, Pipeline pipeline, JobOptions options, ClusterStreams streams)
    {
        (_system, _pipeline, Access, _store, _clock) = (streams.Cluster.System, pipeline.Name, access, store, options.Clock);
        _archive = store is null ? null : options.SavepointStore ?? store;
        string name = ActorNames.Of(pipeline.Name);
        Action<JobState, IActorRef> onState = OnState;
        _node = _system.ActorOf(Props.Create<ProxyActor>(onState), NodeNames.NodeOf(name));
        _coordinator = Proxy(_system, name, streams.Settings.RoleOrNull);
        _asking = Asking(options, streams);
    }

    /// <summary>Completes when every source has ended and the last epoch is committed, or when the job was stopped, on whatever node; fails
    /// when the job fails for good. A node hears of it within a second.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The last committed epoch, as far as this node has heard; 0 before the first.</summary>
    public long Epoch => Volatile.Read(ref _state).Epoch;

    /// <summary>How the job stands, as text for people: the attempt, the epoch, the coordinator, and the node of each stage instance. As
    /// this node
    /// heard it last.</summary>
    public string Describe()
    {
        JobState state = Volatile.Read(ref _state);
        var text = new StringBuilder();
        text.AppendLine($"Job '{_pipeline}' on a cluster: {state.Phase.ToString().ToLowerInvariant()}, attempt {state.Attempt}, " +
            $"epoch {state.Epoch}, {state.Restarts} restarts");
        if (state.Coordinator.Length > 0)
            text.AppendLine($"coordinator: {state.Coordinator}");
        foreach (IGrouping<string, (string Name, string Node)> node in state.Instances
            .GroupBy(static one => one.Node, StringComparer.Ordinal).OrderBy(static node => node.Key, StringComparer.Ordinal))
            text.AppendLine($"node {node.Key}: {string.Join(", ", node.Select(static one => one.Name))}");
        if (state.Text.Length > 0)
            text.AppendLine(state.Text);
        return text.ToString();
    }

    /// <summary>What this node reaches of the job.</summary>
    internal JobAccess Access { get; }

    IJobSource IJob.Source => Access;

    /// <summary>What a keyed operator keeps for one key, on whatever node.</summary>
    /// <param name="entities">The operator's entities: given by its stream (<see cref="Stream{T}.EntitiesOf{TKey, TState}"/>), or made of
    /// its name.</param>
    /// <param name="key">The key.</param>
    public EntityRef<TKey, TState> Entity<TKey, TState>(EntityHandle<TKey, TState> entities, TKey key)
    {
        ArgumentNullException.ThrowIfNull(entities);
        return new EntityRef<TKey, TState>(Access, entities, key);
    }

    /// <summary>The actor of an operator's entities on this node: it takes <see cref="EntityEnvelope"/>s from any actor, and answers each
    /// sender. The entities themselves may be on any node.</summary>
    /// <remarks>
    /// <para>Messages go to the coordinator, and from there to the node of the entity; keys, commands, states and events by their codecs.
    /// While the job has no coordinator, and between two attempts, they wait, <see cref="JobOptions.MaxEntityMessages"/> at most on each
    /// node.</para>
    /// <para>A command that was answered by <see cref="CommandCommitted{TEvent}"/> is durable, and has happened once. When an attempt ends,
    /// commands that were not committed are given to the next one, once. Where the coordinator's node is lost, commands that it had not
    /// answered fail with a <see cref="JobException"/> whose <see cref="JobException.IsInDoubt"/> is true: give them again, with an id that
    /// the entity keeps and knows. Questions are asked anew.</para>
    /// <para>An answer is of the attempt that the coordinator runs; what a node of an earlier attempt says is dropped. A current state
    /// is not committed yet, as in one process: a coordinator that was cut off and has not noticed may tell one that the next attempt takes
    /// back. Committed states, and answers to commands, are never taken back.</para>
    /// </remarks>
    /// <param name="entities">The operator's entities: given by its stream, or made of its name.</param>
    /// <exception cref="JobException">The pipeline has no such operator with such keys and such a state.</exception>
    public IActorRef Entities<TKey, TState>(EntityHandle<TKey, TState> entities)
    {
        ArgumentNullException.ThrowIfNull(entities);
        return Access.Entities<TKey, TState>(entities.Operator, entities.State);
    }

    /// <summary>Starts a pipeline on the cluster, or joins it where it runs already.</summary>
    /// <param name="system">A node of the cluster. Once it shuts down in order, the job moves to the other nodes.</param>
    /// <param name="pipeline">What to run; the same on every node.</param>
    /// <param name="store">Where the truth is kept; one that all nodes reach.</param>
    /// <param name="options">How to run, the same on every node; null: the defaults.</param>
    /// <param name="cancellation">Ends the wait for the job's beginning; the node takes part nevertheless until the job is disposed
    /// of.</param>
    /// <returns>The job, once it has begun; it may have been running for long.</returns>
    /// <exception cref="PipelineException">The pipeline, the options or the system's settings are wrong.</exception>
    /// <exception cref="ActorStreamsException">The job has failed for good.</exception>
    public static async Task<ClusterJob> StartAsync(ActorSystem system, Pipeline pipeline, Store store, JobOptions? options = null,
        CancellationToken cancellation = default)
    {
        (options, ClusterStreams streams) = Check(system, pipeline, store, options);
        if (streams.Settings.RoleOrNull is { } role && !streams.Cluster.SelfRoles.Contains(role))
        {
            throw new PipelineException($"Pipeline '{pipeline.Name}': instances run on nodes of the role '{role}' " +
                $"({ClusterSettings.Section}.role), which this node has not. Use {nameof(ClusterJob)}.{nameof(ProxyAsync)} here, or give the " +
                "node the role (akka.cluster.roles).");
        }

        Store? kept = store is VolatileStore ? null : store;
        var access = new JobAccess(system, pipeline, kept, options, streams.Members.Self);
        return await BegunAsync(new ClusterJob(access, pipeline, kept, options, streams), cancellation);
    }

    /// <summary>Reaches a job of the cluster from a node that runs no instance of it, because it has not the role of those that do
    /// (<c>actorstreams.cluster.job.role</c>).</summary>
    /// <remarks>Entities, tables and ingresses are reached as from any other node. It may be called before the job is started
    /// elsewhere.</remarks>
    /// <param name="system">A node of the cluster.</param>
    /// <param name="pipeline">The pipeline, as the other nodes run it.</param>
    /// <param name="store">The job's store, for what is read as of an epoch.</param>
    /// <param name="options">As on the other nodes; null: the defaults.</param>
    /// <param name="cancellation">Ends the wait for the job's beginning.</param>
    /// <returns>The job, once it has begun. To dispose of it ends the proxy, not the job.</returns>
    /// <exception cref="PipelineException">No role is set, or this node has it; or the pipeline, the options or the system's settings are
    /// wrong.</exception>
    /// <exception cref="ActorStreamsException">The job has failed for good.</exception>
    public static async Task<ClusterJob> ProxyAsync(ActorSystem system, Pipeline pipeline, Store store, JobOptions? options = null,
        CancellationToken cancellation = default)
    {
        (options, ClusterStreams streams) = Check(system, pipeline, store, options);
        if (streams.Settings.RoleOrNull is not { } role || streams.Cluster.SelfRoles.Contains(role))
        {
            throw new PipelineException($"Pipeline '{pipeline.Name}': every node " + (streams.Settings.RoleOrNull is { } own
                ? $"of the role '{own}' runs instances, and this node has it" : "of the cluster runs instances, because no role is set") +
                $", so this one cannot only look on. Set {ClusterSettings.Section}.role to a role of the nodes that run instances, on all " +
                $"nodes, or start the job here, by {nameof(ClusterJob)}.{nameof(StartAsync)}.");
        }

        Store? kept = store is VolatileStore ? null : store;
        var access = new JobAccess(system, pipeline, kept, options, streams.Members.Self);
        return await BegunAsync(new ClusterJob(access, kept, pipeline, options, streams), cancellation);
    }

    /// <summary>Takes a savepoint, as <see cref="Job.SaveAsync"/> does: the whole state at the end of an epoch that begins after this call,
    /// under a name, until it is deleted (<see cref="Savepoints.DeleteAsync"/>). The job goes on meanwhile.</summary>
    /// <remarks>Any node may ask. The coordinator copies the state, into <see cref="JobOptions.SavepointStore"/> or the job's own store. If
    /// an attempt ends meanwhile, or the coordinator is lost, the savepoint is taken of the next epoch that is committed.</remarks>
    /// <param name="name">Its name: 1 to 64 letters, digits, '-', '_' and '.'.</param>
    /// <param name="cancellation">Ends the wait; the savepoint may be taken nevertheless.</param>
    /// <exception cref="StoreException">The store has one of that name already, or does not take it.</exception>
    /// <exception cref="FencedException">Another savepoint of the pipeline is taken or deleted at the same time.</exception>
    /// <exception cref="JobException">The job has no store, or has ended.</exception>
    public async Task<Savepoint> SaveAsync(string name, CancellationToken cancellation = default)
    {
        Savepoints.CheckName(name);
        Store archive = _archive
            ?? throw new JobException($"Pipeline '{_pipeline}': there is nothing to save, the job has no store.");
        if (await FindAsync(archive, name, cancellation) is not null)
            throw Savepoints.Exists(archive, _pipeline, name);
        long request = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        (JobSaved answer, bool isFirst) = await SavedAsync(new SaveJob(request, name), cancellation);
        // A coordinator that was lost may have taken it, and could not say so.
        if (!isFirst && answer.Outcome == SaveOutcome.Exists && await FindAsync(archive, name, cancellation) is { } found)
            return found;
        return answer.Outcome switch
        {
            SaveOutcome.Saved =>
                new Savepoint(answer.Name, _pipeline, answer.Epoch, EventTime.ToDateTimeOffset(answer.TakenAt), answer.SizeBytes),
            SaveOutcome.Fenced => throw new FencedException(answer.Text),
            SaveOutcome.JobFailed => throw new JobException(answer.Text),
            _ => throw new StoreException(answer.Text),
        };
    }

    /// <summary>The last epoch that was committed at a time or before it, of those that are retained.</summary>
    /// <param name="time">The time, by the job's clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The epoch of that time is not retained (<see cref="JobOptions.RetainFor"/>).</exception>
    /// <exception cref="JobException">The job has no store, or has committed nothing.</exception>
    public async Task<long> EpochAtAsync(DateTimeOffset time, CancellationToken cancellation = default)
    {
        await using JobReader reader = (_store is null ? null : await _store.OpenReaderAsync(_pipeline, cancellation))
            ?? throw new JobException($"Pipeline '{_pipeline}': there is nothing to read, the job has no store or has committed nothing.");
        return StoredStates.At(await reader.EpochsAsync(cancellation), time, _pipeline).Epoch;
    }

    /// <summary>Stops the job on all nodes: it commits what was read as a last epoch, and ends. A later start goes on from there.</summary>
    /// <param name="cancellation">Ends the wait, not the job.</param>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        _coordinator.Tell(StopJob.Now, _node);
        await Completion.WaitAsync(cancellation);
    }

    /// <summary>This node hosts no instance of the job any more: those that it has move to the other nodes between two epochs.</summary>
    /// <remarks>The coordinator stays where it is until the job ends or its node leaves the cluster. To let a node go, shut its
    /// ActorSystem down
    /// (<c>CoordinatedShutdown</c>), which does this and moves the coordinator.</remarks>
    public async ValueTask DisposeAsync()
    {
        bool hasEnded = Volatile.Read(ref _state).IsEnd || _system.WhenTerminated.IsCompleted;
        if (_region is null)
        {
            await _asking.DisposeAsync();
            Access.End();
            _system.Stop(_node);
            _system.Stop(_coordinator);
            _completion.TrySetCanceled(CancellationToken.None);
            _begun.TrySetCanceled(CancellationToken.None);
            return;
        }

        if (!hasEnded)
        {
            _region.Tell(GracefulShutdown.Instance, ActorRefs.NoSender);
            await Task.WhenAny(_region.WatchAsync(), _system.WhenTerminated);
        }

        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Tell(new LeaveJob(left), ActorRefs.NoSender);
        if (!_system.WhenTerminated.IsCompleted && !_node.IsNobody())
            await Task.WhenAny(left.Task, _node.WatchAsync(), _system.WhenTerminated);
        await _asking.DisposeAsync();
        Access.End();                                   // only now: the last epoch of what ran here is committed
        _system.Stop(_node);
        if (hasEnded)
        {
            _system.Stop(_coordinator);
            _system.Stop(_manager!);
        }

        _completion.TrySetCanceled(CancellationToken.None);
        _begun.TrySetCanceled(CancellationToken.None);
    }

    private static ClusterShardingSettings SettingsOf(ActorSystem system, ClusterStreams streams, string? role)
    {
        ClusterShardingSettings settings = ClusterShardingSettings.Create(system).WithStateStoreMode(StateStoreMode.DData)
            .WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero);
        settings = settings.WithTuningParameters(settings.TuningParameters.WithRebalanceInterval(streams.Settings.RebalanceEvery)
            .WithRetryInterval(streams.Settings.ClaimEvery).WithHandOffTimeout(streams.Settings.MoveWithin));
        return role is null ? settings : settings.WithRole(role);
    }

    private async Task<Savepoint?> FindAsync(Store archive, string name, CancellationToken cancellation) =>
        (await Savepoints.ListAsync(archive, _pipeline, cancellation)).FirstOrDefault(one => one.Name == name);

    /// <summary>Asks whoever is the coordinator until there is an answer: what is told to one that is lost is lost, too.</summary>
    /// <returns>The answer, and whether it is one to the first time that it was asked.</returns>
    private async Task<(JobSaved Answer, bool IsFirst)> SavedAsync(SaveJob request, CancellationToken cancellation)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            if (_system.WhenTerminated.IsCompleted)
            {
                throw new JobException(
                    $"Pipeline '{_pipeline}': this node has shut down; whether savepoint '{request.Name}' was taken is not known here.");
            }

            try
            {
                JobSaved answer = await _coordinator.Ask<JobSaved>(request, s_askAgain, cancellation);
                if (answer.Outcome != SaveOutcome.Moved)
                    return (answer, isFirst);
                await Task.Delay(s_askAgain, _clock, cancellation);
            }
            catch (AskTimeoutException)
            {
                // not yet, or by nobody
            }
        }
    }

    private void Ask() => _coordinator.Tell(new JobAsked(_node), _node);

    private static IActorRef Proxy(ActorSystem system, string pipeline, string? role)
    {
        ClusterSingletonProxySettings proxy = ClusterSingletonProxySettings.Create(system).WithSingletonName("job");
        return system.ActorOf(ClusterSingletonProxy.Props($"/user/{NodeNames.CoordinatorOf(pipeline)}", role is null ? proxy : proxy.WithRole(role)),
            $"{NodeNames.CoordinatorOf(pipeline)}-proxy");
    }

    private static (JobOptions Options, ClusterStreams Streams) Check(ActorSystem system, Pipeline pipeline, Store store,
        JobOptions? options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(store);
        ActorStreamsExtension streams = system.ActorStreams();
        options = streams.Complete((options ?? new JobOptions()) with { System = system });
        Job.Check(pipeline, options);
        if (store is not VolatileStore && !store.TakesNodes)
        {
            throw new PipelineException($"Pipeline '{pipeline.Name}': the store '{store.Description}' is written by one process, so the job " +
                "cannot run on many nodes with it. Use a store that every node reaches, as Store.PostgreSql(connectionString), or start the " +
                "job in one process, by Job.StartAsync.");
        }

        return (options, ClusterStreams.Get(system));
    }

    private static async Task<ClusterJob> BegunAsync(ClusterJob job, CancellationToken cancellation)
    {
        await job._begun.Task.WaitAsync(cancellation);
        return job;
    }

    private ITimer Asking(JobOptions options, ClusterStreams streams) =>
        options.Clock.CreateTimer(static self => ((ClusterJob)self!).Ask(), this, TimeSpan.Zero, streams.Settings.AskEvery);

    private void OnState(JobState state, IActorRef coordinator)
    {
        Volatile.Write(ref _state, state);
        Access.OnTidings(new JobTidings(state, coordinator));
        switch (state.Phase)
        {
            case JobPhase.Running:
                _begun.TrySetResult();
                break;
            case JobPhase.Failed:
                var error = new JobException(state.Text);
                _begun.TrySetException(error);
                _completion.TrySetException(error);
                _ = (_begun.Task.Exception, _completion.Task.Exception);
                break;
            case JobPhase.Completed or JobPhase.Stopped:
                _begun.TrySetResult();
                _completion.TrySetResult();
                break;
        }
    }
}
