using System.Collections.Concurrent;
using ActorStreams.Actors.Jobs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>What a node reaches of a job that runs on the cluster, whether instances of it run here or not.</summary>
internal sealed class JobAccess : IEntitySource
{
    private readonly ActorSystem _system;
    private readonly Pipeline _pipeline;
    private readonly Store? _store;
    private readonly JobOptions _options;
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _entities = new(StringComparer.Ordinal);
    private JobTidings? _last;

    /// <param name="system">The node's system.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="store">Where the truth is kept; null: nowhere.</param>
    /// <param name="options">How it runs.</param>
    public JobAccess(ActorSystem system, Pipeline pipeline, Store? store, JobOptions options) =>
        (_system, _pipeline, _store, _options) = (system, pipeline, store, options);

    public string Pipeline => _pipeline.Name;

    public IReadOnlyList<StreamNode> Nodes => _pipeline.Nodes;

    /// <summary>The coordinator has told how the job stands.</summary>
    public void OnTidings(JobTidings tidings)
    {
        Volatile.Write(ref _last, tidings);
        foreach (Lazy<IActorRef> entities in _entities.Values)
            entities.Value.Tell(tidings, ActorRefs.NoSender);
    }

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
    }

    private IActorRef Start(IEntityNode node, string operatorName)
    {
        IActorRef entities = _system.ActorOf(
            Props.Create<RemoteEntities>(Pipeline, operatorName, node, _options.MaxEntityMessages),
            $"actorstreams-{ActorNames.Of(Pipeline)}-entities-{ActorNames.Of(operatorName)}-{Guid.NewGuid():N}");
        if (Volatile.Read(ref _last) is { } last)
            entities.Tell(last, ActorRefs.NoSender);
        return entities;
    }
}
