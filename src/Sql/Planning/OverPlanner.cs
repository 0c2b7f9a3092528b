using ActorStreams.Operators.Changelogs;
using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Functions over windows of rows: what each reads, and how it is computed.</summary>
/// <param name="row">The rows.</param>
/// <param name="columns">What they are, for their times.</param>
/// <param name="types">Makes row types.</param>
/// <param name="context">What now() reads.</param>
internal sealed class OverPlanner(RowLayout row, IReadOnlyList<RelationColumn> columns, RowTypes types, RowContext context)
{
    /// <summary>The results of the functions, as a row: one column for each.</summary>
    public RowLayout ResultsOf(IReadOnlyList<OverExpression> functions) => types.Of([.. functions
        .Select(static (one, at) => new RowColumn($"r{at}", AggregatePlan.Stored(one.Type), true))
        .DefaultIfEmpty(new RowColumn("one", SqlType.Boolean, true))]);

    /// <summary>A plan of the operator.</summary>
    /// <param name="functions">All over one partition and order.</param>
    /// <param name="partitionBy">Of all of them.</param>
    /// <param name="order">Of all of them.</param>
    /// <param name="range">Which rows are given.</param>
    /// <param name="whenClosed">Rows come when they are final.</param>
    /// <param name="hasLateRows">Rows may come late for their window.</param>
    /// <param name="onlyAdds">No row is ever taken back.</param>
    /// <returns>The <see cref="OverPlan{TRow, TResult}"/>, and whether its rows are final.</returns>
    public (object Plan, bool IsFinal) Plan(
        IReadOnlyList<OverExpression> functions, IReadOnlyList<BoundExpression> partitionBy, IReadOnlyList<OrderKey> order,
        RankRange range, bool whenClosed, bool hasLateRows, bool onlyAdds)
    {
        RowLayout results = ResultsOf(functions);
        OverBuilder builder = OverBuilder.Of(row.Row, results.Row);
        int[] numbers = [.. Places(functions, IsNumber)];
        if (numbers.Length > 0)
            Numbers(builder, functions, results, numbers);
        foreach (int at in Places(functions, IsReference))
            Reference(builder, functions[at], results, at, order);
        foreach (IGrouping<string, int> frame in Places(functions, static name => !IsNumber(name) && !IsReference(name))
            .GroupBy(at => functions[at].Frame.ToString()))
            Aggregates(builder, functions, results, [.. frame], order);

        BoundExpression? windowEnd = partitionBy.OfType<ColumnExpression>().FirstOrDefault(one => columns[one.Ordinal].HasWatermark);
        bool isByTime = order.Count > 0 && !order[0].IsDescending && order[0].Value is ColumnExpression first
            && columns[first.Ordinal].Time == TimeRole.EventTime;
        bool isFinal = whenClosed && windowEnd is null && isByTime;
        OverEmission emits = isFinal ? OverEmission.WhenFinal
            : windowEnd is not null && (whenClosed || !hasLateRows) ? OverEmission.OfWindows : OverEmission.WithChanges;
        BoundExpression? closesAt = isFinal ? order[0].Value : windowEnd is null ? null : EndOf((ColumnExpression)windowEnd);
        if (closesAt is null && emits == OverEmission.OfWindows)
            emits = OverEmission.WithChanges;
        return (builder.Plan(RowOrder.Of(row, order, context), range with { NeedsAll = builder.NeedsAll || isFinal },
            closesAt is null ? null : EventTimes.Of(row, closesAt, context), emits, onlyAdds), isFinal);
    }

    /// <summary>The last instant of a row's window, where the row says the end of it.</summary>
    private BoundExpression? EndOf(ColumnExpression partition)
    {
        int end = columns.ToList().FindIndex(static column => column is { Time: TimeRole.WindowEnd, HasWatermark: true });
        if (end < 0)
            return columns[partition.Ordinal].Time == TimeRole.EventTime ? partition : null;
        var span = new ConstantExpression(SqlInterval.OfMicros(1), SqlType.Interval);
        return Resolve.Operator("-", row.Column(end), span);
    }

    private static IEnumerable<int> Places(IReadOnlyList<OverExpression> functions, Func<string, bool> isOne) =>
        Enumerable.Range(0, functions.Count).Where(at => isOne(functions[at].Signature.Name));

    private static bool IsNumber(string name) =>
        name is "row_number" or "rank" or "dense_rank" or "percent_rank" or "cume_dist" or "ntile";

    private static bool IsReference(string name) => name is "lag" or "lead" or "first_value" or "last_value" or "nth_value";

