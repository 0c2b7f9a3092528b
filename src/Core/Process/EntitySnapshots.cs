using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>What is written for each entity in a snapshot.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct Entity<TKey, TState>(TKey Key, TState State);

/// <summary>The same for an entity that lives for a time: with the time of its last event, of the clock or of event time.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct LivingEntity<TKey, TState>(TKey Key, TState State, long? At, bool OfClock);

/// <summary>The states of entities, in snapshots.</summary>
internal sealed class EntitySnapshots<TKey, TState, TEvent>(EventSourcedStates<TKey, TState, TEvent> owner, TimeToLive? timeToLive)
    : IShardedState
{
    private readonly Codec<Entity<TKey, TState>> _plain = RecordCodec.Of<Entity<TKey, TState>>();
    private readonly Codec<LivingEntity<TKey, TState>> _living = RecordCodec.Of<LivingEntity<TKey, TState>>();

    public string Name => "state";

    public Schema Schema => timeToLive is null ? _plain.Schema : _living.Schema;

    public void BeginJournal()
    {
    }

    public bool HasChanges(int shard) => false;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        StateMap<TKey, TState> map = owner.Map;
        foreach (int slot in map.LiveOf(shard))
        {
            ref StateMap<TKey, TState>.Entry entry = ref map.At(slot);
            if (timeToLive is null)
                _plain.Write(writer.Out, new Entity<TKey, TState>(entry.Key, entry.State));
            else
                _living.Write(writer.Out, new(entry.Key, entry.State, owner.Lives!.AtOf(entry.Key, map.HashOf(entry.Key)),
                    timeToLive.InProcessingTime));
            writer.EndRecord();
        }
    }

    public void EndJournal() => owner.Map.ClearDirty();

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (written == _plain.Schema)
        {
            while (records.Remaining > 0)
            {
                Entity<TKey, TState> entity = _plain.Read(ref records);
                Restore(entity.Key, entity.State, shard, Lives.Unknown);
            }

            return;
        }

        // Written with times, or by another version of the types: fields that were not written have their defaults.
        Codec<LivingEntity<TKey, TState>> codec = StoredKeys.ReaderOfRecords(_living, written);
        while (records.Remaining > 0)
        {
            LivingEntity<TKey, TState> entity = codec.Read(ref records);
            Restore(entity.Key, entity.State, shard, entity.OfClock == timeToLive?.InProcessingTime ? entity.At ?? Lives.Unknown
                : Lives.Unknown);
        }
    }

    private void Restore(TKey key, TState state, int shard, long at)
    {
        ulong hash = owner.Map.HashOfStored(key, shard);
        owner.Map.Restore(key, hash) = state;
        owner.Lives?.Restore(key, hash, at);
    }
}
