using System.Runtime.CompilerServices;
using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>An item that was added often.</summary>
/// <typeparam name="TItem">The item.</typeparam>
/// <param name="Item">The item.</param>
/// <param name="Count">How often it was added, at most.</param>
/// <param name="Error">How much too large <paramref name="Count"/> may be: the item was added at least <c>Count − Error</c> times.</param>
public readonly record struct HeavyHitter<TItem>(TItem Item, long Count, long Error);

/// <summary>The items that were added most often: each that makes up more than 1 / capacity of all is among them, and no count is off by
/// more than that share.</summary>
/// <remarks>
/// <para>Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements in data streams" (2005): a new item takes
/// over the counter of a least one. Merged as in Agarwal and others, "Mergeable summaries" (2012).</para>
/// <para>Instead of the paper's list of buckets: counts only grow, so one pass over the counters meets each that is at the present minimum;
/// the search for a least one goes on where it last found one, and no order is kept.</para>
/// </remarks>
/// <typeparam name="TItem">The item, told from others by its own equality.</typeparam>
public record struct SpaceSaving<TItem>
{
    private int _capacity, _used;
    private long _total;
    private TItem[]? _items;
    private long[]? _counts, _errors;

    [NotStored]
    private ulong[]? _hashes;

    /// <summary>Open addressing: the number of a counter plus one; at most a third full, so that most searches and removals end where they
    /// begin.</summary>
    [NotStored]
    private int[]? _index;

    [NotStored]
    private int _cursor;

    [NotStored]
    private long _minimum;

    /// <summary>An empty summary.</summary>
    /// <param name="capacity">The number of counters.</param>
    /// <exception cref="PipelineException">Only the type of the items knows which are equal, and it does not say
    /// (<see cref="ICanonicalKey{TKey}"/>).</exception>
    public SpaceSaving(int capacity)
    {
        KeyEquality.CheckKeys<TItem>("Space-saving summary");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        _capacity = capacity;
        int first = Math.Min(capacity, 16);
        (_items, _counts, _errors) = (new TItem[first], new long[first], new long[first]);
    }

    /// <summary>How many items were added, equal ones too.</summary>
    public readonly long Total => _total;

    /// <summary>The number of counters in use.</summary>
    public readonly int Count => _used;

    /// <summary>Adds an item <paramref name="weight"/> times.</summary>
    /// <exception cref="InvalidOperationException">The summary is default: it has no size.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TItem item, long weight = 1) => AddHashed(item, SketchHash.OfProcess(item), weight, 0);

    /// <summary>The items that were added most often, the most frequent first; equal counts in the order of their counters.</summary>
    /// <param name="atMost">So many, or fewer if there are not as many counters in use.</param>
    public readonly IReadOnlyList<HeavyHitter<TItem>> Top(int atMost)
    {
        var all = new HeavyHitter<TItem>[_used];
        var places = new (long Count, int Place)[_used];
        for (int i = 0; i < _used; i++)
        {
            all[i] = new HeavyHitter<TItem>(_items![i], _counts![i], _errors![i]);
            places[i] = (-_counts[i], i);
        }

        Array.Sort(places, all);
        return all.Length <= atMost ? all : all[..atMost];
    }

    /// <summary>Adds everything that another summary has seen. An item that only one of them counts may have been replaced in the other as
    /// often as its least count says.</summary>
    /// <exception cref="ArgumentException">The other has another capacity.</exception>
    public void Merge(in SpaceSaving<TItem> other)
    {
        if (other._items is null)
            return;
        if (_items is null)
            this = new SpaceSaving<TItem>(other._capacity);
        if (_capacity != other._capacity)
            throw new ArgumentException(
                $"Summaries of {_capacity} and {other._capacity} counters cannot be merged. Give both the same capacity.", nameof(other));

        var sums = new Dictionary<Boxed, (long Count, long Error)>(_used + other._used, SameItem.Instance);
        long ourLeast = Least(), theirLeast = other.Least();
        for (int i = 0; i < _used; i++)
            sums[new Boxed(_items![i])] = (_counts![i] + theirLeast, _errors![i] + theirLeast);
        for (int i = 0; i < other._used; i++)
        {
            var key = new Boxed(other._items[i]);
            sums[key] = sums.TryGetValue(key, out (long Count, long Error) ours)
                ? (ours.Count - theirLeast + other._counts![i], ours.Error - theirLeast + other._errors![i])
                : (other._counts![i] + ourLeast, other._errors![i] + ourLeast);
        }

        long total = _total + other._total;
        this = new SpaceSaving<TItem>(_capacity);
        foreach ((Boxed key, (long Count, long Error) sum) in sums.OrderByDescending(one => one.Value.Count).Take(_capacity))
            AddHashed(key.Item, SketchHash.OfProcess(key.Item), sum.Count, sum.Error);
        _total = total;
    }

