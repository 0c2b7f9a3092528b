using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Makes the operators of a <see cref="SlicedWindow"/>.</summary>
/// <param name="types">Makes row types.</param>
/// <param name="context">What now() reads.</param>
/// <param name="loop">A filter and a projection of a stream: (stream, what comes in, what goes out, filter, columns) → stream.</param>
internal sealed class SlicedWindowPlan(
    RowTypes types, RowContext context, Func<object, RowCarrier, RowCarrier, BoundExpression?, IReadOnlyList<BoundExpression>, object> loop)
{
    /// <summary>The results, as changes.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="sliced">How it is run.</param>
    /// <param name="rows">The input of the window; none is ever taken back.</param>
    /// <param name="output">The columns of the aggregate.</param>
    /// <param name="name">Of the operator.</param>
    public PlannedRows Plan(AggregateRelation aggregate, SlicedWindow sliced, PlannedRows rows, RowLayout output, string name)
    {
        int inputs = sliced.Window.Input.Columns.Count;
        var state = new AggregateState(types, context, onlyAdds: true);
        BoundExpression[] ofRow = [.. sliced.Keys.Where(key => !SlicedWindow.IsBound(key, inputs))];
        BoundExpression[] values =
            [.. ofRow, .. aggregate.Aggregates.Select(one => SlicedWindow.Over(state.ArgumentOf(one), sliced.Step))];
        (object stream, RowCarrier carrier, values) = Prepared(rows, sliced, values);
        for (int at = 0; at < aggregate.Aggregates.Count; at++)
            state.Add(aggregate.Aggregates[at], OfOther(values[ofRow.Length + at]));
        RowLayout key = LayoutOrTrue(values.Take(ofRow.Length).Select(static (one, at) => Column("k", one, at, one.IsNullable)));
        RowLayout cells = LayoutOrTrue(state.Columns);
        RowLayout results = LayoutOrTrue(state.Results.Select(static (one, at) => Column("r", one, at, true)));
        bool isExact = state.Unmerged.All(static one => one is not null);
        object aggregator = AggregateCompiler.Of(carrier, cells, results, new CompiledAggregate(OrTrue(state.Added),
            OrTrue([.. state.Merged.Select(static one => one!)]), isExact ? OrTrue([.. state.Unmerged.Select(static one => one!)]) : null,
            OrTrue(state.Results)), context);
        object windows = PlanSteps.Call(nameof(PlanSteps.SlicedWindows),
            [key.Row, carrier.Type, aggregator.GetType(), cells.Row, results.Row], stream, name,
            RowCompiler.Key(carrier, key, OrTrue([.. values.Take(ofRow.Length)]), context), aggregator, Kind(sliced.Window),
            string.Join(", ", aggregate.Aggregates.DefaultIfEmpty<object>("rows")));

        int next = 0;
        BoundExpression[] columns =
        [
            .. sliced.Keys.Select(one => SlicedWindow.IsBound(one, inputs) ? Bound((ColumnExpression)one, inputs, key, results)
                : key.Column(next++)),
            .. state.Results.Select((_, at) => results.Column(at, 2)),
        ];
        return new PlannedRows(output,
            loop(windows, RowCarrier.WindowResults(key, results), RowCarrier.Changes(output), null, columns), IsFinal: true);
    }

    /// <summary>The rows as the aggregate reads them: as they are where nothing has to be computed of them that costs more than reading
    /// it, or can fail; else as rows of their own.</summary>
    private (object Stream, RowCarrier Carrier, BoundExpression[] Values) Prepared(
        PlannedRows rows, SlicedWindow sliced, BoundExpression[] values)
    {
        BoundExpression? filter = sliced.Filter;

        // A time that is not there, or is infinite, is in no window.
        if (sliced.Window.Time.IsNullable || rows.Layout.Reads is null)
        {
            BoundExpression isInWindow = Resolve.IsNull(EventTimes.Micros(sliced.Window.Time), isNegated: true);
            filter = filter is null ? isInWindow : Resolve.Logic(isAnd: true, isInWindow, filter);
        }

        if (filter is null && Array.TrueForAll(values, static one => one is ColumnExpression or ConstantExpression))
            return (rows.Stream, rows.Carrier, values);
        RowLayout layout = LayoutOrTrue(values.Select(static (one, at) => Column("a", one, at, one.IsNullable)));
        RowCarrier carrier = rows.Carrier.Weight is null ? RowCarrier.Plain(layout) : RowCarrier.Changes(layout);
        return (loop(rows.Stream, rows.Carrier, carrier, filter, OrTrue(values)), carrier,
            [.. values.Select((_, at) => layout.Column(at))]);
    }

    private static WindowAssigner Kind(WindowRelation window)
    {
        TimeSpan size = TimeSpan.FromMicroseconds(window.Size), offset = TimeSpan.FromMicroseconds(window.Offset);
        return window.Kind == WindowKind.Tumble ? Window.Tumbling(size, offset)
            : Window.Hopping(size, TimeSpan.FromMicroseconds(window.Step), offset);
    }

    private static BoundExpression Bound(ColumnExpression column, int inputs, RowLayout key, RowLayout results)
    {
        RowLayout bounds = RowCarrier.WindowResults(key, results).Rows[1].Layout;
        BoundExpression start = bounds.Column(0, 1), end = bounds.Column(1, 1);
        return EventTimes.At(
            (column.Ordinal - inputs) switch { 0 => start, 1 => end, _ => EventTimes.BeforeEnd(end) }, column.Type);
    }

    private static BoundExpression OfOther(BoundExpression value) => value.Rewrite(static one =>
        one is ColumnExpression column ? new ColumnExpression(1, column.Ordinal, column.Name, column.Type, column.IsNullable) : one);

    private static RowColumn Column(string prefix, BoundExpression value, int at, bool isNullable) =>
        new($"{prefix}{at}", AggregatePlan.Stored(value.Type), isNullable);

    private RowLayout LayoutOrTrue(IEnumerable<RowColumn> columns) =>
        types.Of([.. columns.DefaultIfEmpty(new RowColumn("one", SqlType.Boolean, true))]);

    private static IReadOnlyList<BoundExpression> OrTrue(IReadOnlyList<BoundExpression> expressions) =>
        expressions.Count > 0 ? expressions : [Resolve.Boolean(true)];
}
