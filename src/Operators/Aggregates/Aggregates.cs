namespace ActorStreams.Operators.Aggregates;

/// <summary>Where aggregates begin: <c>Aggregates.Of&lt;Order&gt;().Count().Max(o => o.Total)</c>.</summary>
public static partial class Aggregates
{
    /// <summary>Aggregates over rows of type <typeparamref name="T"/>; add at least one.</summary>
    public static AggregateStart<T> Of<T>() => default;

    /// <summary>Aggregates computed by the user's own <see cref="IAggregator{TIn, TAcc, TOut}"/>.</summary>
    public static Aggregate<TIn, TAgg, TAcc, TOut> By<TIn, TAgg, TAcc, TOut>(TAgg aggregator)
        where TAgg : struct, IAggregator<TIn, TAcc, TOut> => new(aggregator, typeof(TAgg).Name);
}

/// <summary>No aggregate yet.</summary>
/// <typeparam name="T">The row.</typeparam>
public readonly record struct AggregateStart<T>;
