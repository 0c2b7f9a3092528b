namespace ActorStreams.Authoring;

/// <summary>Folds rows into an accumulator, and an accumulator into a result.</summary>
/// <remarks>
/// <para>Implemented by structs, so that the loop over the rows is compiled for each aggregate by itself, without a call per row. The
/// default value of
/// <typeparamref name="TAcc"/> is the empty accumulator; it is stored, so it needs a codec.</para>
/// <para>An aggregator that can do more says so with <see cref="IMergeable{TAcc}"/> and <see cref="IRetractable{TIn, TAcc}"/>: their
/// public method is then
/// also the one declared here, which operators call without an interface dispatch. Whether they may is asked of
/// <see cref="Aggregate{TIn}.CanMerge"/> and <see cref="Aggregate{TIn}.CanRetract"/> when the
/// pipeline is built.</para>
/// </remarks>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAcc">The accumulator.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
public interface IAggregator<TIn, TAcc, TOut>
{
    /// <summary>Adds a row. If it throws, what the accumulator refers to (a list, an array) must be as before; its own fields need
    /// not.</summary>
    void Add(ref TAcc accumulator, in TIn row);

    /// <summary>The result so far. It shares nothing that changes with the accumulator, which goes on.</summary>
    TOut Result(in TAcc accumulator);

    /// <summary>Throws what <see cref="Add"/> would throw for the row, and changes nothing. Asked before a row is added where rows that
    /// throw are skipped and
    /// the accumulator refers to something: then a copy of it is no protection.</summary>
    void Check(in TAcc accumulator, in TIn row)
    {
    }

    /// <inheritdoc cref="IMergeable{TAcc}.Merge"/>
    /// <exception cref="NotSupportedException">The aggregator is not <see cref="IMergeable{TAcc}"/>.</exception>
    void Merge(ref TAcc accumulator, in TAcc other)
    {
        if (this is not IMergeable<TAcc> mergeable)
            throw new NotSupportedException($"'{GetType().Name}' cannot merge accumulators. Implement {nameof(IMergeable<>)} on it.");
        mergeable.Merge(ref accumulator, other);
    }

    /// <inheritdoc cref="IRetractable{TIn, TAcc}.Retract"/>
    /// <exception cref="NotSupportedException">The aggregator is not <see cref="IRetractable{TIn, TAcc}"/>.</exception>
    void Retract(ref TAcc accumulator, in TIn row)
    {
        if (this is not IRetractable<TIn, TAcc> retractable)
            throw new NotSupportedException($"'{GetType().Name}' cannot take rows back. Implement {nameof(IRetractable<,>)} on it.");
        retractable.Retract(ref accumulator, row);
    }

    /// <summary>Whether a row can be taken back: false only if it is certain that it is not there. Asked before <see cref="Retract"/>
    /// where weights may come in any order:
    /// what is not there is remembered outside of the accumulator until it comes. True where taking back is exact in any order, as for
    /// sums.</summary>
    bool Holds(in TAcc accumulator, in TIn row) => true;

    /// <summary>Whether <see cref="Unmerge"/> is possible and exact: merging what was unmerged gives the same accumulator to the last
    /// bit.</summary>
    /// <remarks>Then hopping windows are kept by adding the slice that comes and subtracting the one that goes. Not so for floating-point
    /// numbers and extremes.</remarks>
    bool CanUnmerge => false;

    /// <summary>Takes back everything that <paramref name="other"/> holds, all of which has been merged before; asked only where
    /// <see cref="CanUnmerge"/>.</summary>
    /// <exception cref="NotSupportedException">The aggregator cannot.</exception>
    void Unmerge(ref TAcc accumulator, in TAcc other) =>
        throw new NotSupportedException($"'{GetType().Name}' cannot subtract accumulators.");
}

/// <summary>An aggregator whose accumulators can be merged: needed by hopping and session windows and by aggregation in two
/// phases.</summary>
/// <typeparam name="TAcc">The accumulator.</typeparam>
public interface IMergeable<TAcc>
{
    /// <summary>Adds everything that <paramref name="other"/> holds, as if its rows had come after those of
    /// <paramref name="accumulator"/>.</summary>
    /// <param name="accumulator">Shares nothing that changes with <paramref name="other"/> afterwards: what it takes over it
    /// copies.</param>
    /// <param name="other">Stays as it is.</param>
    void Merge(ref TAcc accumulator, in TAcc other);
}

/// <summary>An aggregator that can take a row back (weight −1): needed where its input is a table's changes.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAcc">The accumulator.</typeparam>
public interface IRetractable<TIn, TAcc>
{
    /// <summary>Takes back a row that was added before: the result is as if it had never come.</summary>
    void Retract(ref TAcc accumulator, in TIn row);
}
