using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>Which items have been added: "no" is certain, "yes" is wrong with a probability of <c>falsePositives</c> while no more items
/// were added than expected.</summary>
/// <remarks>Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970); the bits of an item by two hashes (Kirsch and
/// Mitzenmacher, "Less hashing, same performance", 2006). Beyond the expected number of items the filter goes on working and says "yes" too
/// often.</remarks>
/// <typeparam name="TItem">The item.</typeparam>
public record struct BloomFilter<TItem>
{
    private int _hashes;
    private long _count;
    private ulong[]? _bits;

    /// <summary>An empty filter of about 1.44 × log2(1 / falsePositives) bits an expected item.</summary>
    /// <param name="expectedItems">Different items.</param>
    /// <param name="falsePositives">In (0, 1).</param>
    /// <exception cref="PipelineException">Only the type of the items knows which are equal, and it does not say
    /// (<see cref="ICanonicalKey{TKey}"/>).</exception>
    public BloomFilter(long expectedItems, double falsePositives)
    {
        KeyEquality.CheckHashed<TItem>("Bloom filter");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(expectedItems);
        if (!(falsePositives is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(falsePositives), falsePositives, "It must lie between 0 and 1.");
        double perItem = -Math.Log(falsePositives) / (Math.Log(2) * Math.Log(2));
        double words = Math.Ceiling(perItem * expectedItems / 64);
        if (words > Array.MaxLength / 8)
            throw new ArgumentOutOfRangeException(nameof(expectedItems), expectedItems,
                $"A filter of {words * 8:0} bytes is too large. Expect fewer items, or allow more false positives.");
        _bits = new ulong[(int)words];
        _hashes = Math.Max(1, (int)Math.Round(perItem * Math.Log(2)));
    }

    /// <summary>How many items were new when they were added: about as many as are different, at most that many.</summary>
    public readonly long Count => _count;

    /// <summary>What the filter keeps.</summary>
    public readonly int SizeBytes => (_bits?.Length ?? 0) * sizeof(ulong);

    /// <summary>Adds an item.</summary>
    /// <returns>Whether it is new; with the probability of a false positive, false for a new one.</returns>
    /// <exception cref="InvalidOperationException">The filter is default: it has no size.</exception>
    public bool Add(TItem item)
    {
        ulong[] bits = _bits ?? throw new InvalidOperationException("Make the filter with its constructor, which gives it a size.");
        ulong hash = SketchHash.Of(item), step = SketchHash.Mix(hash) | 1, size = (ulong)bits.Length * 64;
        bool isNew = false;
        for (int i = 0; i < _hashes; i++)
        {
            ulong bit = Math.BigMul(hash, size, out _), mask = 1UL << (int)(bit & 63);
            ref ulong word = ref bits[bit >> 6];
            isNew |= (word & mask) == 0;
            word |= mask;
            hash += step;
        }

        _count += isNew ? 1 : 0;
        return isNew;
    }

    /// <summary>Whether an item may have been added; false is certain.</summary>
    public readonly bool MayContain(TItem item)
    {
        if (_bits is not { } bits)
            return false;
        ulong hash = SketchHash.Of(item), step = SketchHash.Mix(hash) | 1, size = (ulong)bits.Length * 64;
        for (int i = 0; i < _hashes; i++)
        {
            ulong bit = Math.BigMul(hash, size, out _);
            if ((bits[bit >> 6] & (1UL << (int)(bit & 63))) == 0)
                return false;
            hash += step;
        }

        return true;
    }

    /// <summary>Adds all items of another filter. The count is then estimated from the bits.</summary>
    /// <exception cref="ArgumentException">The other was made for another number of items or false positives.</exception>
    public void Merge(in BloomFilter<TItem> other)
    {
        if (other._bits is null)
            return;
        if (_bits is null)
        {
            this = other.Copy();
            return;
        }

        if (_hashes != other._hashes || _bits.Length != other._bits.Length)
            throw new ArgumentException("Filters for different numbers of items or false positives cannot be merged. Give both the same.",
                nameof(other));
        long set = 0;
        for (int at = 0; at < _bits.Length; at++)
            set += System.Numerics.BitOperations.PopCount(_bits[at] |= other._bits[at]);

        // Swamidass and Baldi, "Mathematical correction for fingerprint similarity measures to improve chemical retrieval" (2007)
        double size = _bits.Length * 64.0, estimate = set >= size ? double.PositiveInfinity : -size / _hashes * Math.Log(1 - (set / size));
        _count = (long)Math.Clamp(Math.Round(estimate), Math.Max(_count, other._count), _count + other._count);
    }

    /// <summary>A filter that goes its own way.</summary>
    public readonly BloomFilter<TItem> Copy() => this with { _bits = (ulong[]?)_bits?.Clone() };
}
