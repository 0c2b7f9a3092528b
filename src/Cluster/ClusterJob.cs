using ActorStreams.Actors.Entities;
using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster;
using ActorStreams.Cluster.Access;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Figures;
using ActorStreams.Cluster.Nodes;
using ActorStreams.Cluster.Settings;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Storage;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorStreams;

/// <summary>A pipeline that runs on the nodes of an Akka.NET cluster, as one of them sees it.</summary>
/// <remarks>
/// <para>Every node starts it with the same pipeline, store and options. Akka.Cluster.Sharding spreads the stage instances over the nodes,
/// rows go from node to node by links, and a coordinator on the oldest node commits epochs. A node that is lost ends the attempt; the next
/// one begins from the last committed epoch on the nodes that are left, so that no row is lost and none is counted twice.</para>
/// <para>The store must be one that all nodes reach, as <see cref="Store"/>.<c>PostgreSql</c>. It decides who may commit, whatever nodes
/// believe of each other.</para>
/// <para>What is said of the job is the same on every node, a second old at most: nodes tell the coordinator what their instances have
/// counted, and hear from it how the whole job stands. Each notice (<see cref="JobOptions.OnNotice"/>) is told on every node.</para>
/// </remarks>
/// <example><code>
/// await using ClusterJob job = await ClusterJob.StartAsync(system, pipeline, Store.PostgreSql(connection));
/// await job.Completion;
/// </code></example>
public sealed class ClusterJob : IJob, IEntityActors
{
    private readonly ActorSystem _system;
    private readonly string _pipeline;
    private readonly IActorRef _node;
    private readonly IActorRef _coordinator;
    private readonly IActorRef? _manager;
    private readonly IActorRef? _region;
    private readonly ITimer _asking;
    private readonly Store? _store;
    private readonly Store? _archive;
    private readonly bool _isAvailableNow;
    private readonly CoordinatorCalls _calls;
    private readonly JobHeard _heard;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _leaving;
    private object? _wish;                              // told until it is heard: a coordinator that is lost takes it along

    /// <param name="access">What this node reaches of the job.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="store">Where the truth is kept; null: nowhere.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="streams">What the jobs of the node share.</param>
    /// <param name="isProxy">This node runs no instance.</param>
    private ClusterJob(JobAccess access, Pipeline pipeline, Store? store, JobOptions options, ClusterStreams streams, bool isProxy)
    {
        ActorSystem system = streams.Cluster.System;
        (_system, _pipeline, Access, _store, _isAvailableNow) = (system, pipeline.Name, access, store, options.AvailableNow);
        _archive = store is null ? null : options.SavepointStore ?? store;
        _heard = new JobHeard(pipeline.Name, options, streams.Members.Self);
        string name = ActorNames.Of(pipeline.Name);
        _coordinator = NodeActors.Coordinator(system, name, streams.Settings.RoleOrNull);
        _calls = new CoordinatorCalls(system, pipeline.Name, _coordinator, options.Clock, _completion.Task);
        if (isProxy)
        {
            (Action<JobState, IActorRef> onState, Action<object> onNews) = (OnState, _heard.Take);
            _node = system.ActorOf(Props.Create<ProxyActor>(onState, onNews), NodeNames.NodeOf(name));
        }
        else
        {
            JobOptions ofNode = options with { OnNotice = notice => Raise(notice, options, streams.Members.Self) };
            var start = new NodeStart(store, ofNode, streams.Links, system.ActorStreams().Dispatcher, TurnScheduler.OnPool, OnState,
                _heard.Take);
            var turns = new TurnScheduler(TurnScheduler.OnPool);
            _node = system.ActorOf(Props.Create<NodeActor>(pipeline, start, turns).WithDispatcher(start.Dispatcher),
                NodeNames.NodeOf(name));
            (_region, _manager) = NodeActors.TakePart(system, pipeline, store, options, streams.Members, streams.Settings, _node);
        }

        _asking = options.Clock.CreateTimer(static self => ((ClusterJob)self!).Ask(), this, TimeSpan.Zero, streams.Settings.AskEvery);
    }

    /// <summary>Completes when every source has ended and the last epoch is committed, or when the job was stopped, on whatever node; fails
    /// when the job fails for good. A node hears of it within a second.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The last committed epoch, as far as this node has heard; 0 before the first.</summary>
    public long Epoch => _heard.Epoch;

    /// <summary>How often the job was restarted after a failure, since its coordinator is where it is. A planned move of instances is
    /// none.</summary>
    public int Restarts => _heard.State.Restarts;

    /// <summary>Whether an attempt runs, as this node heard it last: false before the first, between two, after the end, and where the
    /// coordinator has not answered for 10 seconds.</summary>
    public bool IsRunning => _heard.IsRunning;

    /// <summary>What the instances on all nodes have counted so far, as this node heard it last. From any thread.</summary>
    /// <remarks>Of nodes that have left, what was committed is counted where their instances are now; <see cref="JobMetrics.DeadLetters"/>
    /// are those that the nodes of this attempt have committed since they were started.</remarks>
    public JobMetrics Metrics => _heard.Metrics;

    /// <summary>What holds the job up at the moment, on whatever node, as <see cref="Job.Conditions"/>; besides, that it cannot begin, or
    /// that its coordinator does not answer (<see cref="JobNoticeKind.NotBegun"/>). From any thread.</summary>
    public IReadOnlyList<JobCondition> Conditions => _heard.Conditions;

