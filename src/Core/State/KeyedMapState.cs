using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.State;

/// <summary>What the states of user code share: a map from key to cell, journaled by shard. Records: 1 key change; 0 key (removed).</summary>
internal abstract class KeyedMapState<TKey, TCell>(string name) : IShardedState, IDisposable
{
    private const byte RemovedRecord = 0;
    private const byte ChangedRecord = 1;

    private readonly Dictionary<string, object> _readers = new(StringComparer.Ordinal);
    private DirtySlots? _dirty;

    public string Name { get; } = name;

    public abstract Schema Schema { get; }

    protected StateMap<TKey, TCell> Map { get; private set; } = null!;

    protected KeyScope<TKey> Scope { get; private set; } = null!;

    public IShardedState Bind(ShardRange shards, KeyScope<TKey> scope)
    {
        (Map, Scope, _dirty) = (new StateMap<TKey, TCell>(shards), scope, new DirtySlots(shards));
        return this;
    }

    public void BeginJournal() => _dirty!.Sort(Map);

    public bool HasChanges(int shard) => !_dirty![shard].IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in _dirty![shard])
        {
            ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
            bool isLive = Map.IsLive(entry);
            writer.Out.WriteByte(isLive ? ChangedRecord : RemovedRecord);
            WriteKey(writer.Out, entry.Key);
            if (isLive)
                WriteChange(writer.Out, entry.State);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        (int start, int end) = Map.SlotsOf(shard);
        for (int slot = start; slot < end; slot++)
        {
            ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
            if (!Map.IsLive(entry) || Map.ShardOf(entry) != shard)
                continue;
            writer.Out.WriteByte(ChangedRecord);
            WriteKey(writer.Out, entry.Key);
            WriteWhole(writer.Out, entry.State);
            writer.EndRecord();
        }
    }

    public void EndJournal()
    {
        foreach (int slot in Map.Dirty)
        {
            ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                OnJournaled(ref entry.State);
        }

        Map.ClearDirty();
        _dirty!.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out object? codecs))
            _readers[written.Text] = codecs = ReadersOf(written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = ReadKey(codecs, ref records);
            ulong hash = KeyHash<TKey>.Of(key);
            if (kind == RemovedRecord)
                Map.RestoreRemoved(key, hash);
            else if (kind == ChangedRecord)
                ApplyChange(ref Map.Restore(key, hash), codecs, ref records);
            else
                throw new CodecException($"Stored data is damaged: a state record of kind {kind}.");
        }
    }

    public void Dispose() => Map?.Dispose();

    /// <summary>The cell of the present key, if it has one.</summary>
    protected bool TryFind(TKey key, ulong hash, out int slot) => (slot = Map.Find(key, hash)) >= 0;

    /// <summary>The cell of the present key, added if need be, dirty from now on.</summary>
    protected ref TCell Touch()
    {
        Map.Reserve(1);
        return ref Map.Touch(Scope.Key, Scope.Hash);
    }

    protected abstract void WriteKey(BlobWriter writer, TKey key);

    protected abstract void WriteChange(BlobWriter writer, in TCell cell);

    protected abstract void WriteWhole(BlobWriter writer, in TCell cell);

    protected abstract object ReadersOf(Schema written);

    protected abstract TKey ReadKey(object codecs, ref BlobReader reader);

    /// <summary>Applies what <see cref="WriteChange"/> or <see cref="WriteWhole"/> wrote.</summary>
    protected abstract void ApplyChange(ref TCell cell, object codecs, ref BlobReader reader);

    protected virtual void OnJournaled(ref TCell cell)
    {
    }
}
