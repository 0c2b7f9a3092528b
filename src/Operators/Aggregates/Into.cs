namespace ActorStreams.Operators.Aggregates;

/// <summary>Turns the results of aggregates into a type of the user's own.</summary>
public static class AggregateResults
{
    /// <summary>Turns the result into another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, TOut, TResult>, TAcc, TResult> Into<T, TAgg, TAcc, TOut, TResult>(
        this Aggregate<T, TAgg, TAcc, TOut> source, Func<TOut, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(result);
        return new(new MappedResult<T, TAgg, TAcc, TOut, TResult>(source.Aggregator, result), source.Description, source.WhyNotMerge, source.WhyNotRetract);
    }

    /// <summary>Turns the two results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2)> source, Func<TOut1, TOut2, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2)> =>
        source.Into(all => result(all.Item1, all.Item2));

    /// <summary>Turns the three results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3)> source, Func<TOut1, TOut2, TOut3, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3));

    /// <summary>Turns the four results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4)> source, Func<TOut1, TOut2, TOut3, TOut4, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3, all.Item4));

    /// <summary>Turns the five results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> source, Func<TOut1, TOut2, TOut3, TOut4, TOut5, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3, all.Item4, all.Item5));

    /// <summary>Turns the six results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6)> source, Func<TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3, all.Item4, all.Item5, all.Item6));

    /// <summary>Turns the seven results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7)> source, Func<TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3, all.Item4, all.Item5, all.Item6, all.Item7));

    /// <summary>Turns the eight results into one of another type.</summary>
    /// <param name="source">The aggregates.</param>
    /// <param name="result">The new result; called once per result, not per row.</param>
    public static Aggregate<T, MappedResult<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TOut8), TResult>, TAcc, TResult>
        Into<T, TAgg, TAcc, TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TOut8, TResult>(
            this Aggregate<T, TAgg, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TOut8)> source, Func<TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TOut8, TResult> result)
        where TAgg : struct, IAggregator<T, TAcc, (TOut1, TOut2, TOut3, TOut4, TOut5, TOut6, TOut7, TOut8)> =>
        source.Into(all => result(all.Item1, all.Item2, all.Item3, all.Item4, all.Item5, all.Item6, all.Item7, all.Item8));
}
