using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>How the table grows.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    /// <summary>Makes the table as large as so many keys will need, at once: they would come in the order of their hashes, or are known to
    /// come.</summary>
    public void EnsureCapacity(int expected)
    {
        int bits = BitsFor(expected);
        if (bits > _slotBits)
            Rebuild(bits);
    }

    private int BitsFor(int expected)
    {
        int bits = 0;
        while (((long)_shards.Count << bits) * 2 / 3 < expected)
            bits++;
        return bits;
    }

    /// <summary>Whether a key so far from its home asks for a larger table, however few of its slots are used.</summary>
    /// <remarks>
    /// Keys may come in the order of their hashes: a recovery reads shard by shard, a fired window upstream puts its keys out in that
    /// order. The first shards would then crowd a corner of a table that looks empty. The bound is what the table needs if all shards hold
    /// as many keys as one can.
    /// </remarks>
    private bool IsCrowded(int distance) => distance > MaximumDistance && !_isRebuilding
        && _slots < (long)_shards.Count * Math.Max(_live, 64) * 4;

    /// <summary>The spare slots at the end are used up: more of them while the table is sparse; else, and for a crowd, a larger
    /// table.</summary>
    private void RunOver(bool atEnd)
    {
        bool isSparse = atEnd && _used < _limit / 4 && _spare < _slots;
        if (isSparse)
            _spare *= 2;
        Rebuild(isSparse ? _slotBits : _slotBits + 1);
    }

    private void Rebuild()
    {
        // Mostly graves whose removal is journaled: the same size does. All of it new in this epoch: it is being filled, so fewer and
        // larger steps.
        bool isFilling = _dirtyCount == _used && SizeBytes is > FastGrowthFrom and < FastGrowthTo;
        Rebuild(_live + _unjournaledGraves < _used / 2 ? _slotBits : _slotBits + (isFilling ? 2 : 1));
    }

    private void Rebuild(int slotBits)
    {
        Entry[]? managed = _managed;
        byte* native = _native;
        int slots = _slots;
        _rebuilds++;
        bool isNested = _isRebuilding;
        _isRebuilding = true;
        if (_dirtyCapacity < _dirtyCount + Chunk<int>.Size)
            GrowDirty(_dirtyCount + Chunk<int>.Size);
        _dirtyCount = 0;
        _managed = null;
        _native = null;
        Allocate(slotBits);
        MoveAll(ref managed is not null ? ref MemoryMarshal.GetArrayDataReference(managed) : ref Unsafe.AsRef<Entry>(native), slots);
        TableMemory.Free(native);
        _isRebuilding = isNested;
    }

    /// <summary>Moves what is in use from the old table. Both are in the order of hashes, so both are walked from front to end.</summary>
    [SkipLocalsInit]
    private void MoveAll(ref Entry old, int slots)
    {
        Span<int> used = stackalloc int[Chunk<int>.Size];
        int stamp = _stamp;
        for (int slot = 0; slot < slots;)
        {
            int count = UsedSlots(ref old, ref slot, slots, used);
            foreach (int from in used[..count])
            {
                ref Entry entry = ref At(ref old, from);
                int to = FreeFrom(HashOf(entry.Key));
                At(to) = entry;
                _used++;
                _live += entry.Stamp > 0 ? 1 : 0;
                _dirty[_dirtyCount] = to;
                _dirtyCount += entry.Stamp == stamp || entry.Stamp == -stamp ? 1 : 0;
            }
        }
    }

    /// <summary>Lists slots from <paramref name="slot"/> on that hold a state, or a grave whose removal is still to be journaled; without a
    /// branch on what they hold.</summary>
    /// <returns>How many; fewer than fit only at the end.</returns>
    private int UsedSlots(ref Entry first, ref int slot, int end, Span<int> found)
    {
        uint grave = (uint)(_floor + Grave);
        nint count = 0;
        ref int next = ref MemoryMarshal.GetReference(found);
        int at = slot;
        for (; at < end && count < found.Length; at++)
        {
            Unsafe.Add(ref next, count) = at;
            count += Unsafe.BitCast<bool, byte>((uint)At(ref first, at).Stamp > grave);
        }

        slot = at;
        return (int)count;
    }

    /// <summary>The slot for a key that is not in the table.</summary>
    private int FreeFrom(ulong hash)
    {
        int slot = HomeOf(hash);
        while (!IsFree(At(slot)))
        {
            if (++slot < _slots - 1)
                continue;
            RunOver(atEnd: true);
            slot = HomeOf(hash);
        }

        return slot;
    }

    private void GrowDirty(int needed)
    {
        _dirtyCapacity = Math.Max(Math.Max(_dirtyCapacity * 2, needed), Chunk<int>.Size);
        _dirty = (int*)NativeMemory.Realloc(_dirty, (nuint)_dirtyCapacity * sizeof(int));
    }

    private void Allocate(int slotBits)
    {
        int shardBits = _shards.Map.Bits;
        if (shardBits + slotBits > 31)
            throw new JobException(
                $"A state map would need more than 2^{31 - shardBits} slots a shard; use more shards or a higher parallelism.");
        Debug.Assert(_managed is null && _native is null, "freed before");
        _slotBits = slotBits;
        int bits = shardBits + slotBits;
        _shift = bits == 0 ? 63 : 64 - bits;
        if (bits == 0)
        {
            _slotBits = 1;
            bits = 1;
        }

        _base = _shards.First << _slotBits;
        int main = _shards.Count << _slotBits;
        _slots = checked(main + _spare + (main >> 6));
        _limit = (int)(main * 2L / 3) + 1;
        (_live, _used, _borderShard) = (0, 0, -1);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
        {
            _managed = new Entry[_slots];
        }
        else
        {
            _native = TableMemory.Allocate(SizeBytes);
        }
    }
}
