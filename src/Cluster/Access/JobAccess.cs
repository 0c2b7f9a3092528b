using System.Collections.Concurrent;
using ActorStreams.Actors.Jobs;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>What a node reaches of a job that runs on the cluster, whether instances of it run here or not.</summary>
internal sealed class JobAccess : IJobSource
{
    /// <summary>How long copies may take to see the last epoch of a job that has ended.</summary>
    private static readonly TimeSpan s_lastEpochWithin = TimeSpan.FromSeconds(5);

    private static long s_actors;

    private readonly ActorSystem _system;
    private readonly Pipeline _pipeline;
    private readonly Store? _store;
    private readonly JobOptions _options;
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _entities = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<(IViewCopy Copy, IActorRef Reader)?>> _views = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<JobState> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IReadOnlyList<IActorRef> _senders;
    private JobTidings? _last;

    /// <param name="system">The node's system.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="store">Where the truth is kept; null: nowhere.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="self">This node, by a name that no other process has.</param>
    public JobAccess(ActorSystem system, Pipeline pipeline, Store? store, JobOptions options, string self)
    {
        (_system, _pipeline, _store, _options, Ended) = (system, pipeline, store, options, EndAsync());
        List<IActorRef> senders = [];
        foreach (StreamNode node in pipeline.Nodes)
        {
            if (node is not ISourceNode { SharedIngress: { } ingress })
                continue;
            ingress.Share(self);
            senders.Add(system.ActorOf(Props.Create<IngressSender>(pipeline.Name, node, options.Clock),
                $"actorstreams-{ActorNames.Of(Pipeline)}-ingress-{ActorNames.Of(node.Name)}-{Interlocked.Increment(ref s_actors)}"));
        }

        _senders = senders;
    }

    public string Pipeline => _pipeline.Name;

    public IReadOnlyList<StreamNode> Nodes => _pipeline.Nodes;

    public bool IsHere => false;

    public JobViews Views { get; } = new();

    public Task Ended { get; }

    /// <summary>The coordinator has told how the job stands.</summary>
    public void OnTidings(JobTidings tidings)
    {
        Volatile.Write(ref _last, tidings);
        foreach (Lazy<IActorRef> entities in _entities.Values)
            entities.Value.Tell(tidings, ActorRefs.NoSender);
        foreach (Lazy<(IViewCopy Copy, IActorRef Reader)?> view in _views.Values)
            view.Value?.Reader.Tell(tidings, ActorRefs.NoSender);
        foreach (IActorRef sender in _senders)
            sender.Tell(tidings, ActorRefs.NoSender);
        if (tidings.State.IsEnd)
            _end.TrySetResult(tidings.State);
    }

    public (object View, Task IsThere)? View(string name) =>
        _views.GetOrAdd(name, _ => new Lazy<(IViewCopy, IActorRef)?>(() => StartCopy(name))).Value is var (copy, _)
            ? (copy.View, copy.IsThere) : null;

    /// <summary>The actor of an operator's entities.</summary>
    /// <exception cref="JobException">There is no such operator, or it has no such state.</exception>
    public IActorRef Entities<TKey, TState>(string operatorName, string? state)
    {
        StreamNode? node = _pipeline.Nodes.FirstOrDefault(node => node.Name == operatorName);
        if (node?.StatesOf(typeof(TKey)) is not { } states || (state is not null && !states.Contains(state, StringComparer.Ordinal)))
            throw EntityRef<TKey, TState>.Unknown(Pipeline, Nodes, operatorName);
        return _entities.GetOrAdd(operatorName, _ => new Lazy<IActorRef>(() => Start((IEntityNode)node, operatorName))).Value;
    }

    public async Task<TState?> AskAsync<TKey, TState>(string operatorName, TKey key, string? state)
    {
        var envelope = new EntityEnvelope(key!, new GetState<TState>(EntityConsistency.Current, state));
        EntityState<TState> answer = await Entities<TKey, TState>(operatorName, state).Ask<EntityState<TState>>(envelope);
        return answer.Value;
    }

    public async ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation) =>
        (_store is null ? null : await _store.OpenReaderAsync(Pipeline, cancellation))
        ?? throw new JobException($"Pipeline '{Pipeline}': there is nothing to read, the job has no store or has committed nothing.");

    /// <summary>Nothing is reached from here any more.</summary>
    public void End()
    {
        foreach (Lazy<IActorRef> entities in _entities.Values)
            _system.Stop(entities.Value);
        foreach (Lazy<(IViewCopy Copy, IActorRef Reader)?> view in _views.Values)
        {
            if (view.Value is var (_, reader))
                _system.Stop(reader);
        }

        foreach (IActorRef sender in _senders)
            _system.Stop(sender);
        var left = new JobException($"pipeline '{Pipeline}': this node takes part in the job no more");
        foreach (StreamNode node in Nodes)
        {
            if (node is ISourceNode { SharedIngress: not null } source)
                source.OnJobEnded(new SourceContext(Pipeline, node.Name, _options.Clock), left);
        }

        Views.EndObservers();
        _end.TrySetCanceled();
    }

    /// <summary>Completes once the job has ended and copies show its last epoch, or are not to be had any more.</summary>
    private async Task EndAsync()
    {
        JobState end = await _end.Task;
        using var patience = new CancellationTokenSource(s_lastEpochWithin, _options.Clock);
        try
        {
            foreach (Lazy<(IViewCopy Copy, IActorRef Reader)?> view in _views.Values)
            {
                while (view.Value is var (copy, _) && copy.Epoch < end.Epoch)
                    await ((ISharedView)copy.View).WaitAsync(copy.Epoch).WaitAsync(patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // the nodes that have it are gone
        }

        if (end.Phase == JobPhase.Failed)
            throw new JobException(end.Text);
    }

    private (IViewCopy Copy, IActorRef Reader)? StartCopy(string name)
    {
        if (_pipeline.Nodes.FirstOrDefault(node => node.Name == name) is not IViewNode node)
            return null;
        IViewCopy copy = Views.GetOrAdd(name, () => node.NewCopy(_options.Clock));
        IActorRef reader = _system.ActorOf(Props.Create<ViewReader>(Pipeline, name, copy),
            $"actorstreams-{ActorNames.Of(Pipeline)}-view-{ActorNames.Of(name)}-{Interlocked.Increment(ref s_actors)}");
        if (Volatile.Read(ref _last) is { } last)
            reader.Tell(last, ActorRefs.NoSender);
        return (copy, reader);
    }

    private IActorRef Start(IEntityNode node, string operatorName)
    {
        IActorRef entities = _system.ActorOf(
            Props.Create<RemoteEntities>(Pipeline, operatorName, node, _options.MaxEntityMessages),
            $"actorstreams-{ActorNames.Of(Pipeline)}-entities-{ActorNames.Of(operatorName)}-{Interlocked.Increment(ref s_actors)}");
        if (Volatile.Read(ref _last) is { } last)
            entities.Tell(last, ActorRefs.NoSender);
        return entities;
    }
}
