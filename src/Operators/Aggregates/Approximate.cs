using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>How many different values there are, approximately; nulls do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct ApproximateDistinctCountOf<T, TValue> : IAggregator<T, HyperLogLog, long>, IMergeable<HyperLogLog>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly int _precision;

    internal ApproximateDistinctCountOf(Func<T, TValue> valueOf, int precision)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        KeyEquality.CheckHashed<TValue>("Approximate distinct count");
        (_valueOf, _precision) = (valueOf, new HyperLogLog(precision).Precision);
    }

    /// <inheritdoc/>
    public void Add(ref HyperLogLog accumulator, in T row)
    {
        if (_valueOf(row) is not { } value)
            return;
        ulong hash = SketchHash.Of(value);
        if (accumulator.Precision == 0)
            accumulator = new HyperLogLog(_precision);
        accumulator.AddHash(hash);
    }

    /// <inheritdoc/>
    public void Check(in HyperLogLog accumulator, in T row) => SketchHash.Of(_valueOf(row));

    /// <inheritdoc/>
    public void Merge(ref HyperLogLog accumulator, in HyperLogLog other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public long Result(in HyperLogLog accumulator) => (long)Math.Round(accumulator.Estimate());
}

/// <summary>How often each value is there, approximately; nulls do not count. The result can be asked for any value.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct ApproximateCountsOf<T, TValue> : IAggregator<T, CountMin<TValue>, CountMin<TValue>>, IMergeable<CountMin<TValue>>,
    IRetractable<T, CountMin<TValue>>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly double _relativeError, _certainty;

    internal ApproximateCountsOf(Func<T, TValue> valueOf, double relativeError, double certainty)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        _ = new CountMin<TValue>(relativeError, certainty);
        (_valueOf, _relativeError, _certainty) = (valueOf, relativeError, certainty);
    }

    /// <inheritdoc/>
    public void Add(ref CountMin<TValue> accumulator, in T row) => Add(ref accumulator, row, 1);

    /// <inheritdoc/>
    public void Check(in CountMin<TValue> accumulator, in T row) => SketchHash.Of(_valueOf(row));

    /// <inheritdoc/>
    public void Merge(ref CountMin<TValue> accumulator, in CountMin<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref CountMin<TValue> accumulator, in T row) => Add(ref accumulator, row, -1);

    /// <inheritdoc/>
    public CountMin<TValue> Result(in CountMin<TValue> accumulator) => accumulator.Copy();

    private void Add(ref CountMin<TValue> accumulator, in T row, long weight)
    {
        if (_valueOf(row) is not { } value)
            return;
        if (accumulator.SizeBytes == 0)
            accumulator = new CountMin<TValue>(_relativeError, _certainty);
        accumulator.Add(value, weight);
    }
}

/// <summary>The values that are there most often, the most frequent first; nulls do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct HeavyHittersOf<T, TValue> : IAggregator<T, SpaceSaving<TValue>, IReadOnlyList<HeavyHitter<TValue>>>,
    IMergeable<SpaceSaving<TValue>>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly int _count, _counters;

    internal HeavyHittersOf(int count, Func<T, TValue> valueOf, int counters)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(counters, count);
        _ = new SpaceSaving<TValue>(counters);
        (_count, _valueOf, _counters) = (count, valueOf, counters);
    }

    /// <inheritdoc/>
    public void Add(ref SpaceSaving<TValue> accumulator, in T row)
    {
        if (_valueOf(row) is not { } value)
            return;
        if (accumulator.Total == 0)
            accumulator = new SpaceSaving<TValue>(_counters);
        accumulator.Add(value);
    }

    /// <inheritdoc/>
    public void Check(in SpaceSaving<TValue> accumulator, in T row) => SketchHash.Of(_valueOf(row));

    /// <inheritdoc/>
    public void Merge(ref SpaceSaving<TValue> accumulator, in SpaceSaving<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public IReadOnlyList<HeavyHitter<TValue>> Result(in SpaceSaving<TValue> accumulator) => accumulator.Top(_count);
}

/// <summary>Percentiles within a relative error; rows without a number do not count. The result can be asked for any percentile.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct QuantilesOf<T> : IAggregator<T, QuantileSketch, QuantileSketch>, IMergeable<QuantileSketch>,
    IRetractable<T, QuantileSketch>
{
    private readonly Selector<T, double> _numberOf;
    private readonly double _relativeError;

    internal QuantilesOf(Selector<T, double> numberOf, double relativeError)
    {
        _ = new QuantileSketch(relativeError);
        (_numberOf, _relativeError) = (numberOf, relativeError);
    }

    /// <inheritdoc/>
    public void Add(ref QuantileSketch accumulator, in T row)
    {
        if (!_numberOf.TryGet(row, out double number))
            return;
        if (accumulator.IsDefault)
            accumulator = new QuantileSketch(_relativeError);
        accumulator.Add(number);
    }

    /// <inheritdoc/>
    public void Check(in QuantileSketch accumulator, in T row) => _numberOf.TryGet(row, out _);

    /// <inheritdoc/>
    public void Merge(ref QuantileSketch accumulator, in QuantileSketch other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref QuantileSketch accumulator, in T row)
    {
        if (!_numberOf.TryGet(row, out double number))
            return;
        if (accumulator.IsDefault)
            accumulator = new QuantileSketch(_relativeError);
        accumulator.Retract(number);
    }

    /// <inheritdoc/>
    public QuantileSketch Result(in QuantileSketch accumulator) => accumulator.Copy();
}

