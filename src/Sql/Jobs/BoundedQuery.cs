using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Jobs;

/// <summary>A query over the rows that there are: a job of its own that reads them and ends.</summary>
/// <param name="scan">The rows of a table or view in the query's pipeline.</param>
/// <param name="kept">The rows that the job keeps of a table or view, with how often each is there; null: it keeps none.</param>
/// <param name="clock">What now() reads.</param>
internal sealed class BoundedQuery(
    Func<Pipeline, ScanRelation, PlannedRows> scan, Func<CatalogTable, IReadOnlyList<(object?[] Row, long Count)>?> kept,
        TimeProvider clock)
{
    /// <summary>The rows, in the order that the query says.</summary>
    public async Task<IReadOnlyList<object?[]>> RunAsync(Relation relation, EmitMode emit, CancellationToken cancellation)
    {
        // What the query says last of order and number holds for all rows: it is done when they are there.
        IReadOnlyList<int>? shown = null;
        if (relation is ProjectRelation { Input: LimitRelation } outer && outer.Expressions.All(static one => one is ColumnExpression))
        {
            shown = [.. outer.Expressions.Select(static one => ((ColumnExpression)one).Ordinal)];
            relation = outer.Input;
        }

        if (relation is not LimitRelation { PartitionBy.Count: 0 } limit)
            return await ReadAsync(relation, emit, cancellation);
        int columns = limit.Input.Columns.Count;
        Relation keyed = limit.Order.Count == 0 ? limit.Input : new ProjectRelation(limit.Input,
            [.. limit.Input.Columns.Select((_, at) => limit.Input.Column(at)), .. limit.Order.Select(static key => key.Value)],
            [.. limit.Input.Columns, .. limit.Order.Select(static (key, at) => new RelationColumn($"order{at}", key.Value.Type))]);
        IReadOnlyList<object?[]> rows = await ReadAsync(keyed, emit, cancellation);
        var order = new RowOrder(columns, limit.Order);
        object?[][] sorted = limit.Order.Count == 0 ? [.. rows] : [.. rows.Order(order)];
        return [.. Taken(sorted, limit, order).Select(row => shown is null ? row[..columns] : [.. shown.Select(at => row[at])])];
    }

    /// <summary>The values of rows that are read from no table.</summary>
    public static IReadOnlyList<object?[]>? Constants(Relation relation, TimeProvider clock)
    {
        IReadOnlyList<BoundExpression>? above = null;
        if (relation is ProjectRelation project)
            (above, relation) = (project.Expressions, project.Input);
        if (relation is not ValuesRelation values)
            return null;
        RowLayout none = new RowTypes().Of([new RowColumn("one", Values.SqlType.Boolean, false)]);
        var context = new RowContext { Clock = clock };
        var rows = new List<object?[]>();
        foreach (IReadOnlyList<BoundExpression> row in values.Rows)
        {
            IReadOnlyList<BoundExpression> all = above is null ? row
                : [.. above.Select(one => one.Rewrite(node => node is ColumnExpression column ? row[column.Ordinal] : node))];
            RowLayout made = ClrBoxes.Layout([.. all.Select(static (one, at) => new RowColumn($"c{at}", one.Type, true))]);
            Delegate loop = RowCompiler.Loop(RowCarrier.Plain(none), RowCarrier.Plain(made), null, all, context);
            rows.Add(OneRow.Of(none.Row, loop));
        }

        return rows;
    }

    private static IEnumerable<object?[]> Taken(object?[][] rows, LimitRelation limit, RowOrder order)
    {
        long from = Math.Min(Number(limit.Offset) ?? 0, rows.Length), count = Number(limit.Limit) ?? rows.Length;
        long to = Math.Min(rows.Length, count > rows.Length - from ? rows.Length : from + count);
        while (limit.WithTies && to > from && to < rows.Length && order.Compare(rows[to - 1], rows[to]) == 0)
            to++;
        return rows.Skip((int)from).Take((int)(to - from));
    }

    private static long? Number(BoundExpression? expression) => expression is ConstantExpression { Value: long number } ? number : null;

    private async Task<IReadOnlyList<object?[]>> ReadAsync(Relation relation, EmitMode emit, CancellationToken cancellation)
    {
        if (Constants(relation, clock) is { } constants)
            return constants;
        var direct = new RowContext { Statement = "query", Clock = clock };
        if (emit != EmitMode.OnWindowClose && DirectQuery.TableOf(relation) is { } table && kept(table) is { } rows)
            return DirectQuery.Run(relation, rows, direct);
        Pipeline pipeline = Pipeline.Create("query");
        var context = new RowContext { Statement = "query", Clock = clock };
        var planner = new Planner(pipeline, "query", new RowTypes(), table => scan(pipeline, new ScanRelation(table)), context);
        RowColumn[] columns = [.. relation.Columns.Select(static one => new RowColumn(one.Name, one.Type, one.IsNullable))];
        var stream = (Stream<Change<object?[]>>)planner.PlanAs(relation, emit, RowCarrier.Changes(ClrBoxes.Layout(columns)));
        var net = new NetRows();
        stream.Write("result", Sinks.ForEach<Change<object?[]>>(change => net.Add(change.Row, change.Weight)));
        var options = new JobOptions
        {
            Parallelism = 1,
            EpochInterval = TimeSpan.FromHours(1),
            MaxEventTimeAhead = null,
            MaxEventTimeLeap = null,
            AvailableNow = true,
            Restart = RestartPolicy.None,
            OnNotice = static _ => { },
        };
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, options, cancellation);
        await job.Completion.WaitAsync(cancellation);
        return net.Rows;
    }
}
