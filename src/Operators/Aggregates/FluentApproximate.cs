using System.Runtime.CompilerServices;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>The approximate aggregates: a bounded state, and a result within a stated error.</summary>
/// <remarks>The parameter <c>of</c> is filled in by the compiler with the selector as written; descriptions are made of it.</remarks>
public static class ApproximateAggregates
{
    /// <summary>How many different values there are: <see cref="HyperLogLog"/>. Nulls do not count.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="precision">From 4 to 18: at most 2^precision bytes, standard error 1.04 / sqrt(2^precision); 12 is 4 KB and 1.6
    /// %.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, long> ApproximateDistinctCount<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, int precision = 12,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null)
    {
        string description = Naming.Of("approximate distinct count", of, $"{precision}");
        return new Aggregate<T, ApproximateDistinctCountOf<T, TValue>, HyperLogLog, long>(
            new(valueOf, precision), description, null, NoWayBack(description, "DistinctCount, which keeps all values"));
    }

    /// <inheritdoc cref="ApproximateDistinctCount{T, TValue}(AggregateStart{T}, Func{T, TValue}, int, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, long)> ApproximateDistinctCount<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, int precision = 12,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().ApproximateDistinctCount(valueOf, precision, of));

    /// <summary>How often each value is there: <see cref="CountMin{TItem}"/>, to be asked for any value. Nulls do not count.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="relativeError">Of the number of all rows, by which a count may be too large.</param>
    /// <param name="certainty">That a count is not off by more.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, CountMin<TValue>> ApproximateCounts<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, double relativeError = 0.01, double certainty = 0.99,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        new Aggregate<T, ApproximateCountsOf<T, TValue>, CountMin<TValue>, CountMin<TValue>>(
            new(valueOf, relativeError, certainty),
            Naming.Of("approximate counts", of, FormattableString.Invariant($"{relativeError}, {certainty}")));

    /// <inheritdoc cref="ApproximateCounts{T, TValue}(AggregateStart{T}, Func{T, TValue}, double, double, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, CountMin<TValue>)> ApproximateCounts<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, double relativeError = 0.01, double certainty = 0.99,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().ApproximateCounts(valueOf, relativeError, certainty, of));

    /// <summary>The values that are there most often: <see cref="SpaceSaving{TItem}"/>. Nulls do not count.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="count">How many values.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="counters">The number of counters, at least <paramref name="count"/>: a count is too large by at most rows / counters.
    /// 0: ten times <paramref name="count"/>, at least 100.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, IReadOnlyList<HeavyHitter<TValue>>> HeavyHitters<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, int counters = 0,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null)
    {
        if (counters == 0)
            counters = Math.Max(100, 10 * count);
        string description = Naming.Of($"heavy hitters {count}", of, $"{counters}");
        return new Aggregate<T, HeavyHittersOf<T, TValue>, SpaceSaving<TValue>, IReadOnlyList<HeavyHitter<TValue>>>(
            new(count, valueOf, counters), description, null, NoWayBack(description, "ApproximateCounts, which can"));
    }

    /// <inheritdoc cref="HeavyHitters{T, TValue}(AggregateStart{T}, int, Func{T, TValue}, int, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<HeavyHitter<TValue>>)> HeavyHitters<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, int count, Func<T, TValue> valueOf, int counters = 0,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().HeavyHitters(count, valueOf, counters, of));

    /// <summary>Percentiles of numbers: <see cref="QuantileSketch"/>, to be asked for any of them. NaN is greater than every
    /// number.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="numberOf">The number of a row.</param>
    /// <param name="relativeError">Of a percentile, of its own value.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, QuantileSketch> Quantiles<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, double relativeError = 0.01,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, QuantilesOf<T>, QuantileSketch, QuantileSketch>(
            new(numberOf, relativeError), Naming.Of("quantiles", of, FormattableString.Invariant($"{relativeError}")));

    /// <inheritdoc cref="Quantiles{T}(AggregateStart{T}, Func{T, double}, double, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, QuantileSketch)> Quantiles<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double> numberOf, double relativeError = 0.01,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Quantiles(numberOf, relativeError, of));

    /// <inheritdoc cref="Quantiles{T}(AggregateStart{T}, Func{T, double}, double, string?)"/>
    public static Aggregate<T, QuantileSketch> Quantiles<T>(
        this AggregateStart<T> source, Func<T, double?> numberOf, double relativeError = 0.01,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, QuantilesOf<T>, QuantileSketch, QuantileSketch>(
            new(numberOf, relativeError), Naming.Of("quantiles", of, FormattableString.Invariant($"{relativeError}")));

    /// <inheritdoc cref="Quantiles{T}(AggregateStart{T}, Func{T, double?}, double, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, QuantileSketch)> Quantiles<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double?> numberOf, double relativeError = 0.01,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Quantiles(numberOf, relativeError, of));

    /// <summary>Values of rows drawn at random, each row as likely as any other: <see cref="Reservoir{TItem}"/>. The same rows in the
    /// same order give the same sample.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="count">At most this many.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="seed">Another seed, another sample.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, IReadOnlyList<TValue>> Sample<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, ulong seed = 1,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null)
    {
        string description = Naming.Of($"sample {count}", of);
        return new Aggregate<T, SampleOf<T, TValue>, Reservoir<TValue>, IReadOnlyList<TValue>>(
            new(count, valueOf, seed), description, null, NoWayBack(description, "Collect, which keeps all values"));
    }

    /// <inheritdoc cref="Sample{T, TValue}(AggregateStart{T}, int, Func{T, TValue}, ulong, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<TValue>)> Sample<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, int count, Func<T, TValue> valueOf, ulong seed = 1,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sample(count, valueOf, seed, of));

    /// <summary>Which values have been there: <see cref="BloomFilter{TItem}"/>, to be asked for any value. Nulls do not count.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="expected">How many different values to make room for.</param>
    /// <param name="falsePositives">The share of other values that it takes for seen.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, BloomFilter<TValue>> Seen<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, long expected = 1000, double falsePositives = 0.01,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null)
    {
        string description = Naming.Of("seen", of, FormattableString.Invariant($"{expected}, {falsePositives}"));
        return new Aggregate<T, SeenOf<T, TValue>, BloomFilter<TValue>, BloomFilter<TValue>>(
            new(valueOf, expected, falsePositives), description, null, NoWayBack(description, "ApproximateCounts, which can"));
    }

    /// <inheritdoc cref="Seen{T, TValue}(AggregateStart{T}, Func{T, TValue}, long, double, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, BloomFilter<TValue>)> Seen<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, long expected = 1000, double falsePositives = 0.01,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Seen(valueOf, expected, falsePositives, of));

    /// <summary>Groups of points in the plane, the heaviest first: <see cref="KMeans"/>. Rows without a point do not count; a coordinate
    /// that is not finite is an error of the row.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="count">How many groups.</param>
    /// <param name="pointOf">The point of a row, or null.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, IReadOnlyList<KMeansCluster>> Clusters<T>(
        this AggregateStart<T> source, int count, Func<T, (double X, double Y)?> pointOf,
        [CallerArgumentExpression(nameof(pointOf))] string? of = null)
    {
        ArgumentNullException.ThrowIfNull(pointOf);
        return source.Clusters(count, 2, (row, coordinates) =>
        {
            if (pointOf(row) is not { } point)
                return false;
            (coordinates[0], coordinates[1]) = point;
            return true;
        }, 0, of);
    }

    /// <inheritdoc cref="Clusters{T}(AggregateStart{T}, int, Func{T, ValueTuple{double, double}?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<KMeansCluster>)> Clusters<T, TBefore>(
        this Aggregate<T, TBefore> before, int count, Func<T, (double X, double Y)?> pointOf,
        [CallerArgumentExpression(nameof(pointOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Clusters(count, pointOf, of));

    /// <summary>Groups of points in space, the heaviest first: <see cref="KMeans"/>. Rows without a point do not count; a coordinate that
    /// is not finite is an error of the row.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="count">How many groups.</param>
    /// <param name="dimensions">Coordinates of a point, at most 64.</param>
    /// <param name="pointOf">Writes the coordinates of a row's point.</param>
    /// <param name="bucketSize">Points kept in the place of all, times 2 + log2(rows / size). 0: twenty times <paramref name="count"/>,
    /// at least 200.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, IReadOnlyList<KMeansCluster>> Clusters<T>(
        this AggregateStart<T> source, int count, int dimensions, PointOf<T> pointOf, int bucketSize = 0,
        [CallerArgumentExpression(nameof(pointOf))] string? of = null)
    {
        if (bucketSize == 0)
            bucketSize = Math.Max(200, 20 * count);
        string description = Naming.Of($"clusters {count}", of, $"{bucketSize}");
        return new Aggregate<T, ClustersOf<T>, KMeans, IReadOnlyList<KMeansCluster>>(
            new(count, dimensions, pointOf, bucketSize), description, null, NoWayBack(description, "Collect, which keeps all points"));
    }

    /// <inheritdoc cref="Clusters{T}(AggregateStart{T}, int, int, PointOf{T}, int, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<KMeansCluster>)> Clusters<T, TBefore>(
        this Aggregate<T, TBefore> before, int count, int dimensions, PointOf<T> pointOf, int bucketSize = 0,
        [CallerArgumentExpression(nameof(pointOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Clusters(count, dimensions, pointOf, bucketSize, of));

    private static string NoWayBack(string description, string instead) =>
        $"{description} cannot take rows back, because it forgets them: use {instead}";
}
