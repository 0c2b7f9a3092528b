using System.Runtime.InteropServices;
using ActorStreams.Authoring;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>The entities of some shards: their present states, and the events that the epoch has added.</summary>
/// <remarks>Two journaled parts: "events" holds each event as it was decided, in order; "state" is written in snapshots only.</remarks>
internal sealed class EventSourcedStates<TKey, TState, TEvent> : EntityStates<TKey>
{
    private readonly StateMap<TKey, TState> _map;
    private readonly Func<TState> _initial;
    private readonly Func<TState, TEvent, TState> _apply;
    private readonly IShardedState[] _journaled;
    private readonly EventJournal _events;

    public EventSourcedStates(ShardRange shards, Func<TState> initial, Func<TState, TEvent, TState> apply)
    {
        (_map, _initial, _apply) = (new StateMap<TKey, TState>(shards), initial, apply);
        _events = new EventJournal(this, shards);
        _journaled = [new Snapshots(this), _events];
    }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["state"];

    public TState StateOf(TKey key, ulong hash)
    {
        int slot = _map.Find(key, hash);
        return slot < 0 ? _initial() : _map.At(slot).State;
    }

    public TState Apply(TState state, TEvent happened) => _apply(state, happened);

    public void Append(TKey key, ulong hash, TState state, List<TEvent> events)
    {
        _map.Reserve(1);
        _map.Touch(key, hash) = state;
        _events.Add(key, hash, events);
    }

    public override object? Read(TKey key, string name) => StateOf(key, _map.HashOf(key));

    /// <summary>What is written for each entity in a snapshot.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal record struct Entity(TKey Key, TState State);

    /// <summary>What is written for each event.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal record struct Happened(TKey Key, TEvent Event);

    private sealed class Snapshots(EventSourcedStates<TKey, TState, TEvent> owner) : IShardedState
    {
        private readonly Codec<Entity> _codec = RecordCodec.Of<Entity>();

        public string Name => "state";

        public Schema Schema => _codec.Schema;

        public void BeginJournal()
        {
        }

        public bool HasChanges(int shard) => false;

        public void WriteChanges(int shard, ShardBlobWriter writer)
        {
        }

        public void WriteSnapshot(int shard, ShardBlobWriter writer)
        {
            StateMap<TKey, TState> map = owner._map;
            foreach (int slot in map.LiveOf(shard))
            {
                ref StateMap<TKey, TState>.Entry entry = ref map.At(slot);
                _codec.Write(writer.Out, new Entity(entry.Key, entry.State));
                writer.EndRecord();
            }
        }

        public void EndJournal() => owner._map.ClearDirty();

        public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
        {
            Codec<Entity> codec = StoredKeys.ReaderOfRecords(_codec, written);
            while (records.Remaining > 0)
            {
                Entity entity = codec.Read(ref records);
                owner._map.Restore(entity.Key, owner._map.HashOfStored(entity.Key, shard)) = entity.State;
            }
        }
    }

    private sealed class EventJournal(EventSourcedStates<TKey, TState, TEvent> owner, ShardRange shards) : IShardedState
    {
        private readonly Codec<Happened> _codec = RecordCodec.Of<Happened>();
        private readonly List<Happened>[] _byShard = new List<Happened>[shards.Count];

        public string Name => "events";

        public Schema Schema => _codec.Schema;

        public void Add(TKey key, ulong hash, List<TEvent> events)
        {
            List<Happened> list = _byShard[shards.Map.ShardOf(hash) - shards.First] ??= [];
            foreach (TEvent happened in events)
                list.Add(new Happened(key, happened));
        }

        public void BeginJournal()
        {
        }

        public bool HasChanges(int shard) => _byShard[shard - shards.First] is { Count: > 0 };

        public void WriteChanges(int shard, ShardBlobWriter writer)
        {
            foreach (Happened happened in CollectionsMarshal.AsSpan(_byShard[shard - shards.First]))
            {
                _codec.Write(writer.Out, happened);
                writer.EndRecord();
            }
        }

        public void WriteSnapshot(int shard, ShardBlobWriter writer)
        {
        }

        public void EndJournal()
        {
            foreach (List<Happened>? list in _byShard)
                list?.Clear();
        }

        public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
        {
            Codec<Happened> codec = StoredKeys.ReaderOfRecords(_codec, written);
            while (records.Remaining > 0)
            {
                Happened happened = codec.Read(ref records);
                ulong hash = owner._map.HashOfStored(happened.Key, shard);
                TState state = owner._apply(owner.StateOf(happened.Key, hash), happened.Event);   // before the map has an entry
                owner._map.Restore(happened.Key, hash) = state;
            }
        }
    }
}
