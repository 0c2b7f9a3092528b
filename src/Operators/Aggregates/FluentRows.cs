using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The exact aggregates that give values of rows, or keep all of them.</summary>
/// <remarks>The parameter <c>of</c> is filled in by the compiler with the selector as written; descriptions are made of it.</remarks>
public static class RowAggregates
{
    /// <summary>The value of the earliest row by event time; of rows at one time, that which arrived first. Default of nothing.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="timeOf">The event time of a row: the same as in <c>WithEventTime</c>. Null: the row does not count.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, ArgExtremeOf<T, TValue, TTime>, ArgExtremeState<TValue, TTime>, TValue?> First<T, TValue, TTime>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TTime> timeOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        Arg("first", valueOf, timeOf, largest: false, laterWins: false, of, null);

    /// <summary>The value of the latest row by event time; of rows at one time, that which arrived last. Default of nothing.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="timeOf">The event time of a row: the same as in <c>WithEventTime</c>. Null: the row does not count.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, ArgExtremeOf<T, TValue, TTime>, ArgExtremeState<TValue, TTime>, TValue?> Last<T, TValue, TTime>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TTime> timeOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        Arg("last", valueOf, timeOf, largest: true, laterWins: true, of, null);

    /// <summary>The value of the row that is smallest by <paramref name="by"/>; of equal rows, that which arrived first. Default of nothing.</summary>
    public static Aggregate<T, ArgExtremeOf<T, TValue, TOrder>, ArgExtremeState<TValue, TOrder>, TValue?> MinBy<T, TValue, TOrder>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        Arg("min by", valueOf, by, largest: false, laterWins: false, of, byOf);

    /// <summary>The value of the row that is largest by <paramref name="by"/>; of equal rows, that which arrived first. Default of nothing.</summary>
    public static Aggregate<T, ArgExtremeOf<T, TValue, TOrder>, ArgExtremeState<TValue, TOrder>, TValue?> MaxBy<T, TValue, TOrder>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        Arg("max by", valueOf, by, largest: true, laterWins: false, of, byOf);

    /// <summary>The values of the <paramref name="count"/> rows that are largest by <paramref name="by"/>, the largest first; of equal rows, those that arrived first.</summary>
    public static Aggregate<T, TopOf<T, TValue, TOrder>, List<Ranked<TValue, TOrder>>?, IReadOnlyList<TValue>> TopBy<T, TValue, TOrder>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null)
    {
        string description = Naming.Of($"top {count}", of, Naming.Of("by", byOf));
        return new(new TopOf<T, TValue, TOrder>(count, valueOf, by), description, null,
            $"{description} cannot take rows back, because it keeps {count} rows: use RetractableTop, which keeps all values");
    }

    /// <summary>The <paramref name="count"/> largest values, the largest first.</summary>
    public static Aggregate<T, TopOf<T, TValue, TValue>, List<Ranked<TValue, TValue>>?, IReadOnlyList<TValue>> Top<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        source.TopBy(count, valueOf, valueOf, of, of);

    /// <summary>The <paramref name="count"/> largest values, the largest first, also after rows were taken back. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, RetractableTopOf<T, TValue>, SortedCounts<TValue>, IReadOnlyList<TValue>> RetractableTop<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new(new RetractableTopOf<T, TValue>(valueOf, count), Naming.Of($"retractable top {count}", of));
    }

    /// <summary>The smallest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?> RetractableMin<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => new(new RetractableExtremeOf<T, TValue>(valueOf, largest: false), Naming.Of("retractable min", of));

    /// <summary>The smallest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?> RetractableMin<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => new(new RetractableExtremeOf<T, TValue>(valueOf, largest: false), Naming.Of("retractable min", of));

    /// <summary>The largest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?> RetractableMax<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => new(new RetractableExtremeOf<T, TValue>(valueOf, largest: true), Naming.Of("retractable max", of));

    /// <summary>The largest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?> RetractableMax<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => new(new RetractableExtremeOf<T, TValue>(valueOf, largest: true), Naming.Of("retractable max", of));

    /// <summary>All values, nulls too, in the order of arrival; keeps all of them, and stores all of them in every epoch that adds one.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="atMost">A row beyond this many is an error of the row.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, CollectOf<T, TValue>, List<TValue>?, IReadOnlyList<TValue>> Collect<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, int atMost = int.MaxValue, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        new(new CollectOf<T, TValue>(valueOf, atMost), Naming.Of("collect", of));

#pragma warning disable CS8714 // null values are never added
    /// <summary>How many different values there are, exactly; nulls do not count. Keeps every distinct value.</summary>
    public static Aggregate<T, DistinctCountOf<T, TValue>, Dictionary<TValue, long>?, long> DistinctCount<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        new(new DistinctCountOf<T, TValue>(valueOf), Naming.Of("distinct count", of));
#pragma warning restore CS8714

    /// <summary>A percentile, exactly: SQL's PERCENTILE_CONT; null of nothing. NaN is greater than every number. Keeps every number.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="share">From 0, the smallest, to 1, the largest; 0.5 is the median.</param>
    /// <param name="numberOf">The number of a row.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, PercentileOf<T>, CollectedNumbers, double?> Percentile<T>(
        this AggregateStart<T> source, double share, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new PercentileOf<T>(numberOf, share), Naming.Of("percentile", of, FormattableString.Invariant($"{share}")));

    /// <inheritdoc cref="Percentile{T}(AggregateStart{T}, double, Func{T, double}, string?)"/>
    public static Aggregate<T, PercentileOf<T>, CollectedNumbers, double?> Percentile<T>(
        this AggregateStart<T> source, double share, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new PercentileOf<T>(numberOf, share), Naming.Of("percentile", of, FormattableString.Invariant($"{share}")));

    private static Aggregate<T, ArgExtremeOf<T, TValue, TOrder>, ArgExtremeState<TValue, TOrder>, TValue?> Arg<T, TValue, TOrder>(
        string name, Func<T, TValue> valueOf, Func<T, TOrder> orderOf, bool largest, bool laterWins, string? of, string? byOf)
    {
        string description = Naming.Of(name, of, byOf is null ? null : Naming.Of("by", byOf));
        return new(new ArgExtremeOf<T, TValue, TOrder>(valueOf, orderOf, largest, laterWins), description, null,
            $"{description} cannot take rows back, because it keeps one row: collect the rows, or use RetractableMin or RetractableMax");
    }
}
