using System.Globalization;
using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Makes operators of relations: every relation is a stream of changes of rows of a type of its own.</summary>
/// <param name="pipeline">The operators are added to it.</param>
/// <param name="name">What the names of its operators begin with: unique in the pipeline, and the same for the same statement.</param>
/// <param name="types">Makes the row types.</param>
/// <param name="scan">The rows of a table or view.</param>
/// <param name="context">What now() reads.</param>
internal sealed class Planner(
    Pipeline pipeline, string name, RowTypes types, Func<CatalogTable, PlannedRows> scan, RowContext context)
{
    private readonly Dictionary<Relation, PlannedRows> _shared = [];
    private int _operators, _steps;
    private bool _whenClosed;

    /// <summary>The rows of a statement.</summary>
    /// <param name="relation">What it gives.</param>
    /// <param name="emit">When rows come: with every change, or once, when they are final.</param>
    /// <exception cref="SqlFault">A part of it cannot be run yet (0A000).</exception>
    public PlannedRows Plan(Relation relation, EmitMode emit)
    {
        _whenClosed = emit == EmitMode.OnWindowClose;
        return WithErrors(() => Given(Plan(relation)));
    }

    /// <summary>All operators that are added do the same with a row on which an expression fails.</summary>
    private T WithErrors<T>(Func<T> plan)
    {
        int before = pipeline.Nodes.Count;
        T made = plan();
        for (int at = before; at < pipeline.Nodes.Count; at++)
            pipeline.Nodes[at].Errors ??= Errors;
        return made;
    }

    /// <summary>Rows that are not final wait until they are, if only such are wanted.</summary>
    private PlannedRows Given(PlannedRows rows)
    {
        if (!_whenClosed || rows.IsFinal)
            return rows;
        PlannedRows changes = AsChanges(rows);
        return changes with
        {
            Stream = PlanSteps.Call(nameof(PlanSteps.Held), [changes.Layout.Row], changes.Stream, Named("held")),
            IsFinal = true,
        };
    }

    /// <summary>What becomes of a row on which an expression fails; null: as the job's options say.</summary>
    public ErrorPolicy? Errors { get; init; }

    /// <summary>As changes of a row type that was made for it.</summary>
    /// <exception cref="SqlFault">A part of it cannot be run yet (0A000).</exception>
    public PlannedRows Plan(Relation relation) => AsChanges(PlanAny(relation));

    private PlannedRows AsChanges(PlannedRows rows) => rows.AreChanges ? rows
        : Loop(rows.Stream, rows.Carrier, types.Of(rows.Layout.Columns), null, rows.Layout.All()) with
        {
            IsFinal = rows.IsFinal,
            OnlyAdds = rows.OnlyAdds,
        };

    /// <summary>The rows as something else: of a type of the user's, say.</summary>
    /// <param name="relation">What gives the rows.</param>
    /// <param name="emit">When rows come.</param>
    /// <param name="output">What they become; its columns are the relation's.</param>
    /// <returns>A <see cref="Stream{T}"/> of what the carrier moves.</returns>
    public object PlanAs(Relation relation, EmitMode emit, RowCarrier output)
    {
        _whenClosed = emit == EmitMode.OnWindowClose;
        RowStep step = _whenClosed ? RowStep.None(relation) : RowStep.Of(relation);
        return WithErrors(() => Output(step, output));
    }

    private object Output(RowStep step, RowCarrier output)
    {
        (PlannedRows rows, BoundExpression? filter) = InputOf(step);
        rows = Given(rows);
        RowLayout made = output.Rows[0].Layout;
        BoundExpression[] columns = [.. step.Values.Select((value, at) => Resolve.Cast(value, made.Columns[at].Type))];
        Delegate loop = RowCompiler.Loop(rows.Carrier, output, filter, columns, context);
        return PlanSteps.Call(nameof(PlanSteps.Loop), [rows.Carrier.Type, output.Type], rows.Stream, loop, Step(), Errors);
    }

    private PlannedRows PlanAny(Relation relation)
    {
        switch (relation)
        {
            case ScanRelation table:
                return table.Table is { Query: null, IsAppendOnly: true } ? scan(table.Table) with { OnlyAdds = true } : scan(table.Table);
            case SharedRelation shared:
                if (!_shared.TryGetValue(shared, out PlannedRows? known))
                    _shared[shared] = known = Plan(shared.Inputs[0]);
                return known;
            case FilterRelation or ProjectRelation:
                return Loop(relation, RowStep.Of(relation));
            case OverRelation over:
                return Over(over, over.Functions, RankRange.All);
            case DistinctRelation distinct:
                PlannedRows rows = Plan(distinct.Input);
                return rows with { Stream = PlanSteps.Call(nameof(PlanSteps.Distinct), [rows.Layout.Row], rows.Stream, Named("distinct")) };
            case LimitRelation { Limit: null, Offset: null } order:
                // The order of a view says nothing: its rows have none.
                return Plan(order.Input);
            case LimitRelation limit:
                return Over(limit, Plan(limit.Input), [], limit.PartitionBy, limit.Order, LimitOf(limit));
            case SetRelation { Kind: SetOperator.Union } union:
                return Union(union);
            case SetRelation set:
                return Common(set);
            case JoinRelation join:
                return Join(join);
            case AggregateRelation aggregate:
                return Aggregate(aggregate);
            case ValuesRelation values:
                return Values(values);
            case WindowRelation windows:
                return Windows(windows);
            case FlatMapRelation or FunctionRelation:
                return new RowsFunctionPlan(context).Rows(relation, LayoutOf(relation), Step(), Errors,
                    relation is FlatMapRelation ? Plan(relation.Inputs[0]) : OneRow());
            case MatchRelation match:
                return Match(match);
            default:
                throw new SqlFault(SqlState.FeatureNotSupported, $"{relation.Describe()} cannot be run yet");
        }
    }

    /// <summary>The name of a step without state: it is not stored, so those of others do not depend on how many there are.</summary>
    private string Step() => $"{name}-rows-{_steps++}";

    private string Named(string kind) => $"{name}-{kind}-{_operators++}";

    private RowLayout LayoutOf(Relation relation) =>
        types.Of([.. relation.Columns.Select(static column => new RowColumn(column.Name, column.Type, column.IsNullable))]);

    private PlannedRows Loop(Relation relation, RowStep step)
    {
        (PlannedRows rows, BoundExpression? filter) = InputOf(step);
        return Loop(rows.Stream, rows.Carrier, LayoutOf(relation), filter, step.Values) with
        {
            IsFinal = rows.IsFinal,
            OnlyAdds = rows.OnlyAdds,
        };
    }

    /// <summary>What a step reads, and what is left of its filter: a number in an order is not computed if only the first rows are
    /// wanted.</summary>
    private (PlannedRows Rows, BoundExpression? Filter) InputOf(RowStep step)
    {
        if (step.Input is not OverRelation over)
            return (PlanAny(step.Input), step.Filter);
        RankFilter ranks = RankFilter.Of(step.Filter, over);
        bool needsFunctions = step.Values.Append(ranks.Rest).OfType<BoundExpression>().SelectMany(static one => one.All())
            .Any(one => one is ColumnExpression column && column.Ordinal >= over.Input.Columns.Count);
        return (Over(over, needsFunctions ? over.Functions : [], ranks.Range), ranks.Rest);
    }

    private PlannedRows Over(OverRelation over, IReadOnlyList<OverExpression> functions, RankRange range) =>
        Over(over, Plan(over.Input), functions, over.Functions[0].PartitionBy, over.Functions[0].Order, range);

    /// <param name="relation">Its columns come out: those of the input, and of the functions, if there are any.</param>
    /// <param name="input">The rows.</param>
    /// <param name="functions">What is computed for each row.</param>
    /// <param name="partitionBy">Over which rows.</param>
    /// <param name="order">In which order.</param>
    /// <param name="range">Which rows come out.</param>
    private PlannedRows Over(
        Relation relation, PlannedRows input, IReadOnlyList<OverExpression> functions, IReadOnlyList<BoundExpression> partitionBy,
        IReadOnlyList<OrderKey> order, RankRange range)
    {
        RowLayout row = input.Layout;
        var planner = new OverPlanner(row, relation.Inputs[0].Columns, types, context);
        RowLayout results = planner.ResultsOf(functions);
        (object plan, bool isFinal) = planner.Plan(functions, partitionBy, order, range, _whenClosed, HasJoin(relation), input.OnlyAdds);
        RowLayout key = LayoutOrTrue(partitionBy.Select(static (one, at) => new RowColumn($"k{at}", one.Type.Plain, one.IsNullable)));
        object over = PlanSteps.Call(nameof(PlanSteps.Over), [key.Row, row.Row, results.Row], input.Stream, Named("over"),
            KeyOf(row, key, partitionBy), plan);
        RowLayout output = functions.Count == 0 ? row : LayoutOf(relation);
        return Loop(over, RowCarrier.Pairs(row, results), output, null,
            [.. row.All(), .. functions.Select((_, at) => results.Column(at, input: 1))]) with
        { IsFinal = isFinal };
    }

    private static RankRange LimitOf(LimitRelation limit)
    {
        long skipped = limit.Offset is ConstantExpression { Value: { } offset } ? Convert.ToInt64(offset, CultureInfo.InvariantCulture) : 0;
        long most = limit.Limit is ConstantExpression { Value: { } count } ? Convert.ToInt64(count, CultureInfo.InvariantCulture)
            : long.MaxValue;
        return new RankRange(limit.WithTies ? RankKind.Rank : RankKind.RowNumber,
            most > long.MaxValue - skipped ? long.MaxValue : skipped + most, skipped);
    }

    private PlannedRows Loop(
        object stream, RowCarrier input, RowLayout output, BoundExpression? filter, IReadOnlyList<BoundExpression> values) =>
        new(output, LoopOf(stream, input, RowCarrier.Changes(output), filter, values));

    private object LoopOf(
        object stream, RowCarrier input, RowCarrier output, BoundExpression? filter, IReadOnlyList<BoundExpression> values)
    {
        Delegate loop = RowCompiler.Loop(input, output, filter, values, context);
        return PlanSteps.Call(nameof(PlanSteps.Loop), [input.Type, output.Type], stream, loop, Step(), Errors);
    }

    private PlannedRows Union(SetRelation union)
    {
        RowLayout layout = LayoutOf(union);
        PlannedRows left = As(layout, Plan(union.Left)), right = As(layout, Plan(union.Right));
        PlannedRows both = Together(left, right);
        return union.IsAll ? both
            : both with { Stream = PlanSteps.Call(nameof(PlanSteps.Distinct), [layout.Row], both.Stream, Named("union")) };
    }

    /// <summary>The rows of both, which have one layout; null: there are none yet.</summary>
    private static PlannedRows Together(PlannedRows? some, PlannedRows more) => some is null ? more
        : more with
        {
            Stream = PlanSteps.Call(nameof(PlanSteps.Union), [more.Layout.Row], some.Stream, more.Stream),
            IsFinal = some.IsFinal && more.IsFinal,
            OnlyAdds = some.OnlyAdds && more.OnlyAdds,
        };

    /// <summary>INTERSECT, or EXCEPT: without ALL each row of the left side once that has, or has not, an equal one on the right
    /// side.</summary>
    private PlannedRows Common(SetRelation set)
    {
        RowLayout layout = LayoutOf(set);
        PlannedRows left = As(layout, Plan(set.Left)), right = As(layout, Plan(set.Right));
        if (set.IsAll)
        {
            return new PlannedRows(layout, PlanSteps.Call(nameof(PlanSteps.CountedSet), [layout.Row], left.Stream, right.Stream,
                Named("set"), set.Kind == SetOperator.Except));
        }

        object once = PlanSteps.Call(nameof(PlanSteps.Distinct), [layout.Row], left.Stream, Named("distinct"));
        Delegate whole = KeyOf(layout, layout, layout.All());
        object joined = PlanSteps.Call(nameof(PlanSteps.Join), [layout.Row, layout.Row, layout.Row], once, right.Stream, Named("set"),
            whole, whole, null, set.Kind == SetOperator.Intersect ? JoinType.Semi : JoinType.Anti, new ChangesJoinOptions());
        return Loop(joined, RowCarrier.Pairs(layout, layout), layout, null, layout.All());
    }

    /// <summary>The same columns by a row type that others have, too.</summary>
    public PlannedRows As(RowLayout layout, PlannedRows rows) => rows.Layout == layout ? rows
        : Loop(rows.Stream, RowCarrier.Changes(rows.Layout), layout, null,
            [.. rows.Layout.Columns.Select((_, at) => Resolve.Cast(rows.Layout.Column(at), layout.Columns[at].Type))]) with
        {
            IsFinal = rows.IsFinal,
            OnlyAdds = rows.OnlyAdds,
        };

    private PlannedRows Values(ValuesRelation values)
    {
        RowLayout layout = LayoutOf(values);
        PlannedRows? all = null;
        foreach (IReadOnlyList<BoundExpression> row in values.Rows)
        {
            PlannedRows one = OneRow();
            all = Together(all, Loop(one.Stream, one.Carrier, layout, null, row));
        }

        return all!;
    }

    /// <summary>A row from nowhere, whose columns say nothing.</summary>
    private PlannedRows OneRow()
    {
        RowLayout none = types.Of([new RowColumn("one", SqlType.Boolean, false)]);
        return new PlannedRows(none, PlanSteps.Call(nameof(PlanSteps.One), [none.Row], pipeline, Named("values"),
            Activator.CreateInstance(none.Row)));
    }

    private PlannedRows Join(JoinRelation join)
    {
        RowStep? versions = join.Time == JoinTime.AsOfEventTime ? TimeJoinPlanner.Versions(join.Right) : null;
        PlannedRows left = Plan(join.Left), right = versions is null ? Plan(join.Right) : Loop(join.Right, versions);
        JoinKeys keys = JoinKeys.Of(join.Condition);
        // A NULL of either side may be equal to any value of the other: it is no key of its own.
        if (join.Type == JoinShape.Mark && !(keys.IsWhole && keys.Left.Concat(keys.Right).All(static one => !one.IsNullable)))
            keys = JoinKeys.None;
        RowLayout key = LayoutOrTrue(keys.Left.Select((one, at) =>
            new RowColumn($"k{at}", one.Type.Plain, one.IsNullable || keys.Right[at].IsNullable)));
        Delegate leftKey = KeyOf(left.Layout, key, keys.Left), rightKey = KeyOf(right.Layout, key, keys.Right);
        if (join.Type == JoinShape.Mark)
            return Mark(join, left, right, key, leftKey, rightKey, keys.IsWhole);
        RowLayout output = LayoutOf(join);
        bool hasRight = output.Columns.Count > left.Layout.Columns.Count;
        object joined;
        if (join.Time == JoinTime.Any)
        {
            Delegate? where = keys.IsWhole ? null : RowCompiler.PairCondition(left.Layout, right.Layout, join.Condition!, context);
            joined = PlanSteps.Call(nameof(PlanSteps.Join), [key.Row, left.Layout.Row, right.Layout.Row],
                left.Stream, right.Stream, Named("join"), leftKey, rightKey, where, TypeOf(join),
                new ChangesJoinOptions
                {
                    Closes = Closes(join, keys),
                    LongestWait = TimeBounds.LongestWait(join),
                    OnlyAdds = left.OnlyAdds && right.OnlyAdds,
                    OnSeveral = join.Type == JoinShape.Single ? Several : null,
                });
        }
        else
        {
            joined = new TimeJoinPlanner(join, left, right, context).Stream(Named("join"), key, leftKey, rightKey, keys.IsWhole);
        }

        return Loop(joined, RowCarrier.Pairs(left.Layout, right.Layout), output, null,
            hasRight ? [.. left.Layout.All(), .. right.Layout.All(input: 1)] : left.Layout.All()) with
        {
            IsFinal = join is { Type: JoinShape.Inner, Time: JoinTime.Any } && left.IsFinal && right.IsFinal,
            OnlyAdds = join is { Type: JoinShape.Inner or JoinShape.Semi, Time: JoinTime.Any } && left.OnlyAdds && right.OnlyAdds,
        };
    }

    private static JoinType TypeOf(JoinRelation join) => join.Type switch
    {
        JoinShape.Left or JoinShape.Single => JoinType.Left,
        JoinShape.Right => JoinType.Right,
        JoinShape.Full => JoinType.Full,
        JoinShape.Semi => JoinType.Semi,
        JoinShape.Anti => JoinType.Anti,
        _ => JoinType.Inner,
    };

    private static Exception Several() =>
        new SqlFault(SqlState.CardinalityViolation, "more than one row returned by a subquery used as an expression");

    private PlannedRows Mark(
        JoinRelation join, PlannedRows left, PlannedRows right, RowLayout key, Delegate leftKey, Delegate rightKey, bool isWhole)
    {
        Delegate? where = isWhole ? null
            : RowCompiler.PairValue(left.Layout, right.Layout, join.Condition!, context, isNullable: true);
        object marked = PlanSteps.Call(nameof(PlanSteps.JoinMarks), [key.Row, left.Layout.Row, right.Layout.Row],
            left.Stream, right.Stream, Named("mark"), leftKey, rightKey, where);
        var mark = new RowLayout(typeof(Mark), [new RowColumn("mark", SqlType.Boolean, true)], [typeof(Mark).GetField("Value")!]);
        return Loop(marked, RowCarrier.Pairs(left.Layout, mark), LayoutOf(join), null, [.. left.Layout.All(), mark.Column(0, input: 1)]);
    }

    /// <summary>Whether rows are joined of one window, so that none is needed any more when it is complete.</summary>
    private bool Closes(JoinRelation join, JoinKeys keys)
    {
        for (int at = 0; at < keys.Left.Count; at++)
        {
            if (EndsWindow(join.Left, keys.Left[at]) && EndsWindow(join.Right, keys.Right[at]))
                return _whenClosed || !(HasJoin(join.Left) || HasJoin(join.Right));
        }

        return false;
    }

    private static bool EndsWindow(Relation input, BoundExpression key) => key is ColumnExpression column
        && input.Columns[column.Ordinal] is { Time: TimeRole.WindowEnd, HasWatermark: true };

    private PlannedRows Aggregate(AggregateRelation aggregate)
    {
        if (SlicedWindow.Of(aggregate, _whenClosed) is { } sliced)
        {
            return new SlicedWindowPlan(types, context, LoopOf)
                .Plan(aggregate, sliced, PlanAny(sliced.Window.Input), LayoutOf(aggregate), Named("windows"));
        }

        PlannedRows input = Plan(aggregate.Input);
        PlannedRows? all = null;
        for (int set = 0; set < aggregate.Sets.Count; set++)
            all = Together(all, Aggregate(aggregate, input, set));
        return all!;
    }

    private PlannedRows Aggregate(AggregateRelation aggregate, PlannedRows input, int set)
    {
        IReadOnlyList<int> grouped = aggregate.Sets[set];
        bool hasOwn = aggregate.Aggregates.Any(static one => one.Signature.Own is not null);
        var state = new AggregateState(types, context, input.OnlyAdds)
        {
            InputChanges = hasOwn && new TraitInference(_whenClosed).Of(aggregate.Input).Changes,
        };
        BoundExpression[] values =
            [.. grouped.Select(at => aggregate.Keys[at]), .. aggregate.Aggregates.Select(state.ArgumentOf)];
        // The row that stands for a group of none has no values at all: every column may be null.
        RowLayout arguments = types.Of([.. values.Select((value, at) =>
            new RowColumn($"a{at}", AggregatePlan.Stored(value.Type), grouped.Count == 0 || value.IsNullable))]);
        PlannedRows rows = Loop(input.Stream, RowCarrier.Changes(input.Layout), arguments, null, values);
        if (grouped.Count == 0)
        {
            object none = PlanSteps.Call(nameof(PlanSteps.One), [arguments.Row], pipeline, Named("no-rows"),
                Activator.CreateInstance(arguments.Row));
            rows = Together(rows, new PlannedRows(arguments, none));
        }

        for (int at = 0; at < aggregate.Aggregates.Count; at++)
            state.Add(aggregate.Aggregates[at], arguments.Column(grouped.Count + at, 1));
        RowLayout key = LayoutOrTrue(arguments.Columns.Take(grouped.Count));
        RowLayout cells = LayoutOrTrue(state.Columns);
        RowLayout results = LayoutOrTrue(state.Results.Select((one, at) => new RowColumn($"r{at}", AggregatePlan.Stored(one.Type), true)));
        BoundExpression[] keys = [.. grouped.Select((_, at) => (BoundExpression)arguments.Column(at))];
        object[] steps =
        [
            rows.Stream, Named("aggregate"), KeyOf(arguments, key, keys),
            RowCompiler.Pair(cells, arguments, cells, OrTrue(state.Added), context),
            RowCompiler.Pair(cells, arguments, cells, OrTrue(state.Removed), context),
            RowCompiler.Row(cells, results, OrTrue(state.Results), context),
        ];
        bool closes = Closes(aggregate, grouped);
        Type[] of = [key.Row, arguments.Row, cells.Row, results.Row];
        object groups = closes ? PlanSteps.Call(nameof(PlanSteps.ClosingAggregate), of, [.. steps, _whenClosed])
            : PlanSteps.Call(nameof(PlanSteps.Aggregate), of, steps);

        RowLayout output = LayoutOf(aggregate);
        var columns = new List<BoundExpression>();
        for (int at = 0; at < aggregate.Keys.Count; at++)
        {
            int place = grouped.ToList().IndexOf(at);
            columns.Add(place < 0 ? new ConstantExpression(null, aggregate.Columns[at].Type) : key.Column(place));
        }

        columns.AddRange(state.Results.Select((_, at) => results.Column(at, 1)));
        if (aggregate.HasSetNumber)
            columns.Add(Resolve.Cast(Resolve.Integer(set), aggregate.Columns[^1].Type));
        return Loop(groups, RowCarrier.Groups(key, results), output, null, columns) with { IsFinal = closes && _whenClosed };
    }

    /// <summary>Whether a group is complete some time: it has one window, or one event time. Where rows are given with every change, only a
    /// window drops late ones; behind a join a row may have waited for its partner.</summary>
    private bool Closes(AggregateRelation aggregate, IReadOnlyList<int> grouped) =>
        grouped.Select(at => aggregate.Keys[at]).OfType<ColumnExpression>().Select(key => aggregate.Input.Columns[key.Ordinal])
            .Any(column => column.HasWatermark || (_whenClosed && column.Time == TimeRole.EventTime))
        && (_whenClosed || !HasJoin(aggregate.Input));

    private static bool HasJoin(Relation relation) => relation.All().Any(static one => one is JoinRelation
        || (one is ScanRelation { Table.Query: { } query } && HasJoin(query)));

    private PlannedRows Match(MatchRelation match)
    {
        PlannedRows rows = Plan(match.Input);
        RowLayout output = LayoutOf(match), key =
            LayoutOrTrue(match.PartitionBy.Select(static (one, at) => new RowColumn($"k{at}", one.Type.Plain, one.IsNullable)));
        (Type[] kinds, object plan) = new MatchPlanner(match, rows.Layout, output, types, context).Plan();
        return new PlannedRows(output, PlanSteps.Call(nameof(PlanSteps.Match), [key.Row, .. kinds], rows.Stream, Named("match"),
            KeyOf(rows.Layout, key, match.PartitionBy), plan), IsFinal: true);
    }

    /// <summary>Each row once for each of its windows.</summary>
    private PlannedRows Windows(WindowRelation windows)
    {
        PlannedRows rows = Plan(windows.Input);
        BoundExpression time = windows.Time;
        if (time is NowExpression)
        {
            RowLayout timed = types.Of([.. rows.Layout.Columns, new RowColumn("proctime", time.Type, false)]);
            rows = Loop(rows.Stream, rows.Carrier, timed, null, [.. rows.Layout.All(), time]);
            time = timed.Column(timed.Columns.Count - 1);
        }

        RowLayout output = LayoutOf(windows);
        BoundExpression[] keys = [.. windows.PartitionBy];
        RowLayout key = LayoutOrTrue(keys.Select((one, at) => new RowColumn($"k{at}", one.Type.Plain, one.IsNullable)));
        Delegate keyOf = KeyOf(rows.Layout, key, keys);
        return new PlannedRows(output, new WindowPlan(context).Stream(
            windows, time, rows, output, Named(windows.Kind.ToString().ToLowerInvariant()), (key, keyOf), _whenClosed))
        {
            OnlyAdds = rows.OnlyAdds && windows.Kind != WindowKind.Session,
        };
    }

    /// <summary>The key of each change of a row.</summary>
    private Delegate KeyOf(RowLayout row, RowLayout key, IReadOnlyList<BoundExpression> columns) =>
        RowCompiler.Key(RowCarrier.Changes(row), key, OrTrue(columns), context);

    /// <summary>A row of no columns has one, which is true: see <see cref="OrTrue"/>.</summary>
    private RowLayout LayoutOrTrue(IEnumerable<RowColumn> columns) =>
        types.Of([.. columns.DefaultIfEmpty(new RowColumn("one", SqlType.Boolean, true))]);

    private static IReadOnlyList<BoundExpression> OrTrue(IReadOnlyList<BoundExpression> expressions) =>
        expressions.Count > 0 ? expressions : [Resolve.Boolean(true)];
}
