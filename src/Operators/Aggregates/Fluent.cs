namespace ActorStreams.Operators.Aggregates;

/// <summary>Adds aggregates one after another: each result is a tuple with one more item.</summary>
/// <remarks>One group of methods per number of items, because C# cannot append to a tuple type. More than four: combine with <see cref="Into"/> first.</remarks>
public static class AggregateBuilding
{
    /// <summary>Counts the rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    public static Aggregate<T, CountOf<T>, long, long> Count<T>(this AggregateStart<T> source) =>
        new(new CountOf<T>(), "count");

    /// <summary>Adds 64-bit integers up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, SumOf<T, long>, long, long> Sum<T>(this AggregateStart<T> source, Func<T, long> numberOf) =>
        new(new SumOf<T, long>(numberOf), "sum");

    /// <summary>Adds floating-point numbers up, in the order of arrival.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, SumOf<T, double>, double, double> Sum<T>(this AggregateStart<T> source, Func<T, double> numberOf) =>
        new(new SumOf<T, double>(numberOf), "sum");

    /// <summary>Adds decimals up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, SumOf<T, decimal>, decimal, decimal> Sum<T>(this AggregateStart<T> source, Func<T, decimal> numberOf) =>
        new(new SumOf<T, decimal>(numberOf), "sum");

    /// <summary>The arithmetic mean.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, AverageOf<T>, AverageState, double?> Average<T>(this AggregateStart<T> source, Func<T, double> numberOf) =>
        new(new AverageOf<T>(numberOf), "average");

    /// <summary>The smallest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Min<T, TValue>(this AggregateStart<T> source, Func<T, TValue> valueOf)
        where TValue : struct, IComparable<TValue> =>
        new(new ExtremeOf<T, TValue>(row => valueOf(row), largest: false), "min");

    /// <summary>The smallest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Min<T, TValue>(this AggregateStart<T> source, Func<T, TValue?> valueOf)
        where TValue : struct, IComparable<TValue> =>
        new(new ExtremeOf<T, TValue>(valueOf, largest: false), "min");

    /// <summary>The largest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Max<T, TValue>(this AggregateStart<T> source, Func<T, TValue> valueOf)
        where TValue : struct, IComparable<TValue> =>
        new(new ExtremeOf<T, TValue>(row => valueOf(row), largest: true), "max");

    /// <summary>The largest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?> Max<T, TValue>(this AggregateStart<T> source, Func<T, TValue?> valueOf)
        where TValue : struct, IComparable<TValue> =>
        new(new ExtremeOf<T, TValue>(valueOf, largest: true), "max");

    /// <summary>Counts the rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, CountOf<T>, long, long, (TOut1, long)>, (TAcc First, long Second), (TOut1, long)>
        Count<T, TAgg, TAcc, TOut1>(this Aggregate<T, TAgg, TAcc, TOut1> source)
        where TAgg : struct, IAggregator<T, TAcc, TOut1> =>
        new(new Both<T, TAgg, TAcc, TOut1, CountOf<T>, long, long, (TOut1, long)>(source.Aggregator, new CountOf<T>(), static (a, b) => (a, b)), $"{source.Description}, count");

    /// <summary>Adds 64-bit integers up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, SumOf<T, long>, long, long, (TOut1, long)>, (TAcc First, long Second), (TOut1, long)>
        Sum<T, TAgg, TAcc, TOut1>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, long> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1> =>
        new(new Both<T, TAgg, TAcc, TOut1, SumOf<T, long>, long, long, (TOut1, long)>(source.Aggregator, new SumOf<T, long>(numberOf), static (a, b) => (a, b)), $"{source.Description}, sum");

    /// <summary>Adds floating-point numbers up, in the order of arrival.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, SumOf<T, double>, double, double, (TOut1, double)>, (TAcc First, double Second), (TOut1, double)>
        Sum<T, TAgg, TAcc, TOut1>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1> =>
        new(new Both<T, TAgg, TAcc, TOut1, SumOf<T, double>, double, double, (TOut1, double)>(source.Aggregator, new SumOf<T, double>(numberOf), static (a, b) => (a, b)), $"{source.Description}, sum");

