using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>A group of points.</summary>
/// <param name="Center">The mean of its points.</param>
/// <param name="Weight">How many points it has, about.</param>
public sealed record KMeansCluster(IReadOnlyList<double> Center, double Weight);

/// <summary>Streaming k-means: a few weighted points stand for all that were added, and are grouped when clusters are asked for. The same
/// points in the same order give the same clusters.</summary>
/// <remarks>
/// <para>StreamKM++: Ackermann and others, "StreamKM++: a clustering algorithm for data streams" (2012). Points are gathered in buckets of
/// a fixed size; two full buckets are reduced to one of the same size, whose points are drawn as k-means++ draws its seeds (Arthur and
/// Vassilvitskii, 2007) and take over the weight of what is nearest to them; so each point is reduced about log2(n / size) times. Clusters
/// are the best of five k-means++ seedings of the remaining points, each improved by Lloyd's algorithm.</para>
/// <para>Keeps at most size × (2 + log2(n / size)) points. There is no bound in the worst case; the cost is mostly within some percent of
/// k-means over all points.</para>
/// </remarks>
public record struct KMeans
{
    private const int Seedings = 5, Rounds = 50;

    private int _dimensions, _size;
    private ulong _random;
    private List<double>? _newest;
    private List<double[]>? _buckets;
    private long _count;

    /// <summary>Nothing to group yet.</summary>
    /// <param name="dimensions">Coordinates of a point.</param>
    /// <param name="size">Points of a bucket: at least the number of clusters, better twenty times as many.</param>
    public KMeans(int dimensions, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        (_dimensions, _size, _random, _newest, _buckets) = (dimensions, size, 1, [], []);
    }

    /// <summary>How many points were added.</summary>
    public readonly long Count => _count;

    /// <summary>Adds a point.</summary>
    /// <exception cref="ArgumentException">The point has another number of coordinates, or one that is not finite.</exception>
    /// <exception cref="InvalidOperationException">It was not made by its constructor.</exception>
    public void Add(ReadOnlySpan<double> point)
    {
        Require(point);
        AddWeighted(point, 1);
        _count++;
    }

    /// <summary>Adds all points of another.</summary>
    /// <exception cref="ArgumentException">The other has other dimensions or another size.</exception>
    public void Merge(in KMeans other)
    {
        if (other._newest is null)
            return;
        if (_newest is null)
            this = new KMeans(other._dimensions, other._size);
        if (_dimensions != other._dimensions || _size != other._size)
            throw new ArgumentException("Points of other dimensions, or buckets of another size, cannot be merged. Give both the same.",
                nameof(other));
        _random = SketchHash.Mix(_random ^ SketchHash.Mix(other._random));
        for (int level = 0; level < other._buckets!.Count; level++)
        {
            if (other._buckets[level].Length > 0)
                Carry((double[])other._buckets[level].Clone(), level);
        }

        int stride = _dimensions + 1;
        ReadOnlySpan<double> newest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(other._newest);
        for (int at = 0; at < newest.Length; at += stride)
            AddWeighted(newest.Slice(at, _dimensions), newest[at + _dimensions]);
        _count += other._count;
    }

    /// <summary>The clusters, the heaviest first: <paramref name="count"/>, or as many as there are different points if those are
    /// fewer.</summary>
    public readonly IReadOnlyList<KMeansCluster> Clusters(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_newest is null)
            return [];
        var points = new WeightedPoints(_dimensions, [.. _buckets!.SelectMany(bucket => bucket), .. _newest]);
        ulong random = _random;
        double[] best = [];
        double leastCost = double.PositiveInfinity;
        for (int seeding = 0; seeding < Seedings; seeding++)
        {
            double[] centers = points.Improve(points.Seeds(count, ref random), Rounds, out double cost);
            if (cost < leastCost)
                (best, leastCost) = (centers, cost);
        }

        return points.ClustersOf(best);
    }

    private readonly void Require(ReadOnlySpan<double> point)
    {
        if (_newest is null)
            throw new InvalidOperationException("Make it with its constructor, which says how many coordinates a point has.");
        if (point.Length != _dimensions)
            throw new ArgumentException($"The point has {point.Length} coordinates; those before have {_dimensions}.", nameof(point));
        RequireFinite(point);
    }

    /// <summary>Refuses a point that lies nowhere.</summary>
    internal static void RequireFinite(ReadOnlySpan<double> point)
    {
        foreach (double coordinate in point)
        {
            if (!double.IsFinite(coordinate))
                throw new ArgumentException(
                    FormattableString.Invariant(
                    $"A point with the coordinate {coordinate} belongs to no cluster. Filter such rows out, or set them apart."),
                    nameof(point));
        }
    }

    private void AddWeighted(ReadOnlySpan<double> point, double weight)
    {
        List<double> newest = _newest!;
        newest.AddRange(point);
        newest.Add(weight);
        if (newest.Count < _size * (_dimensions + 1))
            return;
        double[] full = [.. newest];
        newest.Clear();
        Carry(full, 0);
    }

    /// <summary>As in adding one to a binary number: two buckets of one level make one of the next.</summary>
    private void Carry(double[] bucket, int level)
    {
        for (; ; level++)
        {
            while (_buckets!.Count <= level)
                _buckets.Add([]);
            if (_buckets[level].Length == 0)
            {
                _buckets[level] = bucket;
                return;
            }

            bucket = new WeightedPoints(_dimensions, [.. _buckets[level], .. bucket]).Reduced(_size, ref _random);
            _buckets[level] = [];
        }
    }
}
