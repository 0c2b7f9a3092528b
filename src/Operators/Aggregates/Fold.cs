using ActorStreams.Core.Codecs;

namespace ActorStreams;

/// <summary>What a user's own function has folded; default before the first row.</summary>
/// <typeparam name="TAcc">The user's accumulator.</typeparam>
/// <param name="HasValue">Whether the seed has been taken.</param>
/// <param name="Value">The accumulator.</param>
internal record struct FoldState<TAcc>(bool HasValue, TAcc? Value);

/// <summary>An aggregate by the user's own functions: <c>Aggregates.Fold</c>.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TAcc">The accumulator.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
internal readonly struct FoldOf<T, TAcc, TOut> : IAggregator<T, FoldState<TAcc>, TOut>
{
    private readonly Func<TAcc> _seed;
    private readonly Func<TAcc, T, TAcc> _add;
    private readonly Func<TAcc, TOut> _result;
    private readonly Func<TAcc, TAcc, TAcc>? _merge;
    private readonly Func<TAcc, T, TAcc>? _retract;
    private readonly bool _isBounded;

    internal FoldOf(
        Func<TAcc> seed, Func<TAcc, T, TAcc> add, Func<TAcc, TOut> result, Func<TAcc, TAcc, TAcc>? merge, Func<TAcc, T, TAcc>? retract)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(add);
        ArgumentNullException.ThrowIfNull(result);
        (_seed, _add, _result, _merge, _retract, _isBounded) = (seed, add, result, merge, retract, NestingBound<TAcc>.IsNeeded);
    }

    /// <inheritdoc/>
    public void Add(ref FoldState<TAcc> accumulator, in T row) => accumulator = new(true, Checked(_add(ValueOf(accumulator), row)));

    /// <inheritdoc/>
    public void Check(in FoldState<TAcc> accumulator, in T row)
    {
        // the user's accumulator may change in place, so the row cannot be tried
    }

    /// <inheritdoc/>
    public void Merge(ref FoldState<TAcc> accumulator, in FoldState<TAcc> other)
    {
        if (_merge is null)
            throw new NotSupportedException("The fold was given no 'merge'.");
        if (other.HasValue)
            accumulator = new(true, Checked(_merge(ValueOf(accumulator), other.Value!)));
    }

    /// <inheritdoc/>
    public void Retract(ref FoldState<TAcc> accumulator, in T row)
    {
        if (_retract is null)
            throw new NotSupportedException("The fold was given no 'retract'.");
        accumulator = new(true, Checked(_retract(ValueOf(accumulator), row)));
    }

    /// <inheritdoc/>
    public TOut Result(in FoldState<TAcc> accumulator) => _result(ValueOf(accumulator));

    /// <summary>The accumulator, unless it contains itself too deep to be stored.</summary>
    private TAcc Checked(TAcc accumulator) => _isBounded ? NestingBound<TAcc>.Checked(accumulator) : accumulator;

    private TAcc ValueOf(in FoldState<TAcc> accumulator) => accumulator.HasValue ? accumulator.Value! : _seed();
}

public static partial class Aggregate
{
    /// <summary>An aggregate by functions of your own. They are called once a row: a struct that implements
    /// <see cref="IAggregator{TIn, TAcc, TOut}"/> is faster.</summary>
    /// <param name="seed">The empty accumulator; a new one at every call if it changes in place.</param>
    /// <param name="add">The accumulator with a row added: a new one, or the same changed in place; then it throws, if at all, before it
    /// changes anything.</param>
    /// <param name="result">The result so far; shares nothing that changes with the accumulator.</param>
    /// <param name="merge">The first accumulator with the rows of the second, which it neither changes nor keeps; null: cannot be
    /// merged.</param>
    /// <param name="retract">The accumulator with a row taken back; null: cannot take rows back.</param>
    /// <param name="description">For plans and the definition that state is stored under.</param>
    /// <typeparam name="T">The row.</typeparam>
    /// <typeparam name="TAcc">The accumulator: it is stored, so it needs a codec.</typeparam>
    /// <typeparam name="TOut">The result.</typeparam>
    public static Aggregate<T, TOut> Fold<T, TAcc, TOut>(
        Func<TAcc> seed, Func<TAcc, T, TAcc> add, Func<TAcc, TOut> result, Func<TAcc, TAcc, TAcc>? merge = null,
        Func<TAcc, T, TAcc>? retract = null, string description = "fold") =>
        new Aggregate<T, FoldOf<T, TAcc, TOut>, FoldState<TAcc>, TOut>(new(seed, add, result, merge, retract), description,
            merge is null ? $"{description} cannot be merged: give it a '{nameof(merge)}'" : null,
            retract is null ? $"{description} cannot take rows back: give it a '{nameof(retract)}'" : null);

    /// <summary>An aggregate by functions of your own: the other <c>Fold</c>, where the type of the rows is known already.</summary>
    public static Aggregate<T, TOut> Fold<T, TAcc, TOut>(
        this AggregateStart<T> source, Func<TAcc> seed, Func<TAcc, T, TAcc> add, Func<TAcc, TOut> result,
        Func<TAcc, TAcc, TAcc>? merge = null, Func<TAcc, T, TAcc>? retract = null, string description = "fold") =>
        Fold(seed, add, result, merge, retract, description);

    /// <summary>An aggregate by functions of your own, after others over the same rows.</summary>
    /// <returns>The aggregates so far, and this one after them.</returns>
    public static Aggregate<T, (TBefore, TOut)> Fold<T, TBefore, TAcc, TOut>(
        this Aggregate<T, TBefore> before, Func<TAcc> seed, Func<TAcc, T, TAcc> add, Func<TAcc, TOut> result,
        Func<TAcc, TAcc, TAcc>? merge = null, Func<TAcc, T, TAcc>? retract = null, string description = "fold") =>
        before.And(Aggregate.Of<T>().Fold(seed, add, result, merge, retract, description));
}
