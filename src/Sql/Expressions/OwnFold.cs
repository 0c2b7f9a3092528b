using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>What an aggregate of the application's own keeps for a group.</summary>
/// <param name="Value">The accumulator.</param>
/// <param name="Owed">Rows that were taken away before they came; null: there are none.</param>
internal readonly record struct OwnState<TAcc, TRow>(TAcc Value, TRow[]? Owed);

/// <summary>An aggregate of the application's own over rows of SQL.</summary>
internal abstract class OwnFold
{
    /// <summary>The type of what is kept for a group.</summary>
    public abstract Type State { get; }

    /// <summary>The class that compiled code calls.</summary>
    public abstract Type Calls { get; }
}

/// <inheritdoc/>
/// <remarks>Compiled code calls its static methods, which are given the object as a constant.</remarks>
internal abstract class OwnFold<TRow, TAcc, TValue> : OwnFold
{
    public override Type State => typeof(OwnState<TAcc, TRow>);

    public override Type Calls => typeof(OwnFold<TRow, TAcc, TValue>);

    public static OwnState<TAcc, TRow> With(OwnState<TAcc, TRow> state, Maybe<TRow> row, OwnFold<TRow, TAcc, TValue> fold) =>
        row.HasValue ? fold.With(state, row.Value!) : state;

    public static OwnState<TAcc, TRow> Without(OwnState<TAcc, TRow> state, Maybe<TRow> row, OwnFold<TRow, TAcc, TValue> fold) =>
        row.HasValue ? fold.Without(state, row.Value!) : state;

    public static Maybe<TValue> Result(OwnState<TAcc, TRow> state, OwnFold<TRow, TAcc, TValue> fold) => fold.Result(state.Value);

    /// <summary>The value over rows that are kept.</summary>
    /// <param name="rows">In their order; null: none.</param>
    /// <param name="distinct">Of rows that are equal by it, which follow each other, the first counts; null: all do.</param>
    /// <param name="fold">The aggregate.</param>
    public static Maybe<TValue> OfAll(SqlArray<TRow>? rows, IComparer<TRow>? distinct, OwnFold<TRow, TAcc, TValue> fold)
    {
        OwnState<TAcc, TRow> state = default;
        for (int at = 0; at < (rows?.Count ?? 0); at++)
        {
            if (distinct is null || at == 0 || distinct.Compare(rows!.Items[at - 1], rows.Items[at]) != 0)
                state = fold.With(state, rows!.Items[at]);
        }

        return fold.Result(state.Value);
    }

    protected abstract OwnState<TAcc, TRow> With(in OwnState<TAcc, TRow> state, in TRow row);

    protected abstract OwnState<TAcc, TRow> Without(in OwnState<TAcc, TRow> state, in TRow row);

    protected abstract Maybe<TValue> Result(in TAcc accumulator);
}

/// <inheritdoc/>
/// <param name="aggregator">How it is computed.</param>
/// <param name="read">The row of the aggregate, of one of SQL.</param>
/// <param name="value">The value of SQL, of a result.</param>
internal sealed class OwnFold<TRow, TIn, TAgg, TAcc, TOut, TValue>(
    TAgg aggregator, RowFunction<TRow, TIn> read, RowFunction<TOut, Maybe<TValue>> value) : OwnFold<TRow, TAcc, TValue>
    where TAgg : struct, IAggregator<TIn, TAcc, TOut>
{
    protected override OwnState<TAcc, TRow> With(in OwnState<TAcc, TRow> state, in TRow row)
    {
        int owed = state.Owed is null ? -1 : Array.IndexOf(state.Owed, row);
        if (owed >= 0)
            return state with { Owed = state.Owed!.Length == 1 ? null : [.. state.Owed[..owed], .. state.Owed[(owed + 1)..]] };
        TAcc accumulator = state.Value;
        aggregator.Add(ref accumulator, read(row));
        return state with { Value = accumulator };
    }

    protected override OwnState<TAcc, TRow> Without(in OwnState<TAcc, TRow> state, in TRow row)
    {
        TAcc accumulator = state.Value;
        TIn gone = read(row);
        if (!aggregator.Holds(accumulator, gone))
            return state with { Owed = [.. state.Owed ?? [], row] };
        aggregator.Retract(ref accumulator, gone);
        return state with { Value = accumulator };
    }

    protected override Maybe<TValue> Result(in TAcc accumulator) => aggregator.Result(accumulator) is { } result ? value(result) : default;
}
