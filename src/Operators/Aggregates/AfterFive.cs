using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The commonest aggregates after five others: <c>Count()</c> is short for <c>And(rows => rows.Count())</c>.</summary>
public static class AggregatesAfterFive
{
    /// <summary>Counts the rows.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), CountOf<T>, long, long, (TOut1, TOut2, TOut3, TOut4, TOut5, long)>, (TAcc First, long Second), (TOut1, TOut2, TOut3, TOut4, TOut5, long)>
        Count<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Count());

    /// <summary>Adds numbers up; an overflow is an error of the row.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), SumOf<T, long>, long, long, (TOut1, TOut2, TOut3, TOut4, TOut5, long)>, (TAcc First, long Second), (TOut1, TOut2, TOut3, TOut4, TOut5, long)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, long> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>Adds numbers up; an overflow is an error of the row. Rows without one do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), SumOf<T, long>, long, long, (TOut1, TOut2, TOut3, TOut4, TOut5, long)>, (TAcc First, long Second), (TOut1, TOut2, TOut3, TOut4, TOut5, long)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, long?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>Adds numbers up; an overflow is an error of the row.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, TOut3, TOut4, TOut5, decimal)>, (TAcc First, decimal Second), (TOut1, TOut2, TOut3, TOut4, TOut5, decimal)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, decimal> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>Adds numbers up; an overflow is an error of the row. Rows without one do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, TOut3, TOut4, TOut5, decimal)>, (TAcc First, decimal Second), (TOut1, TOut2, TOut3, TOut4, TOut5, decimal)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, decimal?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>Adds floating-point numbers up.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), RealSumOf<T>, RealSum, double, (TOut1, TOut2, TOut3, TOut4, TOut5, double)>, (TAcc First, RealSum Second), (TOut1, TOut2, TOut3, TOut4, TOut5, double)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>Adds floating-point numbers up. Rows without one do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), RealSumOf<T>, RealSum, double, (TOut1, TOut2, TOut3, TOut4, TOut5, double)>, (TAcc First, RealSum Second), (TOut1, TOut2, TOut3, TOut4, TOut5, double)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Sum(numberOf, of));

    /// <summary>The arithmetic mean.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), AverageOf<T>, RealSum, double?, (TOut1, TOut2, TOut3, TOut4, TOut5, double?)>, (TAcc First, RealSum Second), (TOut1, TOut2, TOut3, TOut4, TOut5, double?)>
        Average<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, double> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Average(numberOf, of));

    /// <summary>The arithmetic mean. Rows without a number do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), AverageOf<T>, RealSum, double?, (TOut1, TOut2, TOut3, TOut4, TOut5, double?)>, (TAcc First, RealSum Second), (TOut1, TOut2, TOut3, TOut4, TOut5, double?)>
        Average<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, double?> numberOf, [CallerArgumentExpression(nameof(numberOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.And(rows => rows.Average(numberOf, of));

    /// <summary>The smallest value.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)>
        where TValue : struct, IComparable<TValue> =>
        source.And(rows => rows.Min(valueOf, of));

    /// <summary>The smallest value. Rows without one do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)>
        where TValue : struct, IComparable<TValue> =>
        source.And(rows => rows.Min(valueOf, of));

    /// <summary>The largest value.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, TValue> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)>
        where TValue : struct, IComparable<TValue> =>
        source.And(rows => rows.Max(valueOf, of));

    /// <summary>The largest value. Rows without one do not count.</summary>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<T, TValue?> valueOf, [CallerArgumentExpression(nameof(valueOf))] string? of = null)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)>
        where TValue : struct, IComparable<TValue> =>
        source.And(rows => rows.Max(valueOf, of));
}
