using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>A sample of the items that were added, each as likely to be in it as any other, without repetition. The same items and seed
/// give the same sample.</summary>
/// <remarks>Vitter's algorithm R ("Random sampling with a reservoir", 1985). Merged by drawing from both without putting back, in
/// proportion to what each has seen.</remarks>
/// <typeparam name="TItem">The item.</typeparam>
public record struct Reservoir<TItem>
{
    private int _capacity;
    private long _seen;
    private ulong _random;
    private List<TItem>? _items;

    /// <summary>An empty sample.</summary>
    /// <param name="capacity">At most this many items.</param>
    /// <param name="seed">Any number.</param>
    public Reservoir(int capacity, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_capacity, _random, _items) = (capacity, seed, []);
    }

    /// <summary>How many items were added.</summary>
    public readonly long Seen => _seen;

    /// <summary>The sample, in no meaningful order.</summary>
    public readonly IReadOnlyList<TItem> Items => _items is null ? [] : _items.ToArray();

    /// <summary>Adds an item.</summary>
    /// <exception cref="InvalidOperationException">The sample is default: it has no size.</exception>
    public void Add(TItem item)
    {
        List<TItem> items = _items ?? throw new InvalidOperationException("Make the sample with its constructor, which gives it a size.");
        _seen++;
        if (items.Count < _capacity)
        {
            items.Add(item);
            return;
        }

        long place = SketchHash.Below(_seen, ref _random);
        if (place < items.Count)
            items[(int)place] = item;
    }

    /// <summary>A sample of what both have seen.</summary>
    /// <exception cref="ArgumentException">The other has another capacity.</exception>
    public void Merge(in Reservoir<TItem> other)
    {
        if (other._items is null)
            return;
        if (_items is null)
        {
            this = other with { _items = [.. other._items] };
            return;
        }

        if (_capacity != other._capacity)
            throw new ArgumentException(
                $"Samples of {_capacity} and {other._capacity} items cannot be merged. Give both the same capacity.", nameof(other));
        _random = SketchHash.Mix(_random ^ SketchHash.Mix(other._random));
        List<TItem> ours = _items, theirs = [.. other._items], merged = new(_capacity);
        long ourSeen = _seen, theirSeen = other._seen;
        while (merged.Count < _capacity && ours.Count + theirs.Count > 0)
        {
            bool isOurs = SketchHash.Below(ourSeen + theirSeen, ref _random) < ourSeen;
            List<TItem> from = isOurs ? ours : theirs;
            int at = (int)SketchHash.Below(from.Count, ref _random);
            merged.Add(from[at]);
            from[at] = from[^1];
            from.RemoveAt(from.Count - 1);
            _ = isOurs ? ourSeen-- : theirSeen--;
        }

        _items = merged;
        _seen += other._seen;
    }
}
