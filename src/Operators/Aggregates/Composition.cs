namespace ActorStreams.Operators.Aggregates;

/// <summary>Puts aggregates together: the results are a tuple with one item each.</summary>
/// <remarks>One method per number of items, because C# cannot append to a tuple type. More than eight: combine with <c>Into</c> first.</remarks>
public static class AggregateComposition
{
    /// <summary>The first aggregate, written as those that follow it are.</summary>
    /// <param name="start">No aggregate yet.</param>
    /// <param name="first">The one to begin with: <c>rows => rows.Percentile(0.95, row => row.Price)</c>.</param>
    /// <returns>That aggregate alone: its result is no tuple.</returns>
    public static Aggregate<T, TAgg, TAcc, TOut> And<T, TAgg, TAcc, TOut>(
        this AggregateStart<T> start, Func<AggregateStart<T>, Aggregate<T, TAgg, TAcc, TOut>> first)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(first);
        return first(start);
    }

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, TOut1, TNext, TNextAcc, TNextOut, (TOut1, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, TOut1> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, TOut1>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TOut3, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TOut3, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TOut3, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, a.Item3, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TOut3, TOut4, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TOut3, TOut4, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, a.Item3, a.Item4, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TOut3, TOut4, TOut5, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, a.Item3, a.Item4, a.Item5, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, a.Item3, a.Item4, a.Item5, a.Item6, b));

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="source">The aggregates so far.</param>
    /// <param name="next">The one to add: <c>rows => rows.Max(row => row.Price)</c>.</param>
    public static Aggregate<T, Both<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7), TNext, TNextAcc, TNextOut, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TNextOut)>, (TAcc First, TNextAcc Second), (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TNextOut)>
        And<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TNext, TNextAcc, TNextOut>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7)> source, Func<AggregateStart<T>, Aggregate<T, TNext, TNextAcc, TNextOut>> next)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7)>
        where TNext : struct, IAggregator<T, TNextAcc, TNextOut> =>
        Join(source, next, static (a, b) => (a.Item1, a.Item2, a.Item3, a.Item4, a.Item5, a.Item6, a.Item7, b));

    private static Aggregate<T, Both<T, TA, TAccA, TOutA, TB, TAccB, TOutB, TOut>, (TAccA First, TAccB Second), TOut> Join<T, TA, TAccA, TOutA, TB, TAccB, TOutB, TOut>(
        Aggregate<T, TA, TAccA, TOutA> source, Func<AggregateStart<T>, Aggregate<T, TB, TAccB, TOutB>> next, Func<TOutA, TOutB, TOut> combine)
        where TA : struct, IAggregator<T, TAccA, TOutA>
        where TB : struct, IAggregator<T, TAccB, TOutB>
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(next);
        Aggregate<T, TB, TAccB, TOutB> second = next(default);
        return new(new Both<T, TA, TAccA, TOutA, TB, TAccB, TOutB, TOut>(source.Aggregator, second.Aggregator, combine), $"{source.Description}, {second.Description}",
            Both(source.WhyNotMerge, second.WhyNotMerge), Both(source.WhyNotRetract, second.WhyNotRetract));

        static string? Both(string? a, string? b) => a is null ? b : b is null ? a : $"{a}; {b}";
    }
}
