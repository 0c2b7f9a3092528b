using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Core.State;

/// <summary>Key to state for the shards of one region: open addressing, key and state side by side, ordered by hash.</summary>
/// <remarks>
/// <para>The slot of a key is the top bits of its hash, shard bits first, so each shard is a run of neighbouring slots: it can be fired,
/// written and dropped by itself. Entries without references live in native memory aligned to a cache line; others in a managed array.
/// Collisions go to the next free slot; there is no wrap-around, the table ends in a few spare slots and grows when they are used
/// up.</para>
/// <para>An entry carries the stamp of the epoch that touched it last; the first touch in an epoch adds its slot to the dirty list without
/// a branch. A removed entry stays as a grave until the table is rebuilt, so that its removal can be journaled and probing stays
/// simple.</para>
/// <para>Figures for both choices: <c>keyed-1m</c> and <c>recovery-10m</c> in the benchmarks; the limits they follow are those of a
/// hand-written table.</para>
/// </remarks>
internal sealed unsafe partial class StateMap<TKey, TState> : IDisposable
{
    private const int MinimumSpare = 16;
    private const int Grave = 1;
    private const int Clean = 2;
    private const int MaximumDistance = 64;
    private const long FastGrowthFrom = 1 << 20;
    private const long FastGrowthTo = 16 << 20;

    /// <summary>Bytes from slot to slot: small entries without references never straddle a cache line.</summary>
    private static readonly int s_stride = StrideOf(Unsafe.SizeOf<Entry>());

    /// <summary>Whether some entries lie in two cache lines.</summary>
    private static readonly bool s_straddles = RuntimeHelpers.IsReferenceOrContainsReferences<Entry>() || 64 % s_stride != 0;

    private readonly ShardRange _shards;
    private readonly ulong _seed;
    private readonly IEqualityComparer<TKey>? _comparer = typeof(TKey).IsValueType ? null : EqualityComparer<TKey>.Default;
    private Entry[]? _managed;
    private byte* _native;
    private int _slots;
    private int _spare = MinimumSpare;
    private int _slotBits;
    private int _shift;
    private int _base;
    private int _live;
    private int _used;
    private int _unjournaledGraves;
    private int _limit;
    private int _floor;
    private int _stamp = Clean + 1;
    private bool _hasGraves;
    private int* _dirty;
    private int _dirtyCapacity;
    private int _dirtyCount;
    private int _rebuilds;
    private bool _isRebuilding;
    private int _borderShard = -1;
    private int _borderEnd;

    public StateMap(ShardRange shards, int expected = 0)
    {
        _shards = shards;
        _seed = shards.Map.Seed;
        Allocate(BitsFor(expected));
    }

    ~StateMap() => Free();

