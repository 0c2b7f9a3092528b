using System.Runtime.CompilerServices;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>A slice to which no row is expected any more: its entries without the gaps of a map, each shard's in a row.</summary>
/// <remarks>
/// About a quarter of the memory that the map takes, and read from front to back: what makes a window of many slices as cheap as one of few. In each
/// shard those that are still to be journaled come first; within both parts entries are in the order of their hashes.
/// </remarks>
internal sealed class PackedSlice<TKey, TAcc>(ShardRange shards, PaneEntry<TKey, TAcc>[] entries)
{
    private const int SlotsAtOnce = 256;

    private readonly Run[] _runs = new Run[shards.Count];

    /// <summary>For the next slice, once this one is not needed any more.</summary>
    public PaneEntry<TKey, TAcc>[] Memory => entries;

    public int Count { get; private set; }

    public bool IsPacked(int index) => _runs[index].IsPacked;

    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Of(int shard) => entries.AsSpan(RunOf(shard).Start..RunOf(shard).End);

    /// <summary>Those of a shard that are still to be journaled.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> DirtyOf(int shard) => entries.AsSpan(RunOf(shard).Start..RunOf(shard).DirtyEnd);

    /// <summary>Takes a shard's entries over from the map, once.</summary>
    public ReadOnlySpan<PaneEntry<TKey, TAcc>> Pack(StateMap<TKey, TAcc> map, int shard)
    {
        ref Run run = ref RunOf(shard);
        if (run.IsPacked)
            return Of(shard);
        run.Start = Count;
        if (map.Dirty.Length > 0)
            Copy(map, shard, isTouched: true);
        run.DirtyEnd = Count;
        if (map.Dirty.Length < map.Count)
            Copy(map, shard, isTouched: false);
        (run.End, run.IsPacked) = (Count, true);
        return Of(shard);
    }

    /// <summary>Back into a map: a row has come late.</summary>
    public void Unpack(StateMap<TKey, TAcc> map)
    {
        map.EnsureCapacity(Count);
        foreach (Run run in _runs)
        {
            foreach (ref readonly PaneEntry<TKey, TAcc> entry in entries.AsSpan(run.Start..run.DirtyEnd))
            {
                map.Reserve(1);
                map.Touch(entry.Key, KeyHash<TKey>.Of(entry.Key)) = entry.Accumulator;
            }

            foreach (ref readonly PaneEntry<TKey, TAcc> entry in entries.AsSpan(run.DirtyEnd..run.End))
                map.Restore(entry.Key, KeyHash<TKey>.Of(entry.Key)) = entry.Accumulator;
        }
    }

    /// <summary>Everything is journaled.</summary>
    public void ClearDirty()
    {
        for (int index = 0; index < _runs.Length; index++)
            _runs[index].DirtyEnd = _runs[index].Start;
    }

    private ref Run RunOf(int shard) => ref _runs[shard - shards.First];

    [SkipLocalsInit]
    private void Copy(StateMap<TKey, TAcc> map, int shard, bool isTouched)
    {
        (int slot, int end) = map.SlotsOf(shard);
        Span<int> found = stackalloc int[SlotsAtOnce];
        int count = Count;
        while (map.ListShard(shard, ref slot, end, found) is > 0 and int listed)
        {
            foreach (int at in found[..listed])
            {
                ref StateMap<TKey, TAcc>.Entry entry = ref map.At(at);
                if (map.IsTouched(entry) == isTouched)
                    entries[count++] = new PaneEntry<TKey, TAcc>(entry.Key, entry.State);
            }
        }

        Count = count;
    }

    private struct Run
    {
        public int Start, DirtyEnd, End;
        public bool IsPacked;
    }
}
