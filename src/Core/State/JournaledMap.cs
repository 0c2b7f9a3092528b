using ActorStreams.Core.Journal;

namespace ActorStreams.Core.State;

/// <summary>A map from key to cell, journaled by shard: of each epoch, the cells it touched. Records: 1 key change; 0 key
/// (removed).</summary>
internal abstract class JournaledMap<TKey, TCell>(string name) : IShardedState, IDisposable
{
    private const byte RemovedRecord = 0;
    private const byte ChangedRecord = 1;

    private readonly Dictionary<string, object> _readers = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public abstract Schema Schema { get; }

    protected StateMap<TKey, TCell> Map { get; private set; } = null!;

    /// <summary>Cells note what of them the journal does not have yet, and want to hear when it has.</summary>
    protected virtual bool NotesChanges => true;

    public void BeginJournal() => Map.SortDirty();

    public bool HasChanges(int shard) => !Map.DirtyOf(shard).IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.DirtyOf(shard))
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
        foreach (int slot in Map.LiveOf(shard))
        {
            ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
            writer.Out.WriteByte(ChangedRecord);
            WriteKey(writer.Out, entry.Key);
            WriteWhole(writer.Out, entry.State);
            writer.EndRecord();
        }
    }

    public void EndJournal()
    {
        if (NotesChanges)
            NoteJournaled();
        Map.ClearDirty();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out object? codecs))
            _readers[written.Text] = codecs = ReadersOf(written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = ReadKey(codecs, ref records);
            ulong hash = Map.HashOfStored(key, shard);
            if (kind == RemovedRecord)
            {
                if (Map.Find(key, hash) is >= 0 and int slot)
                    OnRestoredRemoval(ref Map.At(slot).State);
                Map.RestoreRemoved(key, hash);
            }
            else if (kind == ChangedRecord)
            {
                ApplyChange(ref Map.Restore(key, hash), codecs, ref records);
            }
            else
            {
                throw new CodecException($"Stored data is damaged: a record of kind {kind} in state '{Name}'.");
            }
        }
    }

    public void Dispose() => Map?.Dispose();

    protected void Open(ShardRange shards) => Map = new StateMap<TKey, TCell>(shards);

    protected abstract void WriteKey(BlobWriter writer, TKey key);

    /// <summary>Writes what the epoch changed.</summary>
    protected abstract void WriteChange(BlobWriter writer, in TCell cell);

    protected abstract void WriteWhole(BlobWriter writer, in TCell cell);

    /// <summary>What reads records that were written with another schema.</summary>
    protected abstract object ReadersOf(Schema written);

    protected abstract TKey ReadKey(object codecs, ref BlobReader reader);

    /// <summary>Applies what <see cref="WriteChange"/> or <see cref="WriteWhole"/> wrote.</summary>
    protected abstract void ApplyChange(ref TCell cell, object codecs, ref BlobReader reader);

    /// <summary>The journal has the cell as it is; called where <see cref="NotesChanges"/>.</summary>
    protected virtual void OnJournaled(ref TCell cell)
    {
    }

    /// <summary>A cell that was restored goes: what it holds elsewhere can be let go of.</summary>
    protected virtual void OnRestoredRemoval(ref TCell cell)
    {
    }

    private void NoteJournaled()
    {
        foreach (int slot in Map.Dirty)
        {
            ref StateMap<TKey, TCell>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                OnJournaled(ref entry.State);
        }
    }
}