    /// <summary>
    /// One slot. Its stamp, less the map's floor: 0 or below, free; 1, a grave; 2, untouched since recovery; above, the epoch that touched
    /// it last. A grave whose removal is still to be journaled has the current stamp negated. Forgetting everything raises the floor.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        public TKey Key;
        public TState State;
        public int Stamp;
    }

    /// <summary>Entries that hold a state.</summary>
    public int Count => _live;

    /// <summary>Slots touched since <see cref="ClearDirty"/>; those of grown or rebuilt tables stay right.</summary>
    public ReadOnlySpan<int> Dirty => new(_dirty, _dirtyCount);

    /// <summary>Memory of the table.</summary>
    public long SizeBytes => (long)_slots * s_stride;

    /// <summary>Whether looking ahead pays: the table does not fit the second-level cache.</summary>
    public bool OutgrowsCache => SizeBytes > 768 * 1024;

    public int SlotCount => _slots;

    /// <summary>Slots that each shard has of its own; collisions at its end spill into the next shard's.</summary>
    public int SlotsPerShard => 1 << _slotBits;

    private ref Entry First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref RuntimeHelpers.IsReferenceOrContainsReferences<Entry>() ? ref MemoryMarshal.GetArrayDataReference(_managed!)
            : ref Unsafe.AsRef<Entry>(_native);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Entry At(int slot) => ref At(ref First, slot);

    /// <summary>Whether the slot holds a state (not free, not a grave).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsLive(in Entry entry) => entry.Stamp > _floor + Grave;

    /// <summary>Whether the epoch has touched a live entry.</summary>
    public bool IsTouched(in Entry entry) => entry.Stamp == _stamp;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash)
    {
        if (!Sse.IsSupported)
            return;
        var entry = (byte*)Unsafe.AsPointer(ref Unsafe.As<Entry, byte>(ref At(HomeOf(hash))));
        Sse.Prefetch0(entry);
        for (int line = 64; line < s_stride; line += 64)
            Sse.Prefetch0(entry + line);
        if (s_straddles)
            Sse.Prefetch0(entry + s_stride - 1);
    }

    /// <summary>Fetches the entries of keys that come soon; nothing to do for a table that is near already.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Prefetch(ReadOnlySpan<ulong> hashes)
    {
        if (!OutgrowsCache)
            return;
        foreach (ulong hash in hashes)
            Prefetch(hash);
    }

    /// <summary>Makes room in the dirty list and the table for <paramref name="rows"/> touches, so that the inner loop checks
    /// neither.</summary>
    public void Reserve(int rows)
    {
        if (_dirtyCount + rows > _dirtyCapacity)
            GrowDirty(_dirtyCount + rows);
        if (_used + rows <= _limit)
            return;
        Rebuild();

        // Graves whose removal is still to be journaled are no room won.
        while (_used + rows > _limit)
            Rebuild(_slotBits + 1);
    }

    /// <summary>Finds or adds the key, marks it dirty and returns its state; a new state is default. Needs <see cref="Reserve"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TState Touch(TKey key, ulong hash)
    {
        int slot = HomeOf(hash);
        ref Entry entry = ref At(slot);
        if (entry.Stamp <= _floor + Grave || !KeyEquals(entry.Key, key))
        {
            slot = FindOrAdd(slot, key, hash);
            entry = ref At(slot);
        }

        MarkDirty(slot, ref entry);
        return ref entry.State;
    }

    /// <summary>The slot of the key, or -1.</summary>
    public int Find(TKey key, ulong hash)
    {
        for (int slot = HomeOf(hash); ; slot++)
        {
            ref Entry entry = ref At(slot);
            if (IsFree(entry))
                return -1;
            if (KeyEquals(entry.Key, key))
                return IsLive(entry) ? slot : -1;
        }
    }

    /// <summary>Adds without marking dirty: recovery, and states that are not journaled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TState Restore(TKey key, ulong hash)
    {
        ref Entry entry = ref At(HomeOf(hash));
        while (!IsFree(entry))
        {
            if (KeyEquals(entry.Key, key) && IsLive(entry))
                return ref entry.State;
            entry = ref At(ref entry, 1);
        }

        return ref RestoreNew(key, hash);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TState RestoreNew(TKey key, ulong hash)
    {
        if (_used + 1 > _limit)
            Rebuild();
        int slot = FindOrAdd(HomeOf(hash), key, hash);
        ref Entry entry = ref At(slot);
        if (entry.Stamp <= _floor + Clean)
            entry.Stamp = _floor + Clean;
        return ref entry.State;
    }

    /// <summary>The hash of a key, by the seed of the job.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashOf(TKey key) => KeyHash<TKey>.Of(key, _seed);

    /// <summary>The hash of a key that was read from the journal of a shard.</summary>
    /// <exception cref="CodecException">The key belongs to another shard, since its type has changed.</exception>
    public ulong HashOfStored(TKey key, int shard) => StoredKeys.HashOf(key, shard, _shards.Map);

    /// <summary>Removes the key; the removal is dirty until <see cref="ClearDirty"/>.</summary>
    public bool Remove(TKey key, ulong hash)
    {
        int slot = Find(key, hash);
        if (slot < 0)
            return false;
        Reserve(1);
        slot = Find(key, hash);
        ref Entry entry = ref At(slot);
        MarkDirty(slot, ref entry);
        entry.Stamp = -_stamp;
        entry.State = default!;
        _live--;
        _unjournaledGraves++;
        _hasGraves = true;
        return true;
    }

    /// <summary>Removes without a trace: recovery of a journaled removal.</summary>
    public void RestoreRemoved(TKey key, ulong hash)
    {
        int slot = Find(key, hash);
        if (slot < 0)
            return;
        ref Entry entry = ref At(slot);
        entry.Stamp = _floor + Grave;
        entry.State = default!;
        _live--;
        _hasGraves = true;
    }

    /// <summary>Ends the epoch: nothing is dirty any more.</summary>
    public void ClearDirty()
    {
        if (_hasGraves)
        {
            foreach (int slot in Dirty)
            {
                ref Entry entry = ref At(slot);
                if (entry.Stamp < 0)
                    entry.Stamp = _floor + Grave;
            }
        }

        _dirtyCount = _unjournaledGraves = 0;
        _isSorted = false;
        if (++_stamp == int.MaxValue)
            ResetStamps();
    }

    /// <summary>Forgets everything, keeping the memory: in no time, unless there are references to let go of.</summary>
    public void Clear()
    {
        if (_used > 0 && (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>() || _hasGraves || _stamp > int.MaxValue / 2))
            Erase();
        else
            (_floor, _stamp) = (_stamp, _stamp + Clean + 1);
        (_live, _used, _unjournaledGraves, _dirtyCount, _borderShard) = (0, 0, 0, 0, -1);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkDirty(int slot, ref Entry entry) => _dirtyCount = MarkDirty(slot, ref entry, _stamp, _dirty, _dirtyCount);

    /// <summary>Adds the slot to the dirty list if the epoch has not touched it before, without a branch: a write that the next one
    /// overwrites is cheaper.</summary>
    /// <returns>The new length of the list.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int MarkDirty(int slot, ref Entry entry, int stamp, int* dirty, int count)
    {
        dirty[count] = slot;
        count += Unsafe.BitCast<bool, byte>(entry.Stamp != stamp);
        entry.Stamp = stamp;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Entry At(ref Entry first, int slot) => ref Unsafe.AddByteOffset(ref first, (nint)slot * s_stride);

    private static int StrideOf(int size) => RuntimeHelpers.IsReferenceOrContainsReferences<Entry>() ? size : size switch
    {
        <= 16 => 16,
        <= 32 => 32,
        > 48 and <= 64 => 64,
        _ => (size + 7) & ~7,
    };

    /// <summary>Free: never used, or used before everything was forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsFree(in Entry entry) => (uint)entry.Stamp <= (uint)_floor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HomeOf(ulong hash) => (int)(hash >> _shift) - _base;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool KeyEquals(TKey a, TKey b) => typeof(TKey).IsValueType ? EqualityComparer<TKey>.Default.Equals(a, b)
        : _comparer!.Equals(a, b);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindOrAdd(int slot, TKey key, ulong hash)
    {
        for (; ; slot++)
        {
            ref Entry entry = ref At(slot);
            if (IsFree(entry))
            {
                if (slot >= _slots - 1 || IsCrowded(slot - HomeOf(hash)))
                {
                    RunOver(slot >= _slots - 1);
                    slot = HomeOf(hash) - 1;
                    continue;
                }

                entry.Key = key;
                entry.State = default!;
                entry.Stamp = _floor + Clean;
                _live++;
                _used++;
                _borderShard = -1;
                return slot;
            }

            if (!KeyEquals(entry.Key, key))
                continue;
            if (!IsLive(entry))
            {
                // The grave of this very key: it lives again. If its removal is still to be journaled the slot is in the dirty list
                // already.
                _unjournaledGraves -= entry.Stamp < 0 ? 1 : 0;
                entry.Stamp = entry.Stamp < 0 ? -entry.Stamp : _floor + Clean;
                _live++;
            }

            return slot;
        }
    }

    private void Erase()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
            Array.Clear(_managed!);
        else
            NativeMemory.Clear(_native, (nuint)SizeBytes);
        (_floor, _stamp, _hasGraves) = (0, Clean + 1, false);
    }

    private void ResetStamps()
    {
        for (int slot = 0; slot < _slots; slot++)
        {
            ref Entry entry = ref At(slot);
            entry.Stamp = IsLive(entry) ? Clean : IsFree(entry) ? 0 : Grave;
        }

        (_floor, _stamp) = (0, Clean + 1);
    }

    private void Free()
    {
        TableMemory.Free(_native);
        NativeMemory.Free(_dirty);
        (_dirtyCapacity, _dirtyCount) = (0, 0);
        _dirty = null;
        _native = null;
        _managed = null;
    }
}
