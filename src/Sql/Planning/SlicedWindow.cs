using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>An aggregate by windows that adds a row up once, whatever the number of its windows, by the windows that C# users have:
/// those of rows that only come, each window given once, when it is complete.</summary>
/// <param name="Window">TUMBLE or HOP.</param>
/// <param name="Filter">Which rows of the window's input are taken; null: all.</param>
/// <param name="Keys">The keys of the aggregate, over the window's columns.</param>
/// <param name="Step">What the columns of the aggregate's input are, over the window's columns.</param>
internal sealed record SlicedWindow(WindowRelation Window, BoundExpression? Filter, IReadOnlyList<BoundExpression> Keys, RowStep Step)
{
    /// <summary>Null: it has to be run another way.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="whenClosed">Rows come when windows are complete.</param>
    public static SlicedWindow? Of(AggregateRelation aggregate, bool whenClosed)
    {
        if (!whenClosed || aggregate.Sets.Count != 1 || aggregate.Sets[0].Count != aggregate.Keys.Count
            || !aggregate.Aggregates.All(CanMerge))
            return null;
        RowStep step = RowStep.Of(aggregate.Input);
        Relation input = step.Input is SharedRelation shared ? shared.Inputs[0] : step.Input;
        if (input is not WindowRelation { Kind: WindowKind.Tumble or WindowKind.Hop } window || !IsByEventTime(window))
            return null;
        int inputs = window.Input.Columns.Count;
        BoundExpression[] keys = [.. aggregate.Keys.Select(key => Over(key, step))];
        bool hasBounds = Array.Exists(keys, key => IsBound(key, inputs));
        bool isOfRow = keys.Where(key => !IsBound(key, inputs)).Concat(aggregate.Aggregates.Select(one => Over(one, step)))
            .Append(step.Filter).OfType<BoundExpression>().SelectMany(static one => one.All()).OfType<ColumnExpression>()
            .All(column => column.Ordinal < inputs);
        return hasBounds && isOfRow ? new SlicedWindow(window, step.Filter, keys, step) : null;
    }

    /// <summary>Whether it is the start, the end or the time of the window.</summary>
    /// <param name="key">Over the window's columns.</param>
    /// <param name="inputs">How many columns the window's input has.</param>
    public static bool IsBound(BoundExpression key, int inputs) => key is ColumnExpression column && column.Ordinal >= inputs;

    /// <summary>Something over the aggregate's input, over the window's columns.</summary>
    public static BoundExpression Over(BoundExpression value, RowStep step) =>
        value.Rewrite(one => one is ColumnExpression column ? step.Values[column.Ordinal] : one);

    /// <summary>The event time of the rows is the time that puts them into windows: nothing between them and their table has changed
    /// it.</summary>
    private static bool IsByEventTime(WindowRelation window)
    {
        RowStep step = RowStep.Of(window.Input);
        return step.Input is ScanRelation { Table: { Query: null, IsAppendOnly: true, Watermarks: [var watermark] } }
            && window.Time is ColumnExpression time && step.Values[time.Ordinal] is ColumnExpression column
            && column.Ordinal == watermark.Column;
    }

    /// <summary>What is exact in any order, cannot fail, and is put together from slices. Floating-point sums are not.</summary>
    private static bool CanMerge(AggregateExpression aggregate) => aggregate.Signature.Own is null && aggregate.Signature.Name switch
    {
        "count" or "bool_and" or "bool_or" or "every" => !aggregate.IsDistinct,
        "sum" or "avg" => !aggregate.IsDistinct && (aggregate.Arguments[0].Type.IsInteger
            || aggregate.Arguments[0].Type.Kind == SqlKind.Numeric),
        "min" or "max" => true,
        _ => false,
    };
}
