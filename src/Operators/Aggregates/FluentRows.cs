using System.Runtime.CompilerServices;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>The exact aggregates that give values of rows, or keep all of them.</summary>
/// <remarks>The parameter <c>of</c> is filled in by the compiler with the selector as written; descriptions are made of it.</remarks>
public static class RowAggregates
{
    /// <summary>The value of the earliest row by event time; of rows at one time, that which arrived first. Default of nothing.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="timeOf">The event time of a row: the same as in <c>WithEventTime</c>. Null: the row does not count.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, TValue?> First<T, TValue, TTime>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TTime> timeOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        Arg("first", valueOf, timeOf, largest: false, laterWins: false, of, null);

    /// <inheritdoc cref="First{T, TValue, TTime}(AggregateStart{T}, Func{T, TValue}, Func{T, TTime}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> First<T, TBefore, TValue, TTime>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, Func<T, TTime> timeOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().First(valueOf, timeOf, of));

    /// <summary>The value of the latest row by event time; of rows at one time, that which arrived last. Default of nothing.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="timeOf">The event time of a row: the same as in <c>WithEventTime</c>. Null: the row does not count.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, TValue?> Last<T, TValue, TTime>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TTime> timeOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        Arg("last", valueOf, timeOf, largest: true, laterWins: true, of, null);

    /// <inheritdoc cref="Last{T, TValue, TTime}(AggregateStart{T}, Func{T, TValue}, Func{T, TTime}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> Last<T, TBefore, TValue, TTime>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, Func<T, TTime> timeOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Last(valueOf, timeOf, of));

    /// <summary>The value of the row that is smallest by <paramref name="by"/>; of equal rows, that which arrived first. Default of
    /// nothing.</summary>
    public static Aggregate<T, TValue?> MinBy<T, TValue, TOrder>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        Arg("min by", valueOf, by, largest: false, laterWins: false, of, byOf);

    /// <inheritdoc cref="MinBy{T, TValue, TOrder}(AggregateStart{T}, Func{T, TValue}, Func{T, TOrder}, string?, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> MinBy<T, TBefore, TValue, TOrder>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        before.And(Aggregate.Of<T>().MinBy(valueOf, by, of, byOf));

    /// <summary>The value of the row that is largest by <paramref name="by"/>; of equal rows, that which arrived first. Default of
    /// nothing.</summary>
    public static Aggregate<T, TValue?> MaxBy<T, TValue, TOrder>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        Arg("max by", valueOf, by, largest: true, laterWins: false, of, byOf);

    /// <inheritdoc cref="MaxBy{T, TValue, TOrder}(AggregateStart{T}, Func{T, TValue}, Func{T, TOrder}, string?, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> MaxBy<T, TBefore, TValue, TOrder>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        before.And(Aggregate.Of<T>().MaxBy(valueOf, by, of, byOf));

    /// <summary>The values of the <paramref name="count"/> rows that are largest by <paramref name="by"/>, the largest first; of equal
    /// rows, those that arrived first.</summary>
    public static Aggregate<T, IReadOnlyList<TValue>> TopBy<T, TValue, TOrder>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null)
    {
        string description = Naming.Of($"top {count}", of, Naming.Of("by", byOf));
        return new Aggregate<T, TopOf<T, TValue, TOrder>, List<Ranked<TValue, TOrder>>?, IReadOnlyList<TValue>>(
            new(count, valueOf, by), description, null,
            $"{description} cannot take rows back, because it keeps {count} rows: use RetractableTop, which keeps all values");
    }

    /// <inheritdoc cref="TopBy{T, TValue, TOrder}(AggregateStart{T}, int, Func{T, TValue}, Func{T, TOrder}, string?, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<TValue>)> TopBy<T, TBefore, TValue, TOrder>(
        this Aggregate<T, TBefore> before, int count, Func<T, TValue> valueOf, Func<T, TOrder> by,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null, [CallerArgumentExpression(nameof(by))] string? byOf = null) =>
        before.And(Aggregate.Of<T>().TopBy(count, valueOf, by, of, byOf));

    /// <summary>The <paramref name="count"/> largest values, the largest first.</summary>
    public static Aggregate<T, IReadOnlyList<TValue>> Top<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        source.TopBy(count, valueOf, valueOf, of, of);

    /// <inheritdoc cref="Top{T, TValue}(AggregateStart{T}, int, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<TValue>)> Top<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, int count, Func<T, TValue> valueOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Top(count, valueOf, of));

    /// <summary>The <paramref name="count"/> largest values, the largest first, also after rows were taken back. Keeps every distinct
    /// value with its count.</summary>
    public static Aggregate<T, IReadOnlyList<TValue>> RetractableTop<T, TValue>(
        this AggregateStart<T> source, int count, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new Aggregate<T, RetractableTopOf<T, TValue>, SortedCounts<TValue>, IReadOnlyList<TValue>>(
            new(valueOf, count), Naming.Of($"retractable top {count}", of));
    }

    /// <inheritdoc cref="RetractableTop{T, TValue}(AggregateStart{T}, int, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<TValue>)> RetractableTop<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, int count, Func<T, TValue> valueOf,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().RetractableTop(count, valueOf, of));

    /// <summary>The smallest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, TValue?> RetractableMin<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> =>
        new Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?>(
            new(valueOf, largest: false), Naming.Of("retractable min", of));

    /// <inheritdoc cref="RetractableMin{T, TValue}(AggregateStart{T}, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> RetractableMin<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().RetractableMin(valueOf, of));

    /// <summary>The smallest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, TValue?> RetractableMin<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> =>
        new Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?>(
            new(valueOf, largest: false), Naming.Of("retractable min", of));

    /// <inheritdoc cref="RetractableMin{T, TValue}(AggregateStart{T}, Func{T, TValue?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> RetractableMin<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().RetractableMin(valueOf, of));

    /// <summary>The largest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, TValue?> RetractableMax<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> =>
        new Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?>(
            new(valueOf, largest: true), Naming.Of("retractable max", of));

    /// <inheritdoc cref="RetractableMax{T, TValue}(AggregateStart{T}, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> RetractableMax<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().RetractableMax(valueOf, of));

    /// <summary>The largest value, also after rows were taken back; null of nothing. Keeps every distinct value with its count.</summary>
    public static Aggregate<T, TValue?> RetractableMax<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> =>
        new Aggregate<T, RetractableExtremeOf<T, TValue>, SortedCounts<TValue>, TValue?>(
            new(valueOf, largest: true), Naming.Of("retractable max", of));

    /// <inheritdoc cref="RetractableMax{T, TValue}(AggregateStart{T}, Func{T, TValue?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> RetractableMax<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().RetractableMax(valueOf, of));

    /// <summary>All values, nulls too, in the order of arrival; keeps all of them, and stores all of them in every epoch that adds
    /// one.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="atMost">A row beyond this many is an error of the row.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, IReadOnlyList<TValue>> Collect<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, int atMost = int.MaxValue,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        new Aggregate<T, CollectOf<T, TValue>, List<TValue>?, IReadOnlyList<TValue>>(new(valueOf, atMost), Naming.Of("collect", of));

    /// <inheritdoc cref="Collect{T, TValue}(AggregateStart{T}, Func{T, TValue}, int, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, IReadOnlyList<TValue>)> Collect<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, int atMost = int.MaxValue,
        [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Collect(valueOf, atMost, of));

