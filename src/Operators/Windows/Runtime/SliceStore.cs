using ActorStreams.Core;
using ActorStreams.Core.Codecs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>One slice of a region that some window still needs: its keys' accumulators.</summary>
internal sealed class OpenSlice<TKey, TAcc>(Slice slice, StateMap<TKey, TAcc> map, ShardRange shards)
{
    public long Start { get; } = slice.Start;

    public long End { get; } = slice.End;

    public long LastWindow { get; } = slice.LastWindow;

    public StateMap<TKey, TAcc> Map { get; } = map;

    /// <summary>Which shards (counted within the region) have been folded into their running windows.</summary>
    public bool[] Entered { get; } = new bool[shards.Count];

    /// <summary>Whether a window that holds the slice has begun to fire: a row that still comes must be added to the running window too.</summary>
    public bool HasEntered { get; set; }

    /// <summary>What the epoch touched, by shard, while a barrier writes it.</summary>
    public DirtySlots Dirty { get; } = new(shards);
}

/// <summary>The slices of a region, in order of time, and how far each shard has fired.</summary>
/// <remarks>
/// A slice is gone in a shard when the last window that holds it has fired there; that is not journaled by itself, one number to the shard says it for all.
/// Records: 1 = the last window fired in this shard (start); 2 = the slice that the following entries are of (start); 0 = an entry.
/// </remarks>
internal sealed class SliceStore<TKey, TAcc> : IShardedState
{
    private const byte EntryRecord = 0;
    private const byte FiredRecord = 1;
    private const byte SliceRecord = 2;
    private const int SpareMaps = 2;

    private readonly ShardRange _shards;
    private readonly SliceGrid _grid;
    private readonly Codec<PaneEntry<TKey, TAcc>> _codec = RecordCodec.Of<PaneEntry<TKey, TAcc>>();
    private readonly Dictionary<string, Codec<PaneEntry<TKey, TAcc>>> _readers = new(StringComparer.Ordinal);
    private readonly List<OpenSlice<TKey, TAcc>> _slices = [];
    private readonly Stack<StateMap<TKey, TAcc>> _spare = new();

    /// <summary>One above the last window that has fired in each shard.</summary>
    private readonly long[] _fired;
    private readonly bool[] _hasFired;

    public SliceStore(ShardRange shards, SliceGrid grid)
    {
        (_shards, _grid, _fired, _hasFired) = (shards, grid, new long[shards.Count], new bool[shards.Count]);
        Array.Fill(_fired, EventTime.MinValue);
    }

    public string Name => "slices";

    public Schema Schema => _codec.Schema;

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
        StateMap<TKey, TAcc> map = _spare.TryPop(out StateMap<TKey, TAcc>? spare) ? spare : new StateMap<TKey, TAcc>(_shards, ExpectedKeys());
        var opened = new OpenSlice<TKey, TAcc>(slice, map, _shards);
        _slices.Insert(at, opened);
        return opened;
    }

    /// <summary>A window has fired in a shard (counted within the region).</summary>
    public void OnFired(long window, int index) => (_fired[index], _hasFired[index]) = (window + 1, true);

    /// <summary>Windows up to this one were complete in a shard before there was anything in them: rows that come to their slices now are not theirs.</summary>
    public void PassBy(long window, int index)
    {
        if (!HasFired(window, index))
            OnFired(window, index);
    }

    /// <summary>Lets go of the slices of which a window that fired in every shard was the last.</summary>
    public void Close(long window)
    {
        while (_slices.Count > 0 && _slices[0].LastWindow <= window)
        {
            StateMap<TKey, TAcc> map = _slices[0].Map;
            _slices.RemoveAt(0);
            if (_spare.Count == SpareMaps)
            {
                map.Dispose();
                continue;
            }

            map.Clear();
            map.ClearDirty();
            _spare.Push(map);
        }
    }

    public void BeginJournal()
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
            slice.Dirty.Sort(slice.Map);
    }

    public bool HasChanges(int shard)
    {
        int index = shard - _shards.First;
        if (_hasFired[index])
            return true;
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (!slice.Dirty[shard].IsEmpty)
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
            ReadOnlySpan<int> dirty = slice.Dirty[shard];
            if (dirty.IsEmpty || IsGone(slice, index))
                continue;
            WriteSlice(slice.Start, writer);
            foreach (int slot in dirty)
                WriteEntry(slice, ref slice.Map.At(slot), writer);
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        int index = shard - _shards.First;
        if (_fired[index] != EventTime.MinValue)
            WriteFired(index, writer);
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (IsGone(slice, index))
                continue;
            WriteSlice(slice.Start, writer);
            (int start, int end) = slice.Map.SlotsOf(shard);
            for (int slot = start; slot < end; slot++)
            {
                ref StateMap<TKey, TAcc>.Entry entry = ref slice.Map.At(slot);
                if (slice.Map.IsLive(entry) && slice.Map.ShardOf(entry) == shard)
                    WriteEntry(slice, ref entry, writer);
            }
        }
    }

    public void EndJournal()
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            slice.Map.ClearDirty();
            slice.Dirty.Clear();
        }

        Array.Clear(_hasFired);
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Codec<PaneEntry<TKey, TAcc>>? codec))
            _readers[written.Text] = codec = _codec.ReaderOf(written);
        OpenSlice<TKey, TAcc>? slice = null;
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case FiredRecord:
                    _fired[shard - _shards.First] = records.ReadInt64();
                    Forget(shard);
                    break;
                case SliceRecord:
                    slice = GetOrOpen(_grid.At(records.ReadInt64()));
                    break;
                case EntryRecord when slice is not null:
                    PaneEntry<TKey, TAcc> entry = codec.Read(ref records);
                    slice.Map.Restore(entry.Key, KeyHash<TKey>.Of(entry.Key)) = entry.Accumulator;
                    break;
                case byte kind:
                    throw new CodecException($"Stored data is damaged: a slice record of kind {kind}.");
            }
        }
    }

    /// <summary>After recovery: slices that every shard had done with were opened only to be emptied again.</summary>
    public void EndRestore() => _slices.RemoveAll(slice =>
    {
        if (slice.Map.Count > 0)
            return false;
        slice.Map.Dispose();
        return true;
    });

    /// <summary>A slice mostly holds as many keys as the one before it.</summary>
    private int ExpectedKeys() => _slices.Count == 0 ? 0 : _slices[^1].Map.Count;

    private void WriteFired(int index, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(FiredRecord);
        writer.Out.WriteInt64(_fired[index]);
        writer.EndRecord();
    }

    private static void WriteSlice(long start, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(SliceRecord);
        writer.Out.WriteInt64(start);
    }

    private void WriteEntry(OpenSlice<TKey, TAcc> slice, ref StateMap<TKey, TAcc>.Entry entry, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(EntryRecord);
        _codec.Write(writer.Out, new PaneEntry<TKey, TAcc>(entry.Key, entry.State));
        if (writer.EndRecord())
            WriteSlice(slice.Start, writer);
    }

    private void Forget(int shard)
    {
        foreach (OpenSlice<TKey, TAcc> slice in _slices)
        {
            if (!IsGone(slice, shard - _shards.First))
                continue;
            (int start, int end) = slice.Map.SlotsOf(shard);
            for (int slot = start; slot < end; slot++)
            {
                ref StateMap<TKey, TAcc>.Entry entry = ref slice.Map.At(slot);
                if (slice.Map.IsLive(entry) && slice.Map.ShardOf(entry) == shard)
                    slice.Map.RestoreRemoved(entry.Key, KeyHash<TKey>.Of(entry.Key));
            }
        }
    }
}
