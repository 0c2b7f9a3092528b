using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.State;
using ActorStreams.Core.Storage;

namespace ActorStreams;

/// <summary>One key's state in one keyed operator, to be asked.</summary>
/// <typeparam name="TKey">The operator's key.</typeparam>
/// <typeparam name="TState">The state's type: what an event-sourced operator keeps, what a state was declared as (a list as
/// <c>IReadOnlyList</c>, a map as <c>Dictionary</c>), or <c>IReadOnlyList&lt;WindowResult&gt;</c> for a window operator.</typeparam>
public sealed class EntityRef<TKey, TState>
{
    private readonly IJobSource _job;
    private readonly string _operator;
    private readonly TKey _key;
    private readonly string? _state;

    internal EntityRef(IJobSource job, EntityHandle<TKey, TState> entities, TKey key) =>
        (_job, _operator, _key, _state) = (job, entities.Operator, key, entities.State);

    /// <summary>The present state, answered by the actor that holds it, between two batches; it may not be committed yet. Default if the
    /// key has none.</summary>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the job has ended.</exception>
    public Task<TState?> AskAsync() => _job.AskAsync<TKey, TState>(_operator, _key, _state);

    /// <summary>The state at the end of a committed epoch that is still retained.</summary>
    /// <exception cref="StoreException">The epoch is not retained.</exception>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the job has no store.</exception>
    public async Task<TState?> AsOfAsync(long epoch, CancellationToken cancellation = default)
    {
        IEntityNode<TKey> node = Node();
        await using JobReader reader = await _job.OpenReaderAsync(cancellation);
        EntityStates<TKey> entities = await StoredStates.ReadAsync(reader, _job.Pipeline, node.CreateEntities, _operator, epoch,
            shards => new ShardRange(shards.ShardOf(shards.HashOf(_key)), 1, shards), cancellation);
        return entities.Read<TState>(_operator, _key, _state);
    }

    /// <summary>The state at a time: at the end of the last epoch that was committed at that time or before it.</summary>
    /// <param name="time">The time, by the job's clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">That epoch is not retained (<see cref="JobOptions.RetainFor"/>).</exception>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the job has no store.</exception>
    public async Task<TState?> AsOfAsync(DateTimeOffset time, CancellationToken cancellation = default)
    {
        long epoch;
        await using (JobReader reader = await _job.OpenReaderAsync(cancellation))
            epoch = StoredStates.At(await reader.EpochsAsync(cancellation), time, _job.Pipeline).Epoch;
        return await AsOfAsync(epoch, cancellation);
    }

    internal static JobException Unknown(Plan plan, string operatorName) => Unknown(plan.Pipeline.Name, plan.Nodes, operatorName);

    internal static JobException Unknown(string pipeline, IReadOnlyList<StreamNode> nodes, string operatorName) => new(
        $"Pipeline '{pipeline}' has no keyed operator '{operatorName}' with keys of type {typeof(TKey).Name}. " +
        $"Keyed operators: {string.Join(", ", nodes.Where(node => node.IsKeyed).Select(node => $"'{node.Name}'"))}.");

    private IEntityNode<TKey> Node() => _job.Nodes.FirstOrDefault(node => node.Name == _operator) as IEntityNode<TKey>
        ?? throw Unknown(_job.Pipeline, _job.Nodes, _operator);
}
