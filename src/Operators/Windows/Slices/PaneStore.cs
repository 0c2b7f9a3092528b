using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>One open window of a region: its keys' accumulators.</summary>
internal sealed class Pane<TKey, TAcc>(long start, long end, StateMap<TKey, TAcc> map)
{
    public long Start { get; } = start;

    public long End { get; } = end;

    public StateMap<TKey, TAcc> Map { get; } = map;

    /// <summary>Shards below this one (counted within the region) have fired and are gone.</summary>
    public int FiredShards { get; set; }
}

/// <summary>The open windows of a region, in order of time; a map of accumulators for each.</summary>
/// <remarks>
/// One map per window, not one window list per key: a window fires by a walk through its map and is gone by clearing it, and the few open
/// windows are the only timers. Records: 2 = the window that the following records are about (start); 0 = an entry; 1 = the window has
/// fired in this shard.
/// </remarks>
internal sealed class PaneStore<TKey, TAcc>(ShardRange shards, Func<long, long> endOf) : IShardedState
{
    private readonly PaneRecords<TKey, TAcc> _records = new();
    private readonly List<Pane<TKey, TAcc>> _panes = [];
    private readonly SpareMaps<TKey, TAcc> _spare = new(shards);
    private readonly List<long>[] _fired = new List<long>[shards.Count];

    public string Name => "panes";

    public Schema Schema => _records.Schema;

    /// <summary>The open windows, the oldest first.</summary>
    public IReadOnlyList<Pane<TKey, TAcc>> Panes => _panes;

    public Pane<TKey, TAcc> GetOrOpen(long start)
    {
        int at = _panes.Count;
        while (at > 0 && _panes[at - 1].Start > start)
            at--;
        if (at > 0 && _panes[at - 1].Start == start)
            return _panes[at - 1];
        var pane = new Pane<TKey, TAcc>(start, endOf(start), _spare.Take(ExpectedKeys()));
        _panes.Insert(at, pane);
        return pane;
    }

    /// <summary>The window has fired in one shard (counted within the region).</summary>
    public void OnFired(Pane<TKey, TAcc> pane, int index)
    {
        (_fired[index] ??= []).Add(pane.Start);
        pane.FiredShards = index + 1;
    }

    /// <summary>The oldest window has fired in every shard.</summary>
    public void CloseOldest()
    {
        _spare.Give(_panes[0].Map);
        _panes.RemoveAt(0);
    }

    public void BeginJournal()
    {
        foreach (Pane<TKey, TAcc> pane in _panes)
            pane.Map.SortDirty(pane.FiredShards);
    }

    public bool HasChanges(int shard)
    {
        int index = shard - shards.First;
        if (_fired[index] is { Count: > 0 })
            return true;
        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            if (!pane.Map.DirtyOf(shard).IsEmpty)
                return true;
        }

        return false;
    }

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        int index = shard - shards.First;
        foreach (long start in _fired[index] ?? [])
        {
            PaneRecords<TKey, TAcc>.WriteStretch(start, writer);
            writer.Out.WriteByte(PaneRecords<TKey, TAcc>.Fired);
            writer.EndRecord();
        }

        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            ReadOnlySpan<int> dirty = pane.Map.DirtyOf(shard);
            if (!dirty.IsEmpty)
                _records.Write(pane.Start, pane.Map, dirty, writer);
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        int index = shard - shards.First;
        foreach (Pane<TKey, TAcc> pane in _panes)
        {
            if (index < pane.FiredShards)
                continue;
            _records.WriteShard(pane.Start, pane.Map, shard, writer);
        }
    }

    public void EndJournal()
    {
        foreach (Pane<TKey, TAcc> pane in _panes)
            pane.Map.ClearDirty();
        foreach (List<long>? fired in _fired)
            fired?.Clear();
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        Codec<PaneEntry<TKey, TAcc>> reader = _records.ReaderOf(written);
        Pane<TKey, TAcc>? pane = null;
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case PaneRecords<TKey, TAcc>.Stretch:
                    pane = GetOrOpen(records.ReadInt64());
                    break;
                case PaneRecords<TKey, TAcc>.Entry when pane is not null:
                    PaneRecords<TKey, TAcc>.Restore(pane.Map, shard, reader.Read(ref records));
                    break;
                case PaneRecords<TKey, TAcc>.Fired when pane is not null:
                    PaneRecords<TKey, TAcc>.Forget(pane.Map, shard);
                    break;
                case byte kind:
                    throw PaneRecords<TKey, TAcc>.Damaged(kind);
            }
        }
    }

    /// <summary>A window mostly holds as many keys as the one before it.</summary>
    private int ExpectedKeys() => _panes.Count == 0 ? 0 : _panes[^1].Map.Count;
}
