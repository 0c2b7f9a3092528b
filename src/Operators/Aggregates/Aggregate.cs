namespace ActorStreams.Operators.Aggregates;

/// <summary>Folds rows into an accumulator, and an accumulator into a result.</summary>
/// <remarks>
/// Implemented by structs, so that the loop over the rows is compiled for each aggregate by itself, without a call per row. The default value of
/// <typeparamref name="TAcc"/> is the empty accumulator; it is stored, so it needs a codec.
/// </remarks>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAcc">The accumulator.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
public interface IAggregator<TIn, TAcc, TOut>
{
    /// <summary>Adds a row.</summary>
    void Add(ref TAcc accumulator, in TIn row);

    /// <summary>Adds everything that <paramref name="other"/> holds.</summary>
    void Merge(ref TAcc accumulator, in TAcc other);

    /// <summary>The result so far.</summary>
    TOut Result(in TAcc accumulator);
}

/// <summary>An aggregate ready to be used by a window: made by <see cref="Aggregates"/>, extended by its own methods.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAgg">How it is computed.</typeparam>
/// <typeparam name="TAcc">What is kept per key and window.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
/// <param name="aggregator">How it is computed.</param>
/// <param name="description">For plans.</param>
public sealed class Aggregate<TIn, TAgg, TAcc, TOut>(TAgg aggregator, string description)
    where TAgg : struct, IAggregator<TIn, TAcc, TOut>
{
    /// <summary>How it is computed.</summary>
    public TAgg Aggregator { get; } = aggregator;

    /// <summary>What it computes, for plans.</summary>
    public string Description { get; } = description;
}
