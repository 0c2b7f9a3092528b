using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>What is kept of each key of one shard, in a row, in the order of the keys' hashes.</summary>
/// <remarks>
/// For keys that come and go many at a time and in that order: they are found by walking beside them, without gaps to walk over, and what
/// is behind a key that comes or goes moves up. Keys whose hashes are equal stand in any order.
/// </remarks>
internal sealed class SortedRuns<TKey, TRun>
{
    private Entry[] _entries = [];

    /// <summary>Number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>The keys, in the order of their hashes.</summary>
    public Span<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>Where a key is, or would be: then the complement of that.</summary>
    public int Find(TKey key, ulong hash)
    {
        int first = FirstFrom(hash), at = IndexFrom(Entries, first, key, hash);
        return at < 0 ? ~first : at;
    }

    /// <summary>Finds keys that are in the order of their hashes.</summary>
    /// <param name="keys">What holds the keys.</param>
    /// <param name="hashes">Their hashes.</param>
    /// <param name="found">Gets for each one where it is, or would be: then the complement of that.</param>
    /// <returns>How many are not there; and whether keys with equal hashes were met that are not equal, so that inserting some moves others
    /// by more than their number.</returns>
    public (int Missing, bool AreAlike) Locate<TAcc>(ReadOnlySpan<PaneEntry<TKey, TAcc>> keys, ReadOnlySpan<ulong> hashes, Span<int> found)
    {
        hashes = hashes[..keys.Length];
        found = found[..keys.Length];
        int missing = LocateInStep(keys, hashes, found);
        if (missing >= 0)
            return (missing, false);
        missing = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            found[i] = Find(keys[i].Key, hashes[i]);
            missing += found[i] < 0 ? 1 : 0;
        }

        return (missing, true);
    }

    /// <summary>Makes room for keys that are not there, and puts them in.</summary>
    /// <param name="added">The keys, in the order of their hashes.</param>
    /// <param name="places">For each one, in front of which of the present ones it goes.</param>
    public void Insert(ReadOnlySpan<Entry> added, ReadOnlySpan<int> places)
    {
        int count = Count + added.Length;
        Entry[] from = _entries, to = from;
        if (count > from.Length)
        {
            int room = (int)Math.Max(16, BitOperations.RoundUpToPowerOf2((uint)count));
            to = RuntimeHelpers.IsReferenceOrContainsReferences<Entry>() ? new Entry[room] : GC.AllocateUninitializedArray<Entry>(room);
        }

        int end = Count;
        for (int i = added.Length - 1; i >= 0; i--)
        {
            int place = places[i];
            Move(from, place, to, place + i + 1, end - place);
            to[place + i] = added[i];
            end = place;
        }

        if (to != from)
            Move(from, 0, to, 0, end);
        (_entries, Count) = (to, count);
    }

    /// <summary>Takes out the keys at some places, given in order.</summary>
    public void Remove(ReadOnlySpan<int> places)
    {
        Debug.Assert(!places.IsEmpty, "something is removed");
        int to = places[0];
        for (int i = 0; i < places.Length; i++)
        {
            int from = places[i] + 1;
            int length = (i + 1 < places.Length ? places[i + 1] : Count) - from;
            Move(_entries, from, _entries, to, length);
            to += length;
        }

        if (RuntimeHelpers.IsReferenceOrContainsReferences<Entry>())
            Entries[to..].Clear();
        Count = to;
    }

    /// <summary>Walks beside the keys in two places at once: a step waits for the one before it, not for those of the other walk.</summary>
    /// <returns>How many were not found; below zero if keys with equal hashes are not equal.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int LocateInStep<TAcc>(ReadOnlySpan<PaneEntry<TKey, TAcc>> keys, ReadOnlySpan<ulong> hashes, Span<int> found)
    {
        int half = hashes.Length / 2, border = half == 0 ? 0 : FirstFrom(hashes[half]);
        if (half > 0 && hashes[half - 1] == hashes[half])
            return -1;
        ref Entry entry = ref MemoryMarshal.GetReference(Entries);
        ref readonly PaneEntry<TKey, TAcc> key = ref MemoryMarshal.GetReference(keys);
        ref ulong hash = ref MemoryMarshal.GetReference(hashes);
        ref int place = ref MemoryMarshal.GetReference(found);
        nint low = 0, lowKey = 0, high = border, highKey = half;
        nint lowEnd = border, lowKeyEnd = half, highEnd = Count, highKeyEnd = hashes.Length;
        int missing = 0;
        bool areAlike = false;
        while (low < lowEnd && lowKey < lowKeyEnd && high < highEnd && highKey < highKeyEnd)
        {
            Step(ref entry, in key, ref hash, ref place, ref low, ref lowKey, ref missing, ref areAlike);
            Step(ref entry, in key, ref hash, ref place, ref high, ref highKey, ref missing, ref areAlike);
        }

        while (low < lowEnd && lowKey < lowKeyEnd)
            Step(ref entry, in key, ref hash, ref place, ref low, ref lowKey, ref missing, ref areAlike);
        while (high < highEnd && highKey < highKeyEnd)
            Step(ref entry, in key, ref hash, ref place, ref high, ref highKey, ref missing, ref areAlike);
        found[(int)lowKey..half].Fill(~border);
        found[(int)highKey..].Fill(~Count);
        return areAlike ? -1 : missing + (half - (int)lowKey) + (found.Length - (int)highKey);
    }

    /// <summary>One step of a walk, to the next key of one side or of both; without a branch on which, as no processor would foresee
    /// it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TAcc>(
        ref Entry entries, in PaneEntry<TKey, TAcc> keys, ref ulong hashes, ref int found, ref nint at, ref nint key, ref int missing,
            ref bool areAlike)
    {
        ref Entry entry = ref Unsafe.Add(ref entries, at);
        ulong here = entry.Hash, hash = Unsafe.Add(ref hashes, key);
        int ahead = Unsafe.BitCast<bool, byte>(hash < here), behind = Unsafe.BitCast<bool, byte>(here < hash);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TKey>())
            areAlike |= here == hash && !AreEqual(entry.Key, Unsafe.Add(ref Unsafe.AsRef(in keys), key).Key);
        else
            areAlike |= here == hash & !AreEqual(entry.Key, Unsafe.Add(ref Unsafe.AsRef(in keys), key).Key);
        Unsafe.Add(ref found, key) = (int)at ^ -ahead;
        missing += ahead;
        at += 1 - ahead;
        key += 1 - behind;
    }

    private int FirstFrom(ulong hash)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            (low, high) = _entries[middle].Hash < hash ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static bool AreEqual(TKey one, TKey other) => EqualityComparer<TKey>.Default.Equals(one, other);

    private static void Move(Entry[] from, int start, Entry[] to, int target, int length)
    {
        if (length > 0)
            from.AsSpan(start, length).CopyTo(to.AsSpan(target));
    }

    /// <summary>Looks through keys of one hash.</summary>
    private static int IndexFrom(ReadOnlySpan<Entry> entries, int at, TKey key, ulong hash)
    {
        for (; at < entries.Length && entries[at].Hash == hash; at++)
        {
            if (AreEqual(entries[at].Key, key))
                return at;
        }

        return -1;
    }

    internal struct Entry(ulong hash, TKey key, TRun run)
    {
        public readonly ulong Hash = hash;
        public readonly TKey Key = key;
        public TRun Run = run;
    }
}