/// <summary>Values of rows drawn at random, each row as likely as any other.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct SampleOf<T, TValue> : IAggregator<T, Reservoir<TValue>, IReadOnlyList<TValue>>, IMergeable<Reservoir<TValue>>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly int _count;
    private readonly ulong _seed;

    internal SampleOf(int count, Func<T, TValue> valueOf, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (_count, _valueOf, _seed) = (count, valueOf, seed);
    }

    /// <inheritdoc/>
    public void Add(ref Reservoir<TValue> accumulator, in T row)
    {
        TValue value = _valueOf(row);
        if (accumulator.Seen == 0)
            accumulator = new Reservoir<TValue>(_count, _seed);
        accumulator.Add(value);
    }

    /// <inheritdoc/>
    public void Check(in Reservoir<TValue> accumulator, in T row) => _valueOf(row);

    /// <inheritdoc/>
    public void Merge(ref Reservoir<TValue> accumulator, in Reservoir<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public IReadOnlyList<TValue> Result(in Reservoir<TValue> accumulator) => accumulator.Items;
}

/// <summary>Which values have been there; nulls do not count. The result can be asked for any value.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct SeenOf<T, TValue> : IAggregator<T, BloomFilter<TValue>, BloomFilter<TValue>>, IMergeable<BloomFilter<TValue>>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly long _expected;
    private readonly double _falsePositives;

    internal SeenOf(Func<T, TValue> valueOf, long expected, double falsePositives)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        _ = new BloomFilter<TValue>(expected, falsePositives);
        (_valueOf, _expected, _falsePositives) = (valueOf, expected, falsePositives);
    }

    /// <inheritdoc/>
    public void Add(ref BloomFilter<TValue> accumulator, in T row)
    {
        if (_valueOf(row) is not { } value)
            return;
        if (accumulator.SizeBytes == 0)
            accumulator = new BloomFilter<TValue>(_expected, _falsePositives);
        accumulator.Add(value);
    }

    /// <inheritdoc/>
    public void Check(in BloomFilter<TValue> accumulator, in T row) => SketchHash.Of(_valueOf(row));

    /// <inheritdoc/>
    public void Merge(ref BloomFilter<TValue> accumulator, in BloomFilter<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public BloomFilter<TValue> Result(in BloomFilter<TValue> accumulator) => accumulator.Copy();
}

/// <summary>Groups of points, the heaviest first.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct ClustersOf<T> : IAggregator<T, KMeans, IReadOnlyList<KMeansCluster>>, IMergeable<KMeans>
{
    private const int MostDimensions = 64;
    private readonly int _count, _dimensions, _size;
    private readonly PointOf<T> _pointOf;

    internal ClustersOf(int count, int dimensions, PointOf<T> pointOf, int size)
    {
        ArgumentNullException.ThrowIfNull(pointOf);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, MostDimensions);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, count);
        _ = new KMeans(dimensions, size);
        (_count, _dimensions, _pointOf, _size) = (count, dimensions, pointOf, size);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A coordinate is not finite.</exception>
    public void Add(ref KMeans accumulator, in T row)
    {
        Span<double> point = stackalloc double[MostDimensions];
        point = point[.._dimensions];
        if (!_pointOf(row, point))
            return;
        if (accumulator.Count == 0)
            accumulator = new KMeans(_dimensions, _size);
        accumulator.Add(point);
    }

    /// <inheritdoc/>
    public void Check(in KMeans accumulator, in T row)
    {
        Span<double> point = stackalloc double[MostDimensions];
        point = point[.._dimensions];
        if (_pointOf(row, point))
            KMeans.RequireFinite(point);
    }

    /// <inheritdoc/>
    public void Merge(ref KMeans accumulator, in KMeans other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public IReadOnlyList<KMeansCluster> Result(in KMeans accumulator) => accumulator.Clusters(_count);
}

/// <summary>Writes the coordinates of a row's point.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="row">The row.</param>
/// <param name="coordinates">Where to.</param>
/// <returns>Whether the row has a point.</returns>
public delegate bool PointOf<in T>(T row, Span<double> coordinates);
