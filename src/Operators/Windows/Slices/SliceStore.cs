using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>The slices of a region, in order of time, and how far each shard has fired.</summary>
/// <remarks>
/// A slice is gone in a shard when the last window that holds it has fired there; that is not journaled by itself, one number to the shard
/// says it for all. Records: 1 = one above the last window fired in this shard; 2 = the slice that the following entries are of (start); 0
/// = an entry.
/// </remarks>
internal sealed class SliceStore<TKey, TAcc> : IShardedState
{
    private readonly ShardRange _shards;
    private readonly SliceGrid _grid;
    private readonly PaneRecords<TKey, TAcc> _records = new();
    private readonly List<OpenSlice<TKey, TAcc>> _slices = [];
    private readonly SpareMaps<TKey, TAcc> _spareMaps;
    private readonly SpareEntries<TKey, TAcc> _spareEntries = new();

    /// <summary>One above the last window that has fired in each shard.</summary>
    private readonly long[] _fired;
    private readonly bool[] _hasFired;

    public SliceStore(ShardRange shards, SliceGrid grid)
    {
        (_shards, _grid, _fired, _hasFired, _spareMaps) = (shards, grid, new long[shards.Count], new bool[shards.Count],
            new SpareMaps<TKey, TAcc>(shards));
        Array.Fill(_fired, EventTime.MinValue);
    }

    public string Name => "slices";

    public Schema Schema => _records.Schema;

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<OpenSlice<TKey, TAcc>> Slices => _slices;

    /// <summary>Whether a window (by its start) has fired in a shard (counted within the region).</summary>
    public bool HasFired(long window, int index) => _fired[index] > window;

    public bool IsGone(OpenSlice<TKey, TAcc> slice, int index) => HasFired(slice.LastWindow, index);

    /// <summary>The first window that some shard has still to fire and that holds any slice.</summary>
    public long NextWindow
    {
        get
        {
            long next = _grid.FirstWindowOf(new Slice(_slices[0].Start, _slices[0].End, _slices[0].LastWindow));
            long fired = EventTime.MaxValue;
            foreach (long shard in _fired)
                fired = Math.Min(fired, shard);
            return fired == EventTime.MinValue ? next : Math.Max(next, _grid.NextWindow(fired - 1));
        }
    }

    public OpenSlice<TKey, TAcc> GetOrOpen(in Slice slice)
    {
        int at = _slices.Count;
        while (at > 0 && _slices[at - 1].Start > slice.Start)
            at--;
        if (at > 0 && _slices[at - 1].Start == slice.Start)
            return _slices[at - 1];
        var opened = new OpenSlice<TKey, TAcc>(slice, _spareMaps.Take(ExpectedKeys()), _shards);
        _slices.Insert(at, opened);
        return opened;
    }

    /// <summary>A window has fired in a shard (counted within the region).</summary>
    public void OnFired(long window, int index) => (_fired[index], _hasFired[index]) = (window + 1, true);

    /// <summary>Windows up to this one were complete in a shard before there was anything in them: rows that come to their slices now are
    /// not theirs.</summary>
    public void PassBy(long window, int index)
    {
        if (!HasFired(window, index))
            OnFired(window, index);
    }

    /// <summary>A shard's entries of a slice, in a row: until a row comes late to the slice.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Pack(OpenSlice<TKey, TAcc> slice, int shard) => slice.Pack(shard, _spareEntries);

    /// <summary>The map of a slice to which a row comes late.</summary>
    public StateMap<TKey, TAcc> Unpack(OpenSlice<TKey, TAcc> slice) => slice.Unpack(_spareMaps, _spareEntries);

    /// <summary>A slice has entered its first window: where all shards that still need it are packed, its map goes to the slices that
    /// come.</summary>
    /// <remarks>Not so if a late row came between two shards: what was packed before it does not hold any more.</remarks>
    public void OnEntered(OpenSlice<TKey, TAcc> slice)
    {
        for (int index = 0; index < _shards.Count; index++)
        {
            if (!slice.IsPacked(index) && !IsGone(slice, index))
                return;
        }

        _spareMaps.Give(slice.TakeMap());
    }

    /// <summary>Lets go of the slices of which a window that fired in every shard was the last.</summary>
    public void Close(long window)
    {
        while (_slices.Count > 0 && _slices[0].LastWindow <= window)
        {
            _slices[0].Close(_spareMaps, _spareEntries);
            _slices.RemoveAt(0);
        }
    }

    public void BeginJournal()
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
            slice.BeginJournal();
    }

    public bool HasChanges(int shard)
    {
        int index = shard - _shards.First;
        if (_hasFired[index])
            return true;
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (slice.HasChanges(shard))
                return true;
        }

        return false;
    }

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        int index = shard - _shards.First;
        if (_hasFired[index])
            WriteFired(index, writer);
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (slice.HasChanges(shard) && !IsGone(slice, index))
                slice.WriteChanges(shard, _records, writer);
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        int index = shard - _shards.First;
        if (_fired[index] != EventTime.MinValue)
            WriteFired(index, writer);
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (!IsGone(slice, index))
                slice.WriteAll(shard, _records, writer);
        }
    }

    public void EndJournal()
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
            slice.EndJournal();
        Array.Clear(_hasFired);
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        Codec<PaneEntry<TKey, TAcc>> reader = _records.ReaderOf(written);
        OpenSlice<TKey, TAcc>? slice = null;
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case PaneRecords<TKey, TAcc>.Fired:
                    _fired[shard - _shards.First] = records.ReadInt64();
                    Forget(shard);
                    break;
                case PaneRecords<TKey, TAcc>.Stretch:
                    slice = GetOrOpen(_grid.At(records.ReadInt64()));
                    break;
                case PaneRecords<TKey, TAcc>.Entry when slice is not null:
                    PaneRecords<TKey, TAcc>.Restore(slice.Map!, shard, reader.Read(ref records));
                    break;
                case byte kind:
                    throw PaneRecords<TKey, TAcc>.Damaged(kind);
            }
        }
    }

    /// <summary>After recovery: slices that every shard had done with were opened only to be emptied again.</summary>
    public void EndRestore() => _slices.RemoveAll(slice =>
    {
        if (slice.Count > 0)
            return false;
        slice.TakeMap().Dispose();
        return true;
    });

    /// <summary>A slice mostly holds as many keys as the one before it.</summary>
    private int ExpectedKeys() => _slices.Count == 0 ? 0 : _slices[^1].Count;

    private void WriteFired(int index, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(PaneRecords<TKey, TAcc>.Fired);
        writer.Out.WriteInt64(_fired[index]);
        writer.EndRecord();
    }

    private void Forget(int shard)
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (IsGone(slice, shard - _shards.First))
                PaneRecords<TKey, TAcc>.Forget(slice.Map!, shard);
        }
    }
}
