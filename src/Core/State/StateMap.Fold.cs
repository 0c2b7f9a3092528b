using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Core.State;

/// <summary>Many rows at a time.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    /// <summary>One row in so many may be the first of its key in an epoch before a branch on that costs more than none.</summary>
    private const int SettledShare = 16;

    /// <summary>Up to this size the processor looks ahead far enough by itself.</summary>
    private const long SettledBytes = 4 << 20;

    private bool _isSettled;

    /// <summary>Whether the epoch has touched most of the keys that come, in a table that needs no looking ahead: then rows can be folded
    /// as they are.</summary>
    public bool IsSettled => _isSettled && SizeBytes <= SettledBytes;

    /// <summary>Folds rows whose keys are still to be found, in one loop: fast where <see cref="IsSettled"/>. Needs
    /// <see cref="Reserve"/>.</summary>
    /// <param name="rows">The rows, at most <see cref="Chunk{T}.Size"/>.</param>
    /// <param name="keyOf">The key of a row; may be asked twice.</param>
    /// <param name="fold">What to do with a state and a row.</param>
    /// <param name="row">The row being folded: where it stands if the fold or the key throws.</param>
    public void Fold<TRow, TFold>(ReadOnlySpan<TRow> rows, Func<TRow, TKey> keyOf, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        int unsettled = 0;
        for (row = 0; ; row++)
        {
            FoldSettled(rows, keyOf, fold, ref row);
            if (row == rows.Length)
                break;
            unsettled++;
            TKey key = keyOf(rows[row]);
            fold.Add(ref Touch(key, HashOf(key)), rows[row]);
        }

        _isSettled = unsettled * SettledShare <= rows.Length;
    }

    /// <summary>Folds rows into their keys' states: <see cref="Touch"/> for each. Needs <see cref="Reserve"/>.</summary>
    /// <remarks>
    /// Where the epoch has touched most keys already, asking if so is free: the processor expects it. Where many are touched for the first
    /// time that would be a misprediction each: then the keys are found and the rows folded in loops of their own that do not branch on the
    /// data. What the rows before were like says which.
    /// </remarks>
    /// <param name="keys">The key of each row, at most <see cref="Chunk{T}.Size"/>.</param>
    /// <param name="hashes">The hash of each key.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="fold">What to do with a state and a row.</param>
    /// <param name="row">The row being folded: where it stands if the fold throws.</param>
    public void Fold<TRow, TFold>(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<TRow> rows, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        Prefetch(hashes);
        int unsettled = _isSettled ? FoldByTouch(keys, hashes, rows, fold, ref row) : FoldInLoops(keys, hashes, rows, fold, ref row);
        _isSettled = unsettled * SettledShare <= rows.Length;
    }

    /// <summary>Folds until the end or the first row whose key is not in its slot or not touched in this epoch; <paramref name="row"/> says
    /// which.</summary>
    /// <remarks>No call in the loop, so that everything stays in registers.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FoldSettled<TRow, TFold>(ReadOnlySpan<TRow> rows, Func<TRow, TKey> keyOf, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        ref Entry first = ref First;
        int shift = _shift, origin = _base, stamp = _stamp;
        ulong seed = _seed;
        for (int at = row; (uint)at < (uint)rows.Length; at++)
        {
            row = at;
            ref readonly TRow here = ref rows[at];

            // The chunk after this one mostly lies behind it in memory: fetched now, it is there when its turn comes.
            if (Sse.IsSupported)
                Sse.Prefetch0((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in here)) + (Chunk<TRow>.Size * (nint)Unsafe.SizeOf<TRow>()));
            TKey key = keyOf(here);
            int slot = (int)(KeyHash<TKey>.Of(key, seed) >> shift) - origin;
            ref Entry entry = ref At(ref first, slot);
            if (entry.Stamp != stamp || !KeyEquals(entry.Key, key))
                return;
            fold.Add(ref entry.State, here);
        }

        row = rows.Length;
    }

    /// <returns>How many rows were the first of their key in the epoch.</returns>
    private int FoldByTouch<TRow,
        TFold>(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<TRow> rows, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        int before = _dirtyCount;
        for (int at = 0; at < rows.Length; at++)
        {
            row = at;
            fold.Add(ref Touch(keys[at], hashes[at]), rows[at]);
        }

        return _dirtyCount - before;
    }

    /// <returns>How many rows were the first of their key in the epoch or missed the slot of their hash.</returns>
    [SkipLocalsInit, MethodImpl(MethodImplOptions.NoInlining)]
    private int FoldInLoops<TRow,
        TFold>(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<TRow> rows, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        Span<int> slots = stackalloc int[Chunk<TRow>.Size];
        slots = slots[..rows.Length];
        int missed = Locate(keys, hashes, slots);
        int dirtyBefore = _dirtyCount;
        FoldAt(slots, rows, fold, ref row);
        return Math.Max(missed, _dirtyCount - dirtyBefore);
    }

    /// <summary>Finds or adds the slot of each key.</summary>
    /// <returns>How many were not in the slot of their hash.</returns>
    [SkipLocalsInit, MethodImpl(MethodImplOptions.NoInlining)]
    private int Locate(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, Span<int> slots)
    {
        Span<int> misses = stackalloc int[Chunk<int>.Size + 1];
        int missed = LocateAtHome(keys, hashes, slots, misses);
        while (!LocateMisses(keys, hashes, slots, misses[..missed]))
        {
            // The table moved: every slot found so far is wrong.
            missed = LocateAtHome(keys, hashes, slots, misses);
        }

        return missed;
    }

    /// <returns>How many keys are not in the slot of their hash; <paramref name="misses"/> lists them.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int LocateAtHome(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, Span<int> slots, Span<int> misses)
    {
        ref Entry first = ref First;
        int shift = _shift, origin = _base, grave = _floor + Grave;
        nint missed = 0;
        ref int miss = ref MemoryMarshal.GetReference(misses);
        hashes = hashes[..keys.Length];
        slots = slots[..keys.Length];
        for (int at = 0; at < keys.Length; at++)
        {
            int slot = (int)(hashes[at] >> shift) - origin;
            slots[at] = slot;
            ref Entry entry = ref At(ref first, slot);
            Unsafe.Add(ref miss, missed) = at;
            bool isMiss = (entry.Stamp <= grave) | !KeyEquals(entry.Key, keys[at]);
            missed += Unsafe.BitCast<bool, byte>(isMiss);
        }

        return (int)missed;
    }

    /// <returns>Whether the table is where it was.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool LocateMisses(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, Span<int> slots, ReadOnlySpan<int> misses)
    {
        ref Entry first = ref First;
        int rebuilds = _rebuilds, clean = _floor + Clean, added = 0, lastSlot = _slots - 1;
        _borderShard = -1;
        foreach (int at in misses)
        {
            TKey key = keys[at];
            int slot = slots[at];
            int last = Math.Min(slot + MaximumDistance, lastSlot);
            ref Entry entry = ref At(ref first, slot);
            while (!IsFree(entry) && !KeyEquals(entry.Key, key) && slot < last)
                entry = ref At(ref first, ++slot);
            if (slot < last && IsFree(entry))
            {
                (entry.Key, entry.State, entry.Stamp) = (key, default!, clean);
                (slots[at], added) = (slot, added + 1);
                continue;
            }

            if (slot < last && IsLive(entry))
            {
                slots[at] = slot;
                continue;
            }

            // The end of the table, a crowd, or the key's own grave.
            (_live, _used, added) = (_live + added, _used + added, 0);
            slots[at] = FindOrAdd(slots[at], key, hashes[at]);
            if (_rebuilds != rebuilds)
                return false;
        }

        (_live, _used) = (_live + added, _used + added);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FoldAt<TRow, TFold>(ReadOnlySpan<int> slots, ReadOnlySpan<TRow> rows, TFold fold, ref int row)
        where TFold : struct, IFold<TState, TRow>
    {
        ref Entry first = ref First;
        int* dirty = _dirty;
        int count = _dirtyCount, stamp = _stamp;
        rows = rows[..slots.Length];
        for (int at = 0; at < slots.Length; at++)
        {
            row = at;
            int slot = slots[at];
            ref Entry entry = ref At(ref first, slot);
            count = MarkDirty(slot, ref entry, stamp, dirty, count);
            fold.Add(ref entry.State, rows[at]);
        }

        _dirtyCount = count;
    }
}

/// <summary>What becomes of a state when a row comes. A struct, so that the loop around it is compiled for it alone.</summary>
internal interface IFold<TState, TRow>
{
    void Add(ref TState state, in TRow row);
}