    /// <summary>How the job stands, as text for people: the attempt, the epoch, the coordinator, the node of each stage instance with its
    /// address, and what <see cref="Job.Describe"/> tells in one process. As this node heard it last.</summary>
    public string Describe() => _heard.Describe();

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
        return await BegunAsync(new ClusterJob(access, pipeline, kept, options, streams, isProxy: false), cancellation);
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
        return await BegunAsync(new ClusterJob(access, pipeline, kept, options, streams, isProxy: true), cancellation);
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
        return await _calls.SaveAsync(archive, name, cancellation);
    }

    /// <summary>Asks for an epoch now, as <see cref="Job.CommitAsync"/> does, and waits until it is committed: what was read before the
    /// call, on whatever node, is durable then.</summary>
    /// <remarks>Views of this node show the epoch a little later: <c>job.Table(…)</c> is read at an epoch, or waits for one.</remarks>
    /// <param name="cancellation">Ends the wait, not the epoch.</param>
    /// <returns>The epoch: it began after the call, and is committed.</returns>
    /// <exception cref="JobException">The job has ended. Where only an attempt ends, an epoch of the next one is waited for.</exception>
    public async Task<long> CommitAsync(CancellationToken cancellation = default)
    {
        long epoch = await _calls.CommitAsync(cancellation);
        _heard.OnCommitted(epoch);
        return epoch;
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
        Wish(StopJob.Now);
        await Completion.WaitAsync(cancellation);
    }

    /// <summary>Ends the input on all nodes and lets everything come out that follows from it, as <see cref="Job.DrainAsync()"/> does: the
    /// job is complete for good then.</summary>
    /// <remarks>Sources that end by themselves, an <see cref="Ingress{T}"/> among them, are told so on the nodes that read them. An attempt
    /// that fails goes on with draining, also under another coordinator, as long as this node takes part.</remarks>
    /// <param name="cancellation">Ends the wait, not the draining.</param>
    /// <exception cref="InvalidOperationException">The job was stopped, or reads what is available
    /// (<see cref="JobOptions.AvailableNow"/>): its windows are open.</exception>
    /// <exception cref="ActorStreamsException">The job has failed.</exception>
    public async Task DrainAsync(CancellationToken cancellation = default)
    {
        if (_isAvailableNow)
        {
            throw new InvalidOperationException($"Pipeline '{_pipeline}' reads what is available and ends by itself, with windows open for " +
                $"the next start. To close them, start it without {nameof(JobOptions)}.{nameof(JobOptions.AvailableNow)}.");
        }

        Wish(DrainJob.Now);
        await Completion.WaitAsync(cancellation);
        if (_heard.State.Phase == JobPhase.Stopped)
        {
            throw new InvalidOperationException(
                $"Pipeline '{_pipeline}' was stopped, and its windows are open for the next start. Start it again to drain it.");
        }
    }

    /// <summary>Completes every observation of the job's tables on this node, those to come as well. The job goes on, and so do the
    /// observations of other nodes.</summary>
    public void EndObservers() => Access.Views.EndObservers();

    /// <summary>This node hosts no instance of the job any more: those that it has move to the other nodes between two epochs.</summary>
    /// <remarks>The coordinator stays where it is until the job ends or its node leaves the cluster. To let a node go, shut its
    /// ActorSystem down (<c>CoordinatedShutdown</c>), which does this and moves the coordinator.</remarks>
    public ValueTask DisposeAsync()
    {
        lock (_completion)
            return new ValueTask(_leaving ??= LeaveAsync());
    }

    private async Task LeaveAsync()
    {
        _system.ActorStreams().Jobs.Remove(_pipeline, this);
        bool hasEnded = _heard.State.IsEnd || _system.WhenTerminated.IsCompleted;
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

    private void Ask()
    {
        _coordinator.Tell(_heard.Ask(_node), _node);
        if (Volatile.Read(ref _wish) is { } wish && !_heard.State.IsEnd)
            _coordinator.Tell(wish, _node);
    }

    private void Wish(object wish)
    {
        Volatile.Write(ref _wish, wish);
        _coordinator.Tell(wish, _node);
    }

    /// <summary>Something was told by an instance of this node.</summary>
    private void Raise(JobNotice notice, JobOptions options, string self)
    {
        options.Tell(notice);
        _coordinator.Tell(new NoticeRaised(self, notice.Kind, notice.Message, notice.Error?.Message ?? ""), _node);
    }

    /// <summary>Whether a node reaches jobs that others run: it has not the role of those that do.</summary>
    internal static bool IsProxyOf(ActorSystem system) =>
        ClusterStreams.Get(system) is { Settings.RoleOrNull: { } role } streams && !streams.Cluster.SelfRoles.Contains(role);

    private static (JobOptions Options, ClusterStreams Streams) Check(ActorSystem system, Pipeline pipeline, Store store,
        JobOptions? options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(store);
        ActorStreamsExtension streams = system.ActorStreams();
        options = SystemNotices.Tell(streams.Complete((options ?? new JobOptions()) with { System = system }), system);
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
        job._system.ActorStreams().Jobs.Add(job._pipeline, job);
        return job;
    }

    private void OnState(JobState state, IActorRef coordinator)
    {
        _heard.Take(state);
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