    /// <summary>Adds decimals up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, SumOf<T, decimal>, decimal, decimal, (TOut1, decimal)>, (TAcc First, decimal Second), (TOut1, decimal)>
        Sum<T, TAgg, TAcc, TOut1>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, decimal> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1> =>
        new(new Both<T, TAgg, TAcc, TOut1, SumOf<T, decimal>, decimal, decimal, (TOut1, decimal)>(source.Aggregator, new SumOf<T, decimal>(numberOf), static (a, b) => (a, b)), $"{source.Description}, sum");

    /// <summary>The arithmetic mean.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, AverageOf<T>, AverageState, double?, (TOut1, double?)>, (TAcc First, AverageState Second), (TOut1, double?)>
        Average<T, TAgg, TAcc, TOut1>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1> =>
        new(new Both<T, TAgg, TAcc, TOut1, AverageOf<T>, AverageState, double?, (TOut1, double?)>(source.Aggregator, new AverageOf<T>(numberOf), static (a, b) => (a, b)), $"{source.Description}, average");

    /// <summary>The smallest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TValue>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: false), static (a, b) => (a, b)), $"{source.Description}, min");

    /// <summary>The smallest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TValue>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: false), static (a, b) => (a, b)), $"{source.Description}, min");

    /// <summary>The largest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TValue>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: true), static (a, b) => (a, b)), $"{source.Description}, max");

    /// <summary>The largest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TValue>(this Aggregate<T, TAgg, TAcc, TOut1> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, TOut1>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, TOut1, ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: true), static (a, b) => (a, b)), $"{source.Description}, max");

