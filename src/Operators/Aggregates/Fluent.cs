using System.Runtime.CompilerServices;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>The exact aggregates of numbers and of order. Rows for which a selector gives null do not count.</summary>
/// <remarks>The parameter <c>of</c> is filled in by the compiler with the selector as written; descriptions are made of it.</remarks>
public static class AggregateBuilding
{
    /// <summary>Counts the rows.</summary>
    public static Aggregate<T, long> Count<T>(this AggregateStart<T> source) =>
        new Aggregate<T, CountOf<T>, long, long>(new(), "count");

    /// <inheritdoc cref="Count{T}(AggregateStart{T})"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, long)> Count<T, TBefore>(this Aggregate<T, TBefore> before) =>
        before.And(Aggregate.Of<T>().Count());

    /// <summary>Adds whole numbers up, in 64 bits whatever their own size; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, long> Sum<T>(
        this AggregateStart<T> source, Func<T, long> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, SumOf<T, long>, long, long>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, long}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, long)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, long> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>Adds whole numbers up, in 64 bits whatever their own size; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, long> Sum<T>(
        this AggregateStart<T> source, Func<T, long?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, SumOf<T, long>, long, long>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, long?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, long)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, long?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>Adds decimals up; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, decimal> Sum<T>(
        this AggregateStart<T> source, Func<T, decimal> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, SumOf<T, decimal>, decimal, decimal>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, decimal}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, decimal)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, decimal> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>Adds decimals up; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, decimal> Sum<T>(
        this AggregateStart<T> source, Func<T, decimal?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, SumOf<T, decimal>, decimal, decimal>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, decimal?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, decimal)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, decimal?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>Adds floating-point numbers up, without piling up rounding errors; NaN if one is NaN, an error of the row if finite
    /// numbers overflow. 0 of nothing.</summary>
    public static Aggregate<T, double> Sum<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, RealSumOf<T>, RealSum, double>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, double}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>Adds floating-point numbers up, without piling up rounding errors; NaN if one is NaN, an error of the row if finite
    /// numbers overflow. 0 of nothing.</summary>
    public static Aggregate<T, double> Sum<T>(
        this AggregateStart<T> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, RealSumOf<T>, RealSum, double>(new(numberOf), Naming.Of("sum", of));

    /// <inheritdoc cref="Sum{T}(AggregateStart{T}, Func{T, double?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double)> Sum<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Sum(numberOf, of));

    /// <summary>The arithmetic mean; NaN if one number is NaN, null of nothing.</summary>
    public static Aggregate<T, double?> Average<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, AverageOf<T>, RealSum, double?>(new(numberOf), Naming.Of("average", of));

    /// <inheritdoc cref="Average{T}(AggregateStart{T}, Func{T, double}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> Average<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Average(numberOf, of));

    /// <summary>The arithmetic mean; NaN if one number is NaN, null of nothing.</summary>
    public static Aggregate<T, double?> Average<T>(
        this AggregateStart<T> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, AverageOf<T>, RealSum, double?>(new(numberOf), Naming.Of("average", of));

    /// <inheritdoc cref="Average{T}(AggregateStart{T}, Func{T, double?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> Average<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Average(numberOf, of));

    /// <summary>The variance, of a sample unless said otherwise; NaN if one number is not finite.</summary>
    public static Aggregate<T, double?> Variance<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, Spread spread = Spread.SampleVariance,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, VarianceOf<T>, Moments, double?>(new(numberOf, spread), Naming.Of("variance", of, spread.ToString()));

    /// <inheritdoc cref="Variance{T}(AggregateStart{T}, Func{T, double}, Spread, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> Variance<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double> numberOf, Spread spread = Spread.SampleVariance,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().Variance(numberOf, spread, of));

    /// <summary>The standard deviation, of a sample unless said otherwise; NaN if one number is not finite.</summary>
    public static Aggregate<T, double?> StandardDeviation<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, Spread spread = Spread.SampleDeviation,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new Aggregate<T, VarianceOf<T>, Moments, double?>(new(numberOf, spread), Naming.Of("deviation", of, spread.ToString()));

    /// <inheritdoc cref="StandardDeviation{T}(AggregateStart{T}, Func{T, double}, Spread, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, double?)> StandardDeviation<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, double> numberOf, Spread spread = Spread.SampleDeviation,
        [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        before.And(Aggregate.Of<T>().StandardDeviation(numberOf, spread, of));

    /// <summary>The smallest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, TValue?> Min<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: false, of);

    /// <inheritdoc cref="Min{T, TValue}(AggregateStart{T}, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> Min<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().Min(valueOf, of));

    /// <summary>The smallest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, TValue?> Min<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: false, of);

    /// <inheritdoc cref="Min{T, TValue}(AggregateStart{T}, Func{T, TValue?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> Min<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().Min(valueOf, of));

    /// <summary>The largest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, TValue?> Max<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: true, of);

    /// <inheritdoc cref="Max{T, TValue}(AggregateStart{T}, Func{T, TValue}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> Max<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().Max(valueOf, of));

    /// <summary>The largest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, TValue?> Max<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: true, of);

    /// <inheritdoc cref="Max{T, TValue}(AggregateStart{T}, Func{T, TValue?}, string?)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TValue?)> Max<T, TBefore, TValue>(
        this Aggregate<T, TBefore> before, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => before.And(Aggregate.Of<T>().Max(valueOf, of));

    private static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Extreme<T, TValue>(
        Selector<T, TValue> valueOf, bool largest, string? of)
        where TValue : struct, IComparable<TValue>
    {
        string description = Naming.Of(largest ? "max" : "min", of);
        return new(new ExtremeOf<T, TValue>(valueOf, largest), description, null,
            $"{description} cannot take rows back, because it keeps one value: " +
            $"use {(largest ? "RetractableMax" : "RetractableMin")}, which keeps all of them");
    }
}
