using ActorStreams.Core.Codecs;

namespace ActorStreams;

/// <summary>Makes one row of two: <c>Reduce</c>.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct ReduceOf<T> : IAggregator<T, FoldState<T>, T>, IMergeable<FoldState<T>>
{
    private readonly Func<T, T, T> _reduce;
    private readonly bool _isBounded;

    public ReduceOf(Func<T, T, T> reduce)
    {
        ArgumentNullException.ThrowIfNull(reduce);
        (_reduce, _isBounded) = (reduce, NestingBound<T>.IsNeeded);
    }

    public void Add(ref FoldState<T> accumulator, in T row) =>
        accumulator = new(true, accumulator.HasValue ? Checked(_reduce(accumulator.Value!, row)) : row);

    public void Check(in FoldState<T> accumulator, in T row)
    {
        // The function may change what it is given in place, so the row cannot be tried.
    }

    public void Merge(ref FoldState<T> accumulator, in FoldState<T> other)
    {
        if (other.HasValue)
            Add(ref accumulator, other.Value!);
    }

    public T Result(in FoldState<T> accumulator) => accumulator.Value!;

    /// <summary>The row, unless it contains itself too deep to be stored.</summary>
    private T Checked(T row) => _isBounded ? NestingBound<T>.Checked(row) : row;
}

/// <summary>An aggregate whose result is of the rows' own type.</summary>
public static class ReduceAggregate
{
    /// <summary>All rows, made one two by two, in the order of their arrival: the first as it is, then <c>reduce(so far,
    /// row)</c>.</summary>
    /// <param name="source">Says what the rows are.</param>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. It must be associative where accumulators are merged, as
    /// in sessions and hopping windows: <c>reduce(reduce(a, b), c)</c> is then <c>reduce(a, reduce(b, c))</c>.</param>
    /// <param name="description">For plans and the definition that state is stored under.</param>
    /// <returns>T → T; default of nothing.</returns>
    /// <remarks>Keeps one row: it needs a codec. It can be merged; it cannot take rows back.</remarks>
    public static Aggregate<T, T> Reduce<T>(this AggregateStart<T> source, Func<T, T, T> reduce, string description = "reduce") =>
        new Aggregate<T, ReduceOf<T>, FoldState<T>, T>(
            new(reduce), description, null,
            $"{description} cannot take rows back, because it has no inverse: use Fold, with a 'retract'");

    /// <inheritdoc cref="Reduce{T}(AggregateStart{T}, Func{T, T, T}, string)"/>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, T)> Reduce<T, TBefore>(
        this Aggregate<T, TBefore> before, Func<T, T, T> reduce, string description = "reduce") =>
        before.And(Aggregate.Of<T>().Reduce(reduce, description));
}