    private void Numbers(OverBuilder builder, IReadOnlyList<OverExpression> functions, RowLayout results, int[] places)
    {
        string[] names = [nameof(RowNumbers.RowNumber), nameof(RowNumbers.Rank), nameof(RowNumbers.DenseRank),
            nameof(RowNumbers.LastPeer), nameof(RowNumbers.Rows)];
        var numbers = new RowLayout(typeof(RowNumbers), [.. names.Select(static name => new RowColumn(name, SqlType.BigInt, false))],
            [.. names.Select(static name => typeof(RowNumbers).GetField(name)!)]);
        ColumnExpression rowNumber = numbers.Column(0, 1), rank = numbers.Column(1, 1), lastPeer = numbers.Column(3, 1),
            rows = numbers.Column(4, 1);
        BoundExpression one = Resolve.Integer(1);
        BoundExpression Double(BoundExpression value) => Resolve.Cast(value, SqlType.Double);
        Delegate put = Put(results, numbers, places, at => functions[at].Signature.Name switch
        {
            "row_number" => rowNumber,
            "rank" => rank,
            "dense_rank" => numbers.Column(2, 1),
            "percent_rank" => Resolve.Case([(Resolve.Operator(">", rows, one),
                Resolve.Operator("/", Double(Resolve.Operator("-", rank, one)), Double(Resolve.Operator("-", rows, one))))],
                Double(Resolve.Integer(0))),
            "cume_dist" => Resolve.Operator("/", Double(lastPeer), Double(rows)),
            _ => Tile(functions[at], rowNumber, rows),
        });
        builder.Numbers(put, places.Any(at => functions[at].Signature.Name is "percent_rank" or "cume_dist" or "ntile"));
    }

    /// <summary>The first buckets have a row more where they cannot have the same number.</summary>
    private static BoundExpression Tile(OverExpression function, BoundExpression rowNumber, BoundExpression rows)
    {
        if (function.Arguments[0] is not ConstantExpression constant)
            throw new SqlFault(SqlState.FeatureNotSupported, "ntile takes a constant", function.Position);
        if (constant.Value is int and <= 0)
            throw new SqlFault("22014", "argument of ntile must be greater than zero", function.Position);
        BoundExpression buckets = Resolve.Cast(constant, SqlType.BigInt), one = Resolve.Cast(Resolve.Integer(1), SqlType.BigInt);
        BoundExpression size = Resolve.Operator("/", rows, buckets), larger = Resolve.Operator("%", rows, buckets);
        BoundExpression place = Resolve.Operator("-", rowNumber, one), more = Resolve.Operator("+", size, one);
        BoundExpression inLarger = Resolve.Operator("*", larger, more);
        BoundExpression tile = Resolve.Case([(Resolve.Operator("<", place, inLarger),
            Resolve.Operator("+", Resolve.Operator("/", place, more), one))],
            Resolve.Operator("+", Resolve.Operator("+", larger, Resolve.Operator("/", Resolve.Operator("-", place, inLarger), size)), one));
        return Resolve.Cast(tile, SqlType.Integer);
    }

    private void Reference(OverBuilder builder, OverExpression function, RowLayout results, int at, IReadOnlyList<OrderKey> order)
    {
        string name = function.Signature.Name;
        ReferenceKind kind = name switch
        {
            "lag" => ReferenceKind.Lag,
            "lead" => ReferenceKind.Lead,
            "first_value" => ReferenceKind.First,
            "last_value" => ReferenceKind.Last,
            _ => ReferenceKind.Nth,
        };
        BoundExpression value = Filtered(function), distance = function.Arguments.Count > 1 ? function.Arguments[1] : Resolve.Integer(1);
        BoundExpression? otherwise = function.Arguments.Count > 2 ? function.Arguments[2] : null;
        if (kind == ReferenceKind.Nth && distance is ConstantExpression { Value: int and <= 0 })
            throw new SqlFault("22016", "argument of nth_value must be greater than zero", function.Position);
        Delegate putOf(BoundExpression read) => Put(results, row, [at], _ => RowOrder.OfOther(read));
        builder.Reference(kind, Frame(function.Frame, order),
            RowCompiler.Value(row, Resolve.Cast(distance, SqlType.BigInt), context, isNullable: true), putOf(value),
            otherwise is null ? null : putOf(otherwise),
            function.IgnoresNulls ? RowCompiler.Condition(row, Resolve.IsNull(value, false), context) : null,
            distance is ConstantExpression { Value: int far } ? far : null);
    }

    private static BoundExpression Filtered(OverExpression function) => function.Filter is null ? function.Arguments[0]
        : throw new SqlFault(SqlState.FeatureNotSupported, $"FILTER is not implemented for {function.Signature.Name}", function.Position);

