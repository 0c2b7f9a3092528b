using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.State;

/// <summary>Key to state, journaled by shard: what an operator works on directly where user code gets a <see cref="KeyedValue{TKey, T}"/>.</summary>
/// <remarks>Records: 1 key state; 0 key (removed). A state that is changed must be touched, or its change is not seen by the journal.</remarks>
internal sealed class StoredMap<TKey, TState>(string name, ShardRange shards) : IShardedState
{
    private const byte RemovedRecord = 0;
    private const byte ChangedRecord = 1;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<TState> _states = RecordCodec.Of<TState>();
    private readonly DirtySlots _dirty = new(shards);
    private readonly Dictionary<string, (Codec<TKey> Keys, Codec<TState> States)> _readers = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public Schema Schema => PairSchema.Of(_keys.Schema, _states.Schema);

    public StateMap<TKey, TState> Map { get; } = new(shards);

    /// <summary>The key's state, added as default if it has none, dirty from now on.</summary>
    public ref TState Touch(TKey key, ulong hash)
    {
        Map.Reserve(1);
        return ref Map.Touch(key, hash);
    }

    public bool TryGet(TKey key, ulong hash, out TState state)
    {
        int slot = Map.Find(key, hash);
        state = slot < 0 ? default! : Map.At(slot).State;
        return slot >= 0;
    }

    public void Remove(TKey key, ulong hash) => Map.Remove(key, hash);

    public void BeginJournal() => _dirty.Sort(Map);

    public bool HasChanges(int shard) => !_dirty[shard].IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in _dirty[shard])
            Write(writer, ref Map.At(slot));
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        (int start, int end) = Map.SlotsOf(shard);
        for (int slot = start; slot < end; slot++)
        {
            ref StateMap<TKey, TState>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry) && Map.ShardOf(entry) == shard)
                Write(writer, ref entry);
        }
    }

    public void EndJournal()
    {
        Map.ClearDirty();
        _dirty.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out (Codec<TKey> Keys, Codec<TState> States) codecs))
        {
            Schema[] schemas = PairSchema.Split(written, 2);
            _readers[written.Text] = codecs = (_keys.ReaderOf(schemas[0]), _states.ReaderOf(schemas[1]));
        }

        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = codecs.Keys.Read(ref records);
            ulong hash = KeyHash<TKey>.Of(key);
            if (kind == RemovedRecord)
                Map.RestoreRemoved(key, hash);
            else if (kind == ChangedRecord)
                Map.Restore(key, hash) = codecs.States.Read(ref records);
            else
                throw new CodecException($"Stored data is damaged: a state record of kind {kind}.");
        }
    }

    private void Write(ShardBlobWriter writer, ref StateMap<TKey, TState>.Entry entry)
    {
        bool isLive = Map.IsLive(entry);
        writer.Out.WriteByte(isLive ? ChangedRecord : RemovedRecord);
        _keys.Write(writer.Out, entry.Key);
        if (isLive)
            _states.Write(writer.Out, entry.State);
        writer.EndRecord();
    }
}

/// <summary>The entities of an operator that keeps one state per key.</summary>
internal sealed class StoredEntities<TKey, TState>(ShardRange shards, string name, Func<TState, object?>? shown = null, params IShardedState[] others) : EntityStates<TKey>
{
    public StoredMap<TKey, TState> States { get; } = new(name, shards);

    public override IReadOnlyList<IShardedState> Journaled => [States, .. others];

    public override IReadOnlyList<string> Names => [States.Name];

    public override object? Read(TKey key, string name) =>
        States.TryGet(key, KeyHash<TKey>.Of(key), out TState state) ? shown is null ? state : shown(state) : null;
}
