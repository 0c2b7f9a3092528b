using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>What is stored for a key in a window.</summary>
internal record struct PaneEntry<TKey, TAcc>(TKey Key, TAcc Accumulator);

/// <summary>One open window of a region: its keys' accumulators.</summary>
internal sealed class Pane<TKey, TAcc>(long start, long end, StateMap<TKey, TAcc> map, ShardRange shards)
{
    public long Start { get; } = start;

    public long End { get; } = end;

    public StateMap<TKey, TAcc> Map { get; } = map;

    /// <summary>Shards below this one (counted within the region) have fired and are gone.</summary>
    public int FiredShards { get; set; }

    /// <summary>What the epoch touched, by shard, while a barrier writes it.</summary>
    public DirtySlots Dirty { get; } = new(shards);
}

/// <summary>The open windows of a region, in order of time; a map of accumulators for each.</summary>
/// <remarks>
/// One map per window, not one window list per key: a window fires by a walk through its map and is gone by clearing it, and the few open windows
/// are the only timers. Records: 2 = the window that the following records are about (start); 0 = an entry; 1 = the window has fired in this shard.
/// </remarks>
internal sealed class PaneStore<TKey, TAcc>(ShardRange shards, Func<long, long> endOf) : IShardedState
{
    private const byte EntryRecord = 0;
    private const byte FiredRecord = 1;
    private const byte WindowRecord = 2;
    private const int SpareMaps = 2;

    private readonly Codec<PaneEntry<TKey, TAcc>> _codec = RecordCodec.Of<PaneEntry<TKey, TAcc>>();
    private readonly List<Pane<TKey, TAcc>> _panes = [];
    private readonly Stack<StateMap<TKey, TAcc>> _spare = new();
    private readonly List<long>[] _fired = new List<long>[shards.Count];
    private readonly Dictionary<string, Codec<PaneEntry<TKey, TAcc>>> _readers = new(StringComparer.Ordinal);

    public string Name => "panes";

    public Schema Schema => _codec.Schema;

    /// <summary>The open windows, the oldest first.</summary>
    public IReadOnlyList<Pane<TKey, TAcc>> Panes => _panes;

    public Pane<TKey, TAcc> GetOrOpen(long start)
    {
        int at = _panes.Count;
        while (at > 0 && _panes[at - 1].Start > start)
            at--;
        if (at > 0 && _panes[at - 1].Start == start)
            return _panes[at - 1];
        StateMap<TKey, TAcc> map = _spare.TryPop(out StateMap<TKey, TAcc>? spare) ? spare : new StateMap<TKey, TAcc>(shards, ExpectedKeys());
        var pane = new Pane<TKey, TAcc>(start, endOf(start), map, shards);
        _panes.Insert(at, pane);
        return pane;
    }

    /// <summary>The window has fired in one shard (counted within the region).</summary>
    public void OnFired(Pane<TKey, TAcc> pane, int index)
    {
#if !MUTANT_NO_FIRED_RECORD
        (_fired[index] ??= []).Add(pane.Start);
#endif
        pane.FiredShards = index + 1;
    }

    /// <summary>The oldest window has fired in every shard.</summary>
    public void CloseOldest()
    {
        StateMap<TKey, TAcc> map = _panes[0].Map;
        _panes.RemoveAt(0);
        if (_spare.Count < SpareMaps)
        {
            map.Clear();
            map.ClearDirty();
            _spare.Push(map);
        }
        else
        {
            map.Dispose();
        }
    }

    public void BeginJournal()
    {
        foreach (Pane<TKey, TAcc> pane in _panes)
            pane.Dirty.Sort(pane.Map, pane.FiredShards);
    }

    public bool HasChanges(int shard)
    {
        int index = shard - shards.First;
        if (_fired[index] is { Count: > 0 })
            return true;
        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            if (!pane.Dirty[shard].IsEmpty)
                return true;
        }

        return false;
    }

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        int index = shard - shards.First;
        foreach (long start in _fired[index] ?? [])
        {
            WriteWindow(start, writer);
            writer.Out.WriteByte(FiredRecord);
            writer.EndRecord();
        }

        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            ReadOnlySpan<int> dirty = pane.Dirty[shard];
            if (dirty.IsEmpty)
                continue;
            WriteWindow(pane.Start, writer);
            foreach (int slot in dirty)
                WriteEntry(pane, ref pane.Map.At(slot), writer);
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        int index = shard - shards.First;
        foreach (Pane<TKey, TAcc> pane in _panes)
        {
#if !MUTANT_SNAPSHOT_FIRED
            if (index < pane.FiredShards)
                continue;
#endif
            WriteWindow(pane.Start, writer);
            (int start, int end) = pane.Map.SlotsOf(shard);
            for (int slot = start; slot < end; slot++)
            {
                ref StateMap<TKey, TAcc>.Entry entry = ref pane.Map.At(slot);
                if (pane.Map.IsLive(entry) && pane.Map.ShardOf(entry) == shard)
                    WriteEntry(pane, ref entry, writer);
            }
        }
    }

    public void EndJournal()
    {
        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            pane.Map.ClearDirty();
            pane.Dirty.Clear();
        }

        foreach (List<long>? fired in _fired)
            fired?.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<PaneEntry<TKey, TAcc>>? codec))
            _readers[written.Text] = codec = _codec.ReaderOf(written);
        Pane<TKey, TAcc>? pane = null;
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case WindowRecord:
                    pane = GetOrOpen(records.ReadInt64());
                    break;
                case EntryRecord when pane is not null:
                    PaneEntry<TKey, TAcc> entry = codec.Read(ref records);
                    pane.Map.Restore(entry.Key, KeyHash<TKey>.Of(entry.Key)) = entry.Accumulator;
                    break;
                case FiredRecord when pane is not null:
                    Forget(pane, shard);
                    break;
                case byte kind:
                    throw new CodecException($"Stored data is damaged: a window record of kind {kind}.");
            }
        }
    }

    /// <summary>A window mostly holds as many keys as the one before it.</summary>
    private int ExpectedKeys() => _panes.Count == 0 ? 0 : _panes[^1].Map.Count;

    private static void WriteWindow(long start, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(WindowRecord);
        writer.Out.WriteInt64(start);
    }

    private void WriteEntry(Pane<TKey, TAcc> pane, ref StateMap<TKey, TAcc>.Entry entry, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(EntryRecord);
        _codec.Write(writer.Out, new PaneEntry<TKey, TAcc>(entry.Key, entry.State));
        if (writer.EndRecord())
            WriteWindow(pane.Start, writer);
    }

    private void Forget(Pane<TKey, TAcc> pane, int shard)
    {
        (int start, int end) = pane.Map.SlotsOf(shard);
        for (int slot = start; slot < end; slot++)
        {
            ref StateMap<TKey, TAcc>.Entry entry = ref pane.Map.At(slot);
            if (pane.Map.IsLive(entry) && pane.Map.ShardOf(entry) == shard)
                pane.Map.RestoreRemoved(entry.Key, KeyHash<TKey>.Of(entry.Key));
        }
    }
}
