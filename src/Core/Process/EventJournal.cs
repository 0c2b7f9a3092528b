using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>What is written for each event.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct Happened<TKey, TEvent>(TKey Key, TEvent Event);

/// <summary>The same for entities that live for a time: what it did to the life, and when.</summary>
/// <param name="Key">The entity.</param>
/// <param name="Event">The event; nothing where there was none.</param>
/// <param name="Life">See <see cref="LifeChange"/>; 0 where an entity lived for ever.</param>
/// <param name="At">When it was written or read; null where an entity lived for ever.</param>
/// <param name="OfClock">Whether that is a time of the clock.</param>
[StructLayout(LayoutKind.Auto)]
internal record struct LivingHappened<TKey, TEvent>(TKey Key, TEvent? Event, int Life, long? At, bool OfClock);

/// <summary>What a record of the journal says of an entity's life. Stored: the numbers must stay.</summary>
internal enum LifeChange
{
    /// <summary>An event prolongs it.</summary>
    Goes = 0,

    /// <summary>An event begins it: what was before is over.</summary>
    Begins = 1,

    /// <summary>It is prolonged without an event.</summary>
    IsRenewed = 2,

    /// <summary>It is over, and the entity is removed.</summary>
    Ends = 3,
}

/// <summary>The events of an epoch, by shard, each as it was decided, in order.</summary>
internal sealed class EventJournal<TKey, TState, TEvent>(EventSourcedStates<TKey, TState, TEvent> owner, ShardRange shards,
    TimeToLive? timeToLive)
    : IShardedState
{
    private readonly Codec<Happened<TKey, TEvent>> _plain = RecordCodec.Of<Happened<TKey, TEvent>>();
    private readonly Codec<LivingHappened<TKey, TEvent>> _living = RecordCodec.Of<LivingHappened<TKey, TEvent>>();
    private readonly List<Happened<TKey, TEvent>>[] _byShard = new List<Happened<TKey, TEvent>>[shards.Count];
    private readonly List<LivingHappened<TKey, TEvent>>[] _livingByShard = new List<LivingHappened<TKey, TEvent>>[shards.Count];

    public string Name => "events";

    public Schema Schema => timeToLive is null ? _plain.Schema : _living.Schema;

    private bool OfClock => timeToLive!.InProcessingTime;

    /// <summary>Events of an entity that lives for ever.</summary>
    public void Add(TKey key, ulong hash, List<TEvent> events)
    {
        List<Happened<TKey, TEvent>> list = _byShard[IndexOf(hash)] ??= [];
        foreach (TEvent happened in events)
            list.Add(new(key, happened));
    }

    /// <summary>Events of one that lives for a time.</summary>
    public void Add(TKey key, ulong hash, List<TEvent> events, bool isNew, long at)
    {
        foreach (TEvent happened in events)
        {
            Add(key, happened, hash, isNew ? LifeChange.Begins : LifeChange.Goes, at);
            isNew = false;
        }
    }

    public void AddRenewal(TKey key, ulong hash, long at) => Add(key, default, hash, LifeChange.IsRenewed, at);

    public void AddRemoval(TKey key, ulong hash) => Add(key, default, hash, LifeChange.Ends, at: null);

    public void BeginJournal()
    {
    }

    public bool HasChanges(int shard) =>
        _byShard[shard - shards.First] is { Count: > 0 } || _livingByShard[shard - shards.First] is { Count: > 0 };

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (Happened<TKey, TEvent> happened in CollectionsMarshal.AsSpan(_byShard[shard - shards.First]))
        {
            _plain.Write(writer.Out, happened);
            writer.EndRecord();
        }

        foreach (LivingHappened<TKey, TEvent> happened in CollectionsMarshal.AsSpan(_livingByShard[shard - shards.First]))
        {
            _living.Write(writer.Out, happened);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
    }

    public void EndJournal()
    {
        foreach (List<Happened<TKey, TEvent>>? list in _byShard)
            list?.Clear();
        foreach (List<LivingHappened<TKey, TEvent>>? list in _livingByShard)
            list?.Clear();
        owner.Lives?.EndJournal();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (written == _plain.Schema)
        {
            while (records.Remaining > 0)
            {
                Happened<TKey, TEvent> happened = _plain.Read(ref records);
                Restore(happened.Key, owner.Map.HashOfStored(happened.Key, shard), happened.Event, isNew: false, Lives.Unknown);
            }

            return;
        }

        // Written with times, or by another version of the types: fields that were not written have their defaults.
        Codec<LivingHappened<TKey, TEvent>> codec = StoredKeys.ReaderOfRecords(_living, written);
        while (records.Remaining > 0)
            Restore(codec.Read(ref records), shard);
    }

    private void Restore(in LivingHappened<TKey, TEvent> record, int shard)
    {
        ulong hash = owner.Map.HashOfStored(record.Key, shard);
        long at = record.OfClock == timeToLive?.InProcessingTime ? record.At ?? Lives.Unknown : Lives.Unknown;
        switch ((LifeChange)record.Life)
        {
            case LifeChange.Ends:
                owner.Map.RestoreRemoved(record.Key, hash);
                owner.Lives?.Forget(record.Key, hash);
                break;
            case LifeChange.IsRenewed:
                owner.Lives?.Restore(record.Key, hash, at);
                break;
            default:
                Restore(record.Key, hash, record.Event!, record.Life == (int)LifeChange.Begins, at);
                break;
        }
    }

    private void Restore(TKey key, ulong hash, TEvent happened, bool isNew, long at)
    {
        owner.Restore(key, hash, happened, isNew);
        owner.Lives?.Restore(key, hash, at);
    }

    private void Add(TKey key, TEvent? happened, ulong hash, LifeChange life, long? at) =>
        (_livingByShard[IndexOf(hash)] ??= []).Add(new(key, happened, (int)life, at, OfClock));

    private int IndexOf(ulong hash) => shards.Map.ShardOf(hash) - shards.First;
}