    /// <summary>Counts the rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), CountOf<T>, long, long, (TOut1, TOut2, long)>, (TAcc First, long Second), (TOut1, TOut2, long)>
        Count<T, TAgg, TAcc, TOut1, TOut2>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), CountOf<T>, long, long, (TOut1, TOut2, long)>(source.Aggregator, new CountOf<T>(), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, count");

    /// <summary>Adds 64-bit integers up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, long>, long, long, (TOut1, TOut2, long)>, (TAcc First, long Second), (TOut1, TOut2, long)>
        Sum<T, TAgg, TAcc, TOut1, TOut2>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, long> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, long>, long, long, (TOut1, TOut2, long)>(source.Aggregator, new SumOf<T, long>(numberOf), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, sum");

    /// <summary>Adds floating-point numbers up, in the order of arrival.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, double>, double, double, (TOut1, TOut2, double)>, (TAcc First, double Second), (TOut1, TOut2, double)>
        Sum<T, TAgg, TAcc, TOut1, TOut2>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, double>, double, double, (TOut1, TOut2, double)>(source.Aggregator, new SumOf<T, double>(numberOf), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, sum");

    /// <summary>Adds decimals up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, decimal)>, (TAcc First, decimal Second), (TOut1, TOut2, decimal)>
        Sum<T, TAgg, TAcc, TOut1, TOut2>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, decimal> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, decimal)>(source.Aggregator, new SumOf<T, decimal>(numberOf), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, sum");

    /// <summary>The arithmetic mean.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), AverageOf<T>, AverageState, double?, (TOut1, TOut2, double?)>, (TAcc First, AverageState Second), (TOut1, TOut2, double?)>
        Average<T, TAgg, TAcc, TOut1, TOut2>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), AverageOf<T>, AverageState, double?, (TOut1, TOut2, double?)>(source.Aggregator, new AverageOf<T>(numberOf), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, average");

    /// <summary>The smallest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: false), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, min");

    /// <summary>The smallest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: false), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, min");

    /// <summary>The largest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: true), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, max");

    /// <summary>The largest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: true), static (a, b) => (a.Item1, a.Item2, b)), $"{source.Description}, max");

    /// <summary>Counts the rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), CountOf<T>, long, long, (TOut1, TOut2, TOut3, long)>, (TAcc First, long Second), (TOut1, TOut2, TOut3, long)>
        Count<T, TAgg, TAcc, TOut1, TOut2, TOut3>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), CountOf<T>, long, long, (TOut1, TOut2, TOut3, long)>(source.Aggregator, new CountOf<T>(), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, count");

    /// <summary>Adds 64-bit integers up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, long>, long, long, (TOut1, TOut2, TOut3, long)>, (TAcc First, long Second), (TOut1, TOut2, TOut3, long)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, long> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, long>, long, long, (TOut1, TOut2, TOut3, long)>(source.Aggregator, new SumOf<T, long>(numberOf), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, sum");

    /// <summary>Adds floating-point numbers up, in the order of arrival.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, double>, double, double, (TOut1, TOut2, TOut3, double)>, (TAcc First, double Second), (TOut1, TOut2, TOut3, double)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, double>, double, double, (TOut1, TOut2, TOut3, double)>(source.Aggregator, new SumOf<T, double>(numberOf), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, sum");

    /// <summary>Adds decimals up; an overflow is an error of the row.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, TOut3, decimal)>, (TAcc First, decimal Second), (TOut1, TOut2, TOut3, decimal)>
        Sum<T, TAgg, TAcc, TOut1, TOut2, TOut3>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, decimal> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), SumOf<T, decimal>, decimal, decimal, (TOut1, TOut2, TOut3, decimal)>(source.Aggregator, new SumOf<T, decimal>(numberOf), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, sum");

    /// <summary>The arithmetic mean.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="numberOf">The number of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), AverageOf<T>, AverageState, double?, (TOut1, TOut2, TOut3, double?)>, (TAcc First, AverageState Second), (TOut1, TOut2, TOut3, double?)>
        Average<T, TAgg, TAcc, TOut1, TOut2, TOut3>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, double> numberOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), AverageOf<T>, AverageState, double?, (TOut1, TOut2, TOut3, double?)>(source.Aggregator, new AverageOf<T>(numberOf), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, average");

    /// <summary>The smallest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TOut3, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: false), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, min");

    /// <summary>The smallest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TValue?)>
        Min<T, TAgg, TAcc, TOut1, TOut2, TOut3, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: false), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, min");

    /// <summary>The largest value.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TOut3, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, TValue> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(row => valueOf(row), largest: true), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, max");

    /// <summary>The largest value; rows without one do not count.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>, (TAcc First, ExtremeState<TValue> Second), (TOut1, TOut2, TOut3, TValue?)>
        Max<T, TAgg, TAcc, TOut1, TOut2, TOut3, TValue>(this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<T, TValue?> valueOf)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)>
        where TValue : struct, IComparable<TValue> =>
        new(new Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), ExtremeOf<T, TValue>, ExtremeState<TValue>, TValue?, (TOut1, TOut2, TOut3, TValue?)>(source.Aggregator, new ExtremeOf<T, TValue>(valueOf, largest: true), static (a, b) => (a.Item1, a.Item2, a.Item3, b)), $"{source.Description}, max");

    /// <summary>Turns the result into another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, TOut, TResult>, TAcc, TResult> Into<T, TAgg, TAcc, TOut, TResult>(
        this Aggregate<T, TAgg, TAcc, TOut> source, Func<TOut, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, TOut> =>
        new(new MappedResult<T, TAgg, TAcc, TOut, TResult>(source.Aggregator, result), source.Description);
}

/// <summary>An aggregate with its result turned into another type.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TAgg">The aggregate.</typeparam>
/// <typeparam name="TAcc">Its accumulator.</typeparam>
/// <typeparam name="TOut">Its result.</typeparam>
/// <typeparam name="TResult">The new result.</typeparam>
/// <param name="aggregator">The aggregate.</param>
/// <param name="result">The new result.</param>
public readonly struct MappedResult<T, TAgg, TAcc, TOut, TResult>(TAgg aggregator, Func<TOut, TResult> result) : IAggregator<T, TAcc, TResult>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly TAgg _aggregator = aggregator;

    /// <inheritdoc/>
    public void Add(ref TAcc accumulator, in T row) => _aggregator.Add(ref accumulator, row);

    /// <inheritdoc/>
    public void Merge(ref TAcc accumulator, in TAcc other) => _aggregator.Merge(ref accumulator, other);

    /// <inheritdoc/>
    public TResult Result(in TAcc accumulator) => result(_aggregator.Result(accumulator));
}