    private void Aggregates(
        OverBuilder builder, IReadOnlyList<OverExpression> functions, RowLayout results, int[] places, IReadOnlyList<OrderKey> order)
    {
        AggregateExpression[] aggregates = [.. places.Select(at => new AggregateExpression(functions[at].Signature, functions[at].Arguments,
            functions[at].IsDistinct, functions[at].Filter, [], functions[at].Position))];
        var state = new AggregateState(types, context);
        BoundExpression[] values = [.. aggregates.Select(state.ArgumentOf)];
        RowLayout arguments =
            types.Of([.. values.Select(static (value, at) => new RowColumn($"a{at}", AggregatePlan.Stored(value.Type), value.IsNullable))]);
        for (int at = 0; at < aggregates.Length; at++)
            state.Add(aggregates[at], arguments.Column(at, 1));
        RowLayout cells = types.Of([.. state.Columns]);
        var place = new Dictionary<int, int>();
        for (int at = 0; at < places.Length; at++)
            place[places[at]] = at;
        FrameParts frame = Frame(functions[places[0]].Frame, order);

        // What is rounded does not come back to what it was.
        bool isExact = frame.Start.IsFirst || !state.Columns.Any(static column => column.Type.Kind is SqlKind.Double or SqlKind.Real);
        builder.Aggregates(arguments.Row, cells.Row, frame, RowCompiler.Row(row, arguments, values, context),
            RowCompiler.Pair(cells, arguments, cells, state.Added, context),
            isExact && state.CanRemove ? RowCompiler.Pair(cells, arguments, cells, state.Removed, context) : null,
            Put(results, cells, places, at => RowOrder.OfOther(state.Results[place[at]])));
    }

    /// <summary>A row of results (input 0) with some columns made of another row (input 1).</summary>
    private Delegate Put(RowLayout results, RowLayout from, int[] places, Func<int, BoundExpression> value) => RowCompiler.Pair(
        results, from, results, [.. results.Columns.Select((_, at) => places.Contains(at) ? value(at) : results.Column(at))], context);

    private FrameParts Frame(OverFrame frame, IReadOnlyList<OrderKey> order)
    {
        FrameWithout without = frame.Exclusion switch
        {
            FrameExclusion.CurrentRow => FrameWithout.CurrentRow,
            FrameExclusion.Group => FrameWithout.Group,
            FrameExclusion.Ties => FrameWithout.Ties,
            _ => FrameWithout.Nothing,
        };
        FrameEnd start = End(frame.Unit, frame.Start, frame.StartOffset), end = End(frame.Unit, frame.End, frame.EndOffset);
        bool byValues = start is { Step: FrameStep.Values } || end is { Step: FrameStep.Values };
        if (!byValues)
            return new FrameParts(start, end, without, null, null, null, null);
        OrderKey key = order[0];
        return new FrameParts(start, end, without,
            start.Step == FrameStep.Values ? Within(key, frame.Start, frame.StartOffset!, isFrom: true) : null,
            end.Step == FrameStep.Values ? Within(key, frame.End, frame.EndOffset!, isFrom: false) : null,
            key.Value.IsNullable ? RowCompiler.Condition(row, Resolve.IsNull(key.Value, false), context) : null,
            end.Step == FrameStep.Values && frame.End == FrameBoundKind.Following && !key.IsDescending && IsTime(key.Value.Type)
                ? EventTimes.Of(row, Resolve.Operator("+", key.Value, frame.EndOffset!), context) : null);
    }

    private static bool IsTime(SqlType type) => type.Kind is SqlKind.Timestamp or SqlKind.TimestampTz;

    private static FrameEnd End(FrameUnit unit, FrameBoundKind kind, BoundExpression? offset)
    {
        FrameStep step = unit switch
        {
            FrameUnit.Rows => FrameStep.Rows,
            FrameUnit.Range when offset is not null => FrameStep.Values,
            _ => FrameStep.Groups,
        };
        long distance = offset is ConstantExpression { Value: long far } && step != FrameStep.Values ? far : 0;
        return kind switch
        {
            FrameBoundKind.UnboundedPreceding => FrameEnd.First,
            FrameBoundKind.UnboundedFollowing => FrameEnd.Last,
            FrameBoundKind.Preceding => new FrameEnd(step, -distance),
            _ => new FrameEnd(step, Math.Min(distance, long.MaxValue - 1)),
        };
    }

    /// <summary>Whether the second row is on the right side of a bound of the first one's frame. Whole numbers do not overflow.</summary>
    private Delegate Within(OrderKey key, FrameBoundKind kind, BoundExpression offset, bool isFrom)
    {
        BoundExpression value = key.Value, distance = offset;
        if (value.Type.IsInteger)
            (value, distance) = (Resolve.Cast(value, SqlType.Numeric), Resolve.Cast(distance, SqlType.Numeric));
        bool goesDown = (kind == FrameBoundKind.Preceding) != key.IsDescending;
        BoundExpression bound = Resolve.Operator(goesDown ? "-" : "+", value, distance), other = RowOrder.OfOther(value);
        if (value.Type.Kind == SqlKind.Date)
            other = Resolve.Cast(other, SqlType.Timestamp);
        return RowCompiler.PairCondition(row, row, Resolve.Comparison(isFrom != key.IsDescending ? ">=" : "<=", other, bound), context);
    }
}
