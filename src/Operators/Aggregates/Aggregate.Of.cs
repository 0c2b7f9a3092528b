namespace ActorStreams;

/// <summary>Where aggregates begin: <c>Aggregates.Of&lt;Order&gt;().Count().Max(o => o.Total)</c>.</summary>
public static partial class Aggregate
{
    /// <summary>Aggregates over rows of type <typeparamref name="T"/>; add at least one. Operators give it to a lambda, too:
    /// <c>Aggregate(a => a.Count().Max(o => o.Total))</c>.</summary>
    public static AggregateStart<T> Of<T>() => default;

    /// <summary>Aggregates side by side, in their order: of any number, known only when the program runs.</summary>
    /// <param name="parts">At least one.</param>
    /// <returns>All of them in one accumulator; <see cref="Aggregate{TIn}.Into{TResult}"/> gives the results, by position, a
    /// type.</returns>
    /// <exception cref="ArgumentException"><paramref name="parts"/> is empty.</exception>
    public static Aggregate<T> Compose<T>(IEnumerable<Aggregate<T>> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Aggregate<T>? all = null;
        foreach (Aggregate<T> part in parts)
            all = all is null ? part : all.Then(part);
        return all ?? throw new ArgumentException("No aggregate to compose. Give at least one, such as Aggregates.Of<T>().Count().",
            nameof(parts));
    }

    /// <summary>Aggregates computed by the user's own <see cref="IAggregator{TIn, TAcc, TOut}"/>, which is merged or takes rows back if it
    /// also implements <see cref="IMergeable{TAcc}"/> or <see cref="IRetractable{TIn, TAcc}"/>.</summary>
    /// <param name="aggregator">How it is computed.</param>
    /// <param name="description">For plans and the definition that state is stored under; null: the name of its type.</param>
    public static Aggregate<TIn, TOut> By<TIn, TAgg, TAcc, TOut>(TAgg aggregator, string? description = null)
        where TAgg : struct, IAggregator<TIn, TAcc, TOut> =>
        new Aggregate<TIn, TAgg, TAcc, TOut>(aggregator, description ?? typeof(TAgg).Name);
}

/// <summary>No aggregate yet.</summary>
/// <typeparam name="T">The row.</typeparam>
public readonly record struct AggregateStart<T>
{
    /// <summary>The first aggregate, written as those that follow it are.</summary>
    /// <param name="first">The one to begin with: <c>rows => rows.Percentile(0.95, row => row.Price)</c>.</param>
    public Aggregate<T, TOut> And<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first(this);
    }

    /// <summary>The first aggregate, made before.</summary>
    /// <param name="first">The one to begin with.</param>
    public Aggregate<T, TOut> And<TOut>(Aggregate<T, TOut> first)
    {
        ArgumentNullException.ThrowIfNull(first);
        return first;
    }
}
