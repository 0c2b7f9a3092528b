using System.Runtime.CompilerServices;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.State;

namespace ActorStreams;

/// <summary>What one key's state was at the end of an epoch.</summary>
/// <typeparam name="TState">The state's type.</typeparam>
/// <param name="Epoch">The epoch.</param>
/// <param name="CommittedAt">When it was committed, by the job's clock.</param>
/// <param name="State">The state; default if the key had none.</param>
public sealed record EntityVersion<TState>(long Epoch, DateTimeOffset CommittedAt, TState? State);

/// <summary>The history of keys, read from a store: by a tool, also while the job runs elsewhere or not at all.</summary>
public static class EntityHistory
{
    /// <summary>What a key's state was at the end of each retained epoch, the oldest first.</summary>
    /// <remarks>Reads the key's shard once for each epoch. Epochs that the job drops meanwhile are left out.</remarks>
    /// <param name="pipeline">The pipeline, as it is run; nothing of it runs here.</param>
    /// <param name="store">The job's store. It is read only, and fences nobody.</param>
    /// <param name="entities">The operator's entities.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the store has no such job.</exception>
    public static async IAsyncEnumerable<EntityVersion<TState>> ReadAsync<TKey, TState>(
        Pipeline pipeline, Store store, EntityHandle<TKey, TState> entities, TKey key,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(entities);
        if (pipeline.Nodes.FirstOrDefault(node => node.Name == entities.Operator) is not IEntityNode<TKey> node)
            throw EntityRef<TKey, TState>.Unknown(pipeline.Name, pipeline.Nodes, entities.Operator);
        await using JobReader reader = await store.OpenReaderAsync(pipeline.Name, cancellation)
            ?? throw new JobException($"{store.Description} has no job '{pipeline.Name}'.");
        foreach (EpochRecord record in await reader.EpochsAsync(cancellation))
        {
            EntityStates<TKey> states;
            try
            {
                states = await StoredStates.ReadAsync(reader, pipeline.Name, node.CreateEntities, entities.Operator, record,
                    shards => new ShardRange(shards.ShardOf(shards.HashOf(key)), 1, shards), cancellation);
            }
            catch (StoreException) when (!cancellation.IsCancellationRequested)
            {
                if ((await reader.EpochsAsync(cancellation)).Any(known => known.Epoch == record.Epoch))
                    throw;
                continue;
            }

            yield return new EntityVersion<TState>(record.Epoch, EventTime.ToDateTimeOffset(record.CommittedAt),
                states.Read<TState>(entities.Operator, key, entities.State));
        }
    }
}
