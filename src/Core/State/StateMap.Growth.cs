using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.State;

/// <summary>How the table grows.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    /// <summary>Whether a key so far from its home asks for a larger table, however few of its slots are used.</summary>
    /// <remarks>
    /// Keys may come in the order of their hashes: a recovery reads shard by shard, a fired window upstream puts its keys out in that order. The first
    /// shards would then crowd a corner of a table that looks empty. The bound is what the table needs if all shards hold as many keys as one can.
    /// </remarks>
    private bool IsCrowded(int distance) => distance > MaximumDistance && !_isRebuilding && _slots < (long)_shards.Count * Math.Max(_live, 64) * 4;

    /// <summary>The spare slots at the end are used up: more of them while the table is sparse; else, and for a crowd, a larger table.</summary>
    private void RunOver(bool atEnd)
    {
        bool isSparse = atEnd && _used < _limit / 4 && _spare < _slots;
        if (isSparse)
            _spare *= 2;
        Rebuild(isSparse ? _slotBits : _slotBits + 1);
    }

    private void Rebuild()
    {
        // Mostly graves: the same size does. All of it new in this epoch: it is being filled, so fewer and larger steps.
        bool isFilling = _dirtyCount == _used && _slots < FastGrowthSlots;
        Rebuild(_live < _used / 2 ? _slotBits : _slotBits + (isFilling ? 2 : 1));
    }

    private void Rebuild(int slotBits)
    {
        Entry[]? managed = _managed;
        byte* native = _native;
        int slots = _slots;
        int stamp = _stamp;
        _rebuilds++;
        bool isNested = _isRebuilding;
        _isRebuilding = true;
        _dirtyCount = 0;
        _managed = null;
        _native = null;
        Allocate(slotBits);
        ref Entry old = ref managed is not null ? ref MemoryMarshal.GetArrayDataReference(managed) : ref Unsafe.AsRef<Entry>(native);
        for (int i = 0; i < slots; i++)
        {
            ref Entry entry = ref At(ref old, i);
            if (entry.Stamp >= 0 && entry.Stamp <= _floor + Grave)
                continue;
            ulong hash = KeyHash<TKey>.Of(entry.Key);
            int slot = FindOrAdd(HomeOf(hash), entry.Key, hash);
            ref Entry moved = ref At(slot);
            moved.State = entry.State;
            moved.Stamp = entry.Stamp;
            if (entry.Stamp < 0)
                _live--;
        }

        if (native is not null)
            NativeMemory.AlignedFree(native);
        _isRebuilding = isNested;
        CollectDirty(stamp);
    }

    private void CollectDirty(int stamp)
    {
        int count = 0;
        for (int slot = 0; slot < _slots; slot++)
        {
            ref Entry entry = ref At(slot);
            if (entry.Stamp != stamp && entry.Stamp != -stamp)
                continue;
            if (count == _dirtyCapacity)
                GrowDirty(count + 1);
            _dirty[count++] = slot;
        }

        _dirtyCount = count;
        if (_dirtyCapacity < count + Records.Chunk<int>.Size)
            GrowDirty(count + Records.Chunk<int>.Size);
    }

    private void GrowDirty(int needed)
    {
        _dirtyCapacity = Math.Max(Math.Max(_dirtyCapacity * 2, needed), Records.Chunk<int>.Size);
        _dirty = (int*)NativeMemory.Realloc(_dirty, (nuint)_dirtyCapacity * sizeof(int));
    }

    private void Allocate(int slotBits)
    {
        int shardBits = _shards.Map.Bits;
        if (shardBits + slotBits > 31)
            throw new JobException($"A state map would need more than 2^{31 - shardBits} slots a shard; use more shards or a higher parallelism.");
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
        (_live, _used) = (0, 0);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
        {
            _managed = new Entry[_slots];
        }
        else
        {
            nuint size = (nuint)SizeBytes;
            _native = (byte*)NativeMemory.AlignedAlloc(size, CacheLine);
            NativeMemory.Clear(_native, size);
        }
    }
}
