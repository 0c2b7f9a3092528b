namespace ActorStreams.Operators.Aggregates;

/// <summary>Where aggregates begin: <c>Aggregates.Of&lt;Order&gt;().Count().Max(o => o.Total)</c>.</summary>
public static partial class Aggregates
{
    /// <summary>Aggregates over rows of type <typeparamref name="T"/>; add at least one.</summary>
    public static AggregateStart<T> Of<T>() => default;

    /// <summary>Aggregates computed by the user's own <see cref="IAggregator{TIn, TAcc, TOut}"/>, which is merged or takes rows back if it also implements
    /// <see cref="IMergeable{TAcc}"/> or <see cref="IRetractable{TIn, TAcc}"/>.</summary>
    /// <param name="aggregator">How it is computed.</param>
    /// <param name="description">For plans and the definition that state is stored under; null: the name of its type.</param>
    public static Aggregate<TIn, TAgg, TAcc, TOut> By<TIn, TAgg, TAcc, TOut>(TAgg aggregator, string? description = null)
        where TAgg : struct, IAggregator<TIn, TAcc, TOut> => new(aggregator, description ?? typeof(TAgg).Name);
}

/// <summary>No aggregate yet.</summary>
/// <typeparam name="T">The row.</typeparam>
public readonly record struct AggregateStart<T>;
