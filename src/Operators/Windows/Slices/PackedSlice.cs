using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>A slice to which no row is expected any more: its entries without the gaps of a map, each shard's in a row.</summary>
/// <remarks>
/// About a quarter of the memory that the map takes, in the order of hashes, and read from front to back: what makes a window of many
/// slices as cheap as one of few.
/// </remarks>
internal sealed class PackedSlice<TKey, TAcc>(ShardRange shards, PaneEntry<TKey, TAcc>[] entries)
{
    private const int SlotsAtOnce = 256;

    private readonly Run[] _runs = new Run[shards.Count];

    /// <summary>Which entries are still to be journaled, in shards where some are and some are not.</summary>
    private bool[] _isDirty = [];

    /// <summary>For the next slice, once this one is not needed any more.</summary>
    public PaneEntry<TKey, TAcc>[] Memory => entries;

    public int Count { get; private set; }

    public bool IsPacked(int index) => _runs[index].IsPacked;

    /// <summary>A shard's entries, in the order of their hashes.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Of(int shard) => entries.AsSpan(RunOf(shard).Start..RunOf(shard).End);

    /// <summary>Whether any entries of a shard are still to be journaled.</summary>
    public bool HasDirty(int shard) => RunOf(shard).Dirty > 0;

    /// <summary>Those of a shard that are still to be journaled.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> DirtyOf(int shard)
    {
        Run run = RunOf(shard);
        if (run.Dirty == 0 || run.Dirty == run.End - run.Start)
            return entries.AsSpan(run.Start, run.Dirty);
        var dirty = new PaneEntry<TKey, TAcc>[run.Dirty];
        int count = 0;
        for (int at = run.Start; at < run.End; at++)
        {
            if (_isDirty[at])
                dirty[count++] = entries[at];
        }

        return dirty;
    }

    /// <summary>Takes a shard's entries over from the map, once.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Pack(StateMap<TKey, TAcc> map, int shard)
    {
        ref Run run = ref RunOf(shard);
        if (run.IsPacked)
            return Of(shard);
        run.Start = Count;
        bool isMixed = !map.Dirty.IsEmpty && map.Dirty.Length < map.Count;
        if (isMixed && _isDirty.Length == 0)
            _isDirty = new bool[entries.Length];
        int dirty = Copy(map, shard, isMixed);
        (run.End, run.Dirty, run.IsPacked) = (Count, isMixed ? dirty : map.Dirty.IsEmpty ? 0 : Count - run.Start, true);
        return Of(shard);
    }

    /// <summary>Back into a map: a row has come late.</summary>
    public void Unpack(StateMap<TKey, TAcc> map)
    {
        map.EnsureCapacity(Count);
        for (int index = 0; index < _runs.Length; index++)
        {
            foreach (ref readonly PaneEntry<TKey, TAcc> entry in Of(shards.First + index))
                map.Restore(entry.Key, shards.HashOf(entry.Key)) = entry.Accumulator;
            foreach (ref readonly PaneEntry<TKey, TAcc> entry in DirtyOf(shards.First + index))
            {
                map.Reserve(1);
                map.Touch(entry.Key, shards.HashOf(entry.Key));
            }
        }
    }

    /// <summary>Everything is journaled.</summary>
    public void ClearDirty()
    {
        for (int index = 0; index < _runs.Length; index++)
            _runs[index].Dirty = 0;
    }

    private ref Run RunOf(int shard) => ref _runs[shard - shards.First];

    /// <summary>Copies a shard's entries. They are almost in the order of their hashes: only keys that share slots have changed
    /// places.</summary>
    /// <returns>If <paramref name="isMixed"/>, how many are still to be journaled.</returns>
    [SkipLocalsInit]
    private int Copy(StateMap<TKey, TAcc> map, int shard, bool isMixed)
    {
        (int slot, int end) = map.SlotsOf(shard);
        Span<int> found = stackalloc int[SlotsAtOnce];
        int first = Count, count = first, dirty = 0;
        ulong last = 0;
        while (map.ListShard(shard, ref slot, end, found) is > 0 and int listed)
        {
            foreach (int from in found[..listed])
            {
                ref StateMap<TKey, TAcc>.Entry entry = ref map.At(from);
                ulong hash = shards.HashOf(entry.Key);
                int at = count++;
                if (hash < last)
                    at = MakeRoom(first, at, hash);
                else
                    last = hash;
                entries[at] = new PaneEntry<TKey, TAcc>(entry.Key, entry.State);
                if (!isMixed)
                    continue;
                _isDirty[at] = map.IsTouched(entry);
                dirty += _isDirty[at] ? 1 : 0;
            }
        }

        Count = count;
        return dirty;
    }

    private int MakeRoom(int first, int at, ulong hash)
    {
        for (; at > first && shards.HashOf(entries[at - 1].Key) > hash; at--)
        {
            entries[at] = entries[at - 1];
            if (_isDirty.Length > 0)
                _isDirty[at] = _isDirty[at - 1];
        }

        return at;
    }

    private struct Run
    {
        public int Start, End;

        /// <summary>How many are still to be journaled.</summary>
        public int Dirty;
        public bool IsPacked;
    }
}
