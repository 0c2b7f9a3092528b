using System.Diagnostics;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>One slice of a region that some window still needs: its keys' accumulators.</summary>
/// <remarks>
/// A map while rows come. When its first window fires, shard after shard is packed and folded into the running windows; when all are, the
/// map is given away. A row that comes late for some of its windows makes it a map again, for good: packing it is but a copy then, made
/// when it leaves.
/// </remarks>
internal sealed class OpenSlice<TKey, TAcc>(Slice slice, StateMap<TKey, TAcc> rows, ShardRange shards)
{
    private PackedSlice<TKey, TAcc>? _packed;

    public long Start { get; } = slice.Start;

    public long End { get; } = slice.End;

    public long LastWindow { get; } = slice.LastWindow;

    /// <summary>Where rows are added; null when it is packed.</summary>
    public StateMap<TKey, TAcc>? Map { get; private set; } = rows;

    public int Count => Map?.Count ?? _packed!.Count;

    /// <summary>Which shards (counted within the region) have been folded into their running windows.</summary>
    public bool[] Entered { get; } = new bool[shards.Count];

    /// <summary>Whether a window that holds the slice has begun to fire: a row that still comes must be added to the running window
    /// too.</summary>
    public bool HasEntered { get; set; }

    /// <summary>A shard's entries in a row, until the next late row.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Pack(int shard, SpareEntries<TKey, TAcc> spare)
    {
        if (_packed is null)
        {
            Debug.Assert(Map is not null, "a map, or packed");
            _packed = new PackedSlice<TKey, TAcc>(shards, spare.Take(Map.Count));
        }

        return Map is null ? _packed.Of(shard) : _packed.Pack(Map, shard);
    }

    /// <summary>Whether a shard (counted within the region) is packed, and has not changed since.</summary>
    public bool IsPacked(int index) => _packed is not null && _packed.IsPacked(index);

    /// <summary>All of it is packed: lets go of the map.</summary>
    public StateMap<TKey, TAcc> TakeMap()
    {
        StateMap<TKey, TAcc> taken = Map!;
        Map = null;
        return taken;
    }

    /// <summary>The map to add a late row to; what is packed does not hold any more.</summary>
    public StateMap<TKey, TAcc> Unpack(SpareMaps<TKey, TAcc> maps, SpareEntries<TKey, TAcc> spare)
    {
        if (Map is null)
            _packed!.Unpack(Map = maps.Take(_packed.Count));
        GivePacked(spare);
        return Map;
    }

    /// <summary>Gives its memory to the slices that come.</summary>
    public void Close(SpareMaps<TKey, TAcc> maps, SpareEntries<TKey, TAcc> spare)
    {
        if (Map is not null)
            maps.Give(TakeMap());
        GivePacked(spare);
    }

    public bool TryFind(TKey key, ulong hash, out TAcc accumulator)
    {
        if (Map is { } map)
        {
            int slot = map.Find(key, hash);
            accumulator = slot < 0 ? default! : map.At(slot).State;
            return slot >= 0;
        }

        // No path of rows: someone asks, or an aggregate has thrown.
        foreach (ref readonly PaneEntry<TKey, TAcc> entry in _packed!.Of(shards.Map.ShardOf(hash)))
        {
            if (!EqualityComparer<TKey>.Default.Equals(entry.Key, key))
                continue;
            accumulator = entry.Accumulator;
            return true;
        }

        accumulator = default!;
        return false;
    }

    public void BeginJournal() => Map?.SortDirty();

    public bool HasChanges(int shard) => Map is null ? _packed!.HasDirty(shard) : !Map.DirtyOf(shard).IsEmpty;

    public void WriteChanges(int shard, PaneRecords<TKey, TAcc> records, ShardBlobWriter writer)
    {
        if (Map is { } map)
            records.Write(Start, map, map.DirtyOf(shard), writer);
        else
            records.Write(Start, _packed!.DirtyOf(shard), writer);
    }

    public void WriteAll(int shard, PaneRecords<TKey, TAcc> records, ShardBlobWriter writer)
    {
        if (Map is { } map)
            records.WriteShard(Start, map, shard, writer);
        else
            records.Write(Start, _packed!.Of(shard), writer);
    }

    public void EndJournal()
    {
        Map?.ClearDirty();
        _packed?.ClearDirty();
    }

    private void GivePacked(SpareEntries<TKey, TAcc> spare)
    {
        if (_packed is { } packed)
            spare.Give(packed.Memory);
        _packed = null;
    }
}

/// <summary>Memory of packed slices that have gone, for the next ones.</summary>
internal sealed class SpareEntries<TKey, TAcc>
{
    private const int Most = 2;

    private readonly Stack<PaneEntry<TKey, TAcc>[]> _spare = new();

    /// <summary>Room for so many entries; somewhat more, so that it does for the next slice too.</summary>
    public PaneEntry<TKey, TAcc>[] Take(int count)
    {
        while (_spare.TryPop(out PaneEntry<TKey, TAcc>[]? spare))
        {
            if (spare.Length >= count && spare.Length / 4 <= count)
                return spare;
        }

        return GC.AllocateUninitializedArray<PaneEntry<TKey, TAcc>>(count + (count / 8));
    }

    public void Give(PaneEntry<TKey, TAcc>[] entries)
    {
        if (_spare.Count < Most && !RuntimeHelpers.IsReferenceOrContainsReferences<PaneEntry<TKey, TAcc>>())
            _spare.Push(entries);
    }
}
