using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The exact aggregates of numbers and of order. Rows for which a selector gives null do not count.</summary>
/// <remarks>The parameter <c>of</c> is filled in by the compiler with the selector as written; descriptions are made of it.</remarks>
public static class AggregateBuilding
{
    /// <summary>Counts the rows.</summary>
    public static Aggregate<T, CountOf<T>, long, long> Count<T>(this AggregateStart<T> source) => new(new CountOf<T>(), "count");

    /// <summary>Adds whole numbers up, in 64 bits whatever their own size; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, SumOf<T, long>, long, long> Sum<T>(this AggregateStart<T> source, Func<T, long> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new SumOf<T, long>(numberOf), Naming.Of("sum", of));

    /// <summary>Adds whole numbers up, in 64 bits whatever their own size; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, SumOf<T, long>, long, long> Sum<T>(this AggregateStart<T> source, Func<T, long?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new SumOf<T, long>(numberOf), Naming.Of("sum", of));

    /// <summary>Adds decimals up; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, SumOf<T, decimal>, decimal, decimal> Sum<T>(this AggregateStart<T> source, Func<T, decimal> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new SumOf<T, decimal>(numberOf), Naming.Of("sum", of));

    /// <summary>Adds decimals up; an overflow is an error of the row. 0 of nothing.</summary>
    public static Aggregate<T, SumOf<T, decimal>, decimal, decimal> Sum<T>(this AggregateStart<T> source, Func<T, decimal?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new SumOf<T, decimal>(numberOf), Naming.Of("sum", of));

    /// <summary>Adds floating-point numbers up, without piling up rounding errors; NaN if one is NaN, an error of the row if finite numbers overflow. 0 of nothing.</summary>
    public static Aggregate<T, RealSumOf<T>, RealSum, double> Sum<T>(this AggregateStart<T> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new RealSumOf<T>(numberOf), Naming.Of("sum", of));

    /// <summary>Adds floating-point numbers up, without piling up rounding errors; NaN if one is NaN, an error of the row if finite numbers overflow. 0 of nothing.</summary>
    public static Aggregate<T, RealSumOf<T>, RealSum, double> Sum<T>(this AggregateStart<T> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new RealSumOf<T>(numberOf), Naming.Of("sum", of));

    /// <summary>The arithmetic mean; NaN if one number is NaN, null of nothing.</summary>
    public static Aggregate<T, AverageOf<T>, RealSum, double?> Average<T>(this AggregateStart<T> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new AverageOf<T>(numberOf), Naming.Of("average", of));

    /// <summary>The arithmetic mean; NaN if one number is NaN, null of nothing.</summary>
    public static Aggregate<T, AverageOf<T>, RealSum, double?> Average<T>(this AggregateStart<T> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new AverageOf<T>(numberOf), Naming.Of("average", of));

    /// <summary>The variance, of a sample unless said otherwise; NaN if one number is not finite.</summary>
    public static Aggregate<T, VarianceOf<T>, Moments, double?> Variance<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, Spread spread = Spread.SampleVariance, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new VarianceOf<T>(numberOf, spread), Naming.Of("variance", of, spread.ToString()));

    /// <summary>The standard deviation, of a sample unless said otherwise; NaN if one number is not finite.</summary>
    public static Aggregate<T, VarianceOf<T>, Moments, double?> StandardDeviation<T>(
        this AggregateStart<T> source, Func<T, double> numberOf, Spread spread = Spread.SampleDeviation, [CallerArgumentExpression(nameof(numberOf))] string? of = null) =>
        new(new VarianceOf<T>(numberOf, spread), Naming.Of("deviation", of, spread.ToString()));

    /// <summary>The smallest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Min<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: false, of);

    /// <summary>The smallest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Min<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: false, of);

    /// <summary>The largest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Max<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: true, of);

    /// <summary>The largest value; null of nothing. NaN is greater than every number.</summary>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Max<T, TValue>(
        this AggregateStart<T> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TValue : struct, IComparable<TValue> => Extreme<T, TValue>(valueOf, largest: true, of);

    private static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Extreme<T, TValue>(Selector<T, TValue> valueOf, bool largest, string? of)
        where TValue : struct, IComparable<TValue>
    {
        string description = Naming.Of(largest ? "max" : "min", of);
        return new(new ExtremeOf<T, TValue>(valueOf, largest), description, null,
            $"{description} cannot take rows back, because it keeps one value: use {(largest ? "RetractableMax" : "RetractableMin")}, which keeps all of them");
    }
}
