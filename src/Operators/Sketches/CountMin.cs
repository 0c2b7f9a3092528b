using System.Numerics;
using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>How often each item was added, approximately and never too few: at most <c>relativeError</c> × all items too many, with a
/// probability of <c>certainty</c>.</summary>
/// <remarks>Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications" (2005). Linear: it can
/// be merged, and items taken back. Rows of counters by two hashes (Kirsch and Mitzenmacher, "Less hashing, same performance",
/// 2006).</remarks>
/// <typeparam name="TItem">The item.</typeparam>
public record struct CountMin<TItem>
{
    private int _depth;
    private long _total;
    private long[]? _counts;

    /// <summary>An empty sketch of about e / relativeError × ln(1 / (1 − certainty)) counters of 8 bytes.</summary>
    /// <param name="relativeError">Of the number of all items, in (0, 1).</param>
    /// <param name="certainty">That an answer keeps to it, in (0, 1).</param>
    /// <exception cref="PipelineException">Only the type of the items knows which are equal, and it does not say
    /// (<see cref="ICanonicalKey{TKey}"/>).</exception>
    public CountMin(double relativeError, double certainty)
    {
        KeyEquality.CheckHashed<TItem>("Count-min sketch");
        RequireShare(relativeError, nameof(relativeError));
        RequireShare(certainty, nameof(certainty));
        double width = Math.Ceiling(Math.E / relativeError);
        if (width > 1 << 26)
            throw new ArgumentOutOfRangeException(nameof(relativeError), relativeError,
                "So small an error needs too many counters; it must be at least 5e-8.");
        _depth = Math.Max(1, (int)Math.Ceiling(Math.Log(1 / (1 - certainty))));
        _counts = new long[checked(_depth * (int)BitOperations.RoundUpToPowerOf2((uint)width))];
    }

    /// <summary>How many items there are, equal ones too.</summary>
    public readonly long Total => _total;

    /// <summary>What the sketch keeps.</summary>
    public readonly int SizeBytes => (_counts?.Length ?? 0) * sizeof(long);

    /// <summary>Adds an item <paramref name="weight"/> times, or takes it back if that is negative.</summary>
    /// <exception cref="InvalidOperationException">The sketch is default: it has no size.</exception>
    public void Add(TItem item, long weight = 1)
    {
        long[] counts = _counts ?? throw new InvalidOperationException("Make the sketch with its constructor, which gives it a size.");
        int width = counts.Length / _depth;
        ulong hash = SketchHash.Of(item), step = (hash >> 32) | 1;
        for (int row = 0; row < counts.Length; row += width)
        {
            counts[row + (int)(hash & (uint)(width - 1))] += weight;
            hash += step;
        }

        _total += weight;
    }

    /// <summary>About how often an item was added; never less than it was.</summary>
    public readonly long CountOf(TItem item)
    {
        if (_counts is not { } counts)
            return 0;
        int width = counts.Length / _depth;
        ulong hash = SketchHash.Of(item), step = (hash >> 32) | 1;
        long least = long.MaxValue;
        for (int row = 0; row < counts.Length; row += width)
        {
            least = Math.Min(least, counts[row + (int)(hash & (uint)(width - 1))]);
            hash += step;
        }

        return least;
    }

    /// <summary>Adds all items of another sketch.</summary>
    /// <exception cref="ArgumentException">The other was made for another error or certainty.</exception>
    public void Merge(in CountMin<TItem> other)
    {
        if (other._counts is null)
            return;
        if (_counts is null)
        {
            this = other.Copy();
            return;
        }

        if (_depth != other._depth || _counts.Length != other._counts.Length)
            throw new ArgumentException("Sketches for different errors cannot be merged. Give both the same.", nameof(other));
        for (int at = 0; at < _counts.Length; at++)
            _counts[at] += other._counts[at];
        _total += other._total;
    }

    /// <summary>A sketch that goes its own way.</summary>
    public readonly CountMin<TItem> Copy() => this with { _counts = (long[]?)_counts?.Clone() };

    private static void RequireShare(double value, string name)
    {
        if (!(value is > 0 and < 1))
            throw new ArgumentOutOfRangeException(name, value, "It must lie between 0 and 1.");
    }
}