    /// <summary>How often an item may have been added of which nothing is known.</summary>
    private readonly long Least() => _used < _capacity ? 0 : _counts.AsSpan(0, _used).ToArray().Min();

    private void AddHashed(TItem item, ulong hash, long weight, long error)
    {
        _total += weight;
        int[] index = _index ?? Rebuild();
        ulong[] hashes = _hashes!;
        int mask = index.Length - 1, slot = (int)hash & mask, number;
        while ((number = index[slot] - 1) >= 0)
        {
            if (hashes[number] == hash && EqualityComparer<TItem>.Default.Equals(_items![number], item))
            {
                _counts![number] += weight;
                return;
            }

            slot = (slot + 1) & mask;
        }

        Take(item, hash, weight, error, slot);
    }

    /// <summary>Gives an item without one a counter.</summary>
    private void Take(TItem item, ulong hash, long weight, long error, int slot)
    {
        int number = _used;
        if (_used == _capacity)
        {
            number = NextLeast();
            error = _counts![number];
            weight += error;
            Unlink(number);
            slot = FreeSlot(hash);
        }
        else
        {
            if (_used == _items!.Length)
            {
                Grow();
                slot = FreeSlot(hash);
            }

            _used++;
        }

        _items![number] = item;
        _hashes![number] = hash;
        _errors![number] = error;
        _counts![number] = weight;
        _index![slot] = number + 1;
    }

    /// <summary>A counter at the minimum. Counts never fall, so behind the cursor there is none.</summary>
    private int NextLeast()
    {
        ReadOnlySpan<long> counts = _counts.AsSpan(0, _used);
        int found = 0;
        if (counts[_cursor] != _minimum)
            found = _minimum < 0 ? -1 : counts[_cursor..].IndexOf(_minimum);
        if (found < 0)
        {
            _cursor = 0;
            _minimum = _counts!.Min();
            found = counts.IndexOf(_minimum);
        }

        int number = _cursor + found;
        _cursor = number + 1 == _used ? 0 : number + 1;
        if (_cursor == 0)
            _minimum = -1;
        return number;
    }

    /// <summary>Removes a counter from the index; whatever its slot kept from home moves up (Knuth, The Art of Computer Programming 3, 6.4,
    /// algorithm R).</summary>
    private readonly void Unlink(int number)
    {
        int[] index = _index!;
        int mask = index.Length - 1, free = (int)_hashes![number] & mask;
        while (index[free] != number + 1)
            free = (free + 1) & mask;
        for (int slot = (free + 1) & mask; index[slot] != 0; slot = (slot + 1) & mask)
        {
            int home = (int)_hashes[index[slot] - 1] & mask;
            if (((slot - home) & mask) >= ((slot - free) & mask))
            {
                index[free] = index[slot];
                free = slot;
            }
        }

        index[free] = 0;
    }

    private readonly int FreeSlot(ulong hash)
    {
        int mask = _index!.Length - 1, slot = (int)hash & mask;
        while (_index[slot] != 0)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        int size = Math.Min(_capacity, _items!.Length * 2);
        Array.Resize(ref _items, size);
        Array.Resize(ref _counts, size);
        Array.Resize(ref _errors, size);
        Rebuild();
    }

    /// <summary>Makes what is not stored.</summary>
    private int[] Rebuild()
    {
        if (_items is null)
            throw new InvalidOperationException("Make the summary with its constructor, which gives it a size.");
        _hashes = new ulong[_items.Length];
        _index = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_items.Length * 3)];
        (_cursor, _minimum) = (0, -1);
        for (int number = 0; number < _used; number++)
        {
            _hashes[number] = SketchHash.OfProcess(_items[number]);
            _index[FreeSlot(_hashes[number])] = number + 1;
        }

        return _index;
    }

    /// <summary>An item as a key, null too.</summary>
    private readonly record struct Boxed(TItem Item);

    private sealed class SameItem : IEqualityComparer<Boxed>
    {
        public static SameItem Instance { get; } = new();

        public bool Equals(Boxed x, Boxed y) => EqualityComparer<TItem>.Default.Equals(x.Item, y.Item);

        public int GetHashCode(Boxed obj) => KeyComparer<TItem>.HashOf(obj.Item);
    }
}