#pragma warning disable CS8714 // null values are never added
    /// <summary>How many different values there are, exactly; nulls do not count. Keeps every distinct value.</summary>
    public static Aggregate<T, long> DistinctCount<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        new Aggregate<T, DistinctCountOf<T, TValue>, Dictionary<TValue, long>?, long>(new(valueOf), Naming.Of("distinct count", of));

    /// <inheritdoc cref="DistinctCount{T, TValue}(AggregateStart{T}, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, long)> DistinctCount<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().DistinctCount(valueOf, of));
#pragma warning restore CS8714

    /// <summary>A percentile, exactly: SQL's PERCENTILE_CONT; null of nothing. NaN is greater than every number. Keeps every
    /// number.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="share">From 0, the smallest, to 1, the largest; 0.5 is the median.</param>
    /// <param name="numberOf">The number of a row.</param>
    /// <param name="of">Filled in by the compiler.</param>
    public static Aggregate<T, double?> Percentile<T>(
        this AggregateStart<T> source, double share, Func<T, double> numberOf,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, PercentileOf<T>, CollectedNumbers, double?>(
            new(numberOf, share), Naming.Of("percentile", of, FormattableString.Invariant($"{share}")));

    /// <inheritdoc cref="Percentile{T}(AggregateStart{T}, double, Func{T, double}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> Percentile<T, TBefore>(
        this Aggregate<T, TBefore> before, double share, Func<T, double> numberOf,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Percentile(share, numberOf, of));

    /// <inheritdoc cref="Percentile{T}(AggregateStart{T}, double, Func{T, double}, string?)"/>
    public static Aggregate<T, double?> Percentile<T>(
        this AggregateStart<T> source, double share, Func<T, double?> numberOf,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, PercentileOf<T>, CollectedNumbers, double?>(
            new(numberOf, share), Naming.Of("percentile", of, FormattableString.Invariant($"{share}")));

    /// <inheritdoc cref="Percentile{T}(AggregateStart{T}, double, Func{T, double?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> Percentile<T, TBefore>(
        this Aggregate<T, TBefore> before, double share, Func<T, double?> numberOf,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Percentile(share, numberOf, of));

    private static Aggregate<T, ArgExtremeOf<T, TValue, TOrder>, ArgExtremeState<TValue, TOrder>, TValue?> Arg<T, TValue, TOrder>(
        string name, Func<T, TValue> valueOf, Func<T, TOrder> orderOf, bool largest, bool laterWins, string? of, string? byOf)
    {
        string description = Naming.Of(name, of, byOf is null ? null : Naming.Of("by", byOf));
        return new(new ArgExtremeOf<T, TValue, TOrder>(valueOf, orderOf, largest, laterWins), description, null,
            $"{description} cannot take rows back, because it keeps one row: collect the rows, or use RetractableMin or RetractableMax");
    }
}
