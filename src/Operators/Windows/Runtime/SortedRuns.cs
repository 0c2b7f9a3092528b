using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Keys;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>What is kept of each key of one shard, in a row, in the order of the keys' hashes.</summary>
/// <remarks>
/// For keys that come and go many at a time and in that order: they are found by walking beside them, without gaps to walk over, and what is behind
/// a key that comes or goes moves up. Keys whose hashes are equal stand in any order.
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
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            (low, high) = _entries[middle].Hash < hash ? (middle + 1, high) : (low, middle);
        }

        int at = IndexFrom(Entries, low, key, hash);
        return at < 0 ? ~low : at;
    }

    /// <summary>Finds keys that are in the order of their hashes.</summary>
    /// <param name="keys">What holds the keys.</param>
    /// <param name="hashes">Their hashes.</param>
    /// <param name="found">Gets for each one where it is, or would be: then the complement of that.</param>
    /// <returns>How many are not there; and whether keys with equal hashes were met that are not equal, so that inserting some moves others by more than their number.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public (int Missing, bool AreAlike) Locate<TAcc>(ReadOnlySpan<PaneEntry<TKey, TAcc>> keys, ReadOnlySpan<ulong> hashes, Span<int> found)
    {
        Span<Entry> entries = Entries;
        hashes = hashes[..keys.Length];
        found = found[..keys.Length];
        ref Entry first = ref MemoryMarshal.GetReference(entries);
        int at = 0, missing = 0, end = entries.Length;
        bool areAlike = false;
        for (int i = 0; i < keys.Length; i++)
        {
            ulong hash = hashes[i];
            while (at < end && Unsafe.Add(ref first, at).Hash < hash)
                at++;
            if (at < end && Unsafe.Add(ref first, at).Hash == hash)
            {
                int same = EqualityComparer<TKey>.Default.Equals(Unsafe.Add(ref first, at).Key, keys[i].Key) ? at : IndexFrom(entries, at + 1, keys[i].Key, hash);
                areAlike |= same != at;
                if (same >= 0)
                {
                    found[i] = same;
                    continue;
                }
            }

            found[i] = ~at;
            missing++;
        }

        return (missing, areAlike);
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
            if (EqualityComparer<TKey>.Default.Equals(entries[at].Key, key))
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
