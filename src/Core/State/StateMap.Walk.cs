using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>A shard's states, from one end to the other.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    /// <summary>The slots that hold the keys of <paramref name="shard"/>, with some of the next shard's in front or behind: check
    /// <see cref="ShardOf"/>.</summary>
    public (int Start, int End) SlotsOf(int shard)
    {
        int start = (shard - _shards.First) << _slotBits;
        int end = (shard - _shards.First + 1) << _slotBits;
        while (end < _slots && !IsFree(At(end)))
            end++;
        return (start, end);
    }

    public int ShardOf(in Entry entry) => _shards.Map.ShardOf(HashOf(entry.Key));

    /// <summary>Whether a slot of a shard's run may hold a key of another shard: one that collisions pushed over the border.</summary>
    /// <remarks>That is so from the start of the run to its first free slot, and from the end of the shard's own slots on.</remarks>
    public bool MayHoldOthers(int shard, int slot, int ownEnd)
    {
        if (slot >= ownEnd)
            return true;
        if (_borderShard != shard)
        {
            _borderShard = shard;
            _borderEnd = (shard - _shards.First) << _slotBits;
            while (_borderEnd < ownEnd && !IsFree(At(_borderEnd)))
                _borderEnd++;
        }

        return slot < _borderEnd;
    }

    /// <summary>Lists slots that hold a shard's states, from <paramref name="slot"/> on, which ends where to go on.</summary>
    /// <remarks>Without a branch on what a slot holds: half of them are free, in an order that no processor foresees.</remarks>
    /// <param name="shard">The shard.</param>
    /// <param name="slot">A slot between those of <see cref="SlotsOf"/>.</param>
    /// <param name="end">Where these end.</param>
    /// <param name="found">Room for the slots, at least one.</param>
    /// <returns>How many there are; none only where there are no more.</returns>
    public int ListShard(int shard, ref int slot, int end, Span<int> found)
    {
        Debug.Assert(!found.IsEmpty, "room is needed");
        int ownEnd = (shard - _shards.First + 1) << _slotBits;
        while (slot < end)
        {
            bool isBorder = MayHoldOthers(shard, slot, ownEnd);
            int until = isBorder ? (slot < ownEnd ? _borderEnd : end) : Math.Min(ownEnd, end);
            int count = ListLive(ref slot, until, found);
            if (isBorder)
                count = OnlyOf(shard, found[..count]);
            if (count > 0)
                return count;
        }

        return 0;
    }

    /// <returns>How many live slots were listed; fewer than fit only at the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ListLive(ref int slot, int end, Span<int> found)
    {
        ref Entry first = ref First;
        ref int next = ref MemoryMarshal.GetReference(found);
        int grave = _floor + Grave, at = slot;
        nint count = 0;
        for (; at < end && count < found.Length; at++)
        {
            Unsafe.Add(ref next, count) = at;
            count += Unsafe.BitCast<bool, byte>(At(ref first, at).Stamp > grave);
        }

        slot = at;
        return (int)count;
    }

    private int OnlyOf(int shard, Span<int> slots)
    {
        int count = 0;
        foreach (int slot in slots)
        {
            slots[count] = slot;
            count += ShardOf(At(slot)) == shard ? 1 : 0;
        }

        return count;
    }
}
