using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Joins with one version of a row: the nearest, the one that was valid at a time, or the one that is there.</summary>
/// <param name="join">The relation.</param>
/// <param name="left">Its left side.</param>
/// <param name="right">Its right side.</param>
/// <param name="context">What now() reads.</param>
internal sealed class TimeJoinPlanner(JoinRelation join, PlannedRows left, PlannedRows right, RowContext context)
{
    /// <summary>A view that keeps the last row of each key is not needed as a view: the rows that it is of are the versions.</summary>
    /// <returns>What gives the versions, and what each column is; null: the relation itself.</returns>
    public static RowStep? Versions(Relation relation)
    {
        if (relation is ScanRelation { Table.Query: { } query })
            relation = query;
        RowStep step = RowStep.Of(relation);
        if (step.Input is not OverRelation { Functions: [{ Signature.Name: "row_number", Order: [var first, ..] }] } over)
            return null;
        RankFilter ranks = RankFilter.Of(step.Filter, over);
        bool isLast = first.IsDescending && ranks is { Rest: null, Range: { Kind: RankKind.RowNumber, To: 1 } }
            && first.Value is ColumnExpression time
            && over.Input.Columns[time.Ordinal].Time == TimeRole.EventTime;
        bool readsNumber = step.Values.SelectMany(static one => one.All())
            .Any(one => one is ColumnExpression column && column.Ordinal >= over.Input.Columns.Count);
        return isLast && !readsNumber ? new RowStep(over.Input, null, step.Values) : null;
    }

    /// <summary>A stream of changes of pairs.</summary>
    /// <param name="name">Of the operator.</param>
    /// <param name="key">What rows are brought together by.</param>
    /// <param name="leftKey">The key of a left row.</param>
    /// <param name="rightKey">The key of a right row.</param>
    /// <param name="isWhole">Whether equal keys are all that the condition demands.</param>
    public object Stream(string name, RowLayout key, Delegate leftKey, Delegate rightKey, bool isWhole)
    {
        JoinType type = join.Type == JoinShape.Left ? JoinType.Left : JoinType.Inner;
        Type[] types = [key.Row, left.Layout.Row, right.Layout.Row];
        Delegate? where = isWhole ? null : RowCompiler.PairCondition(left.Layout, right.Layout, join.Condition!, context);
        if (join.Time == JoinTime.AsOfProcessingTime)
            return PlanSteps.Call(nameof(PlanSteps.JoinAtArrival), types, left.Stream, right.Stream, name, leftKey, rightKey, where, type);
        bool isByTime = join.Time == JoinTime.AsOfEventTime;
        (BoundExpression ordered, bool isDescending) = isByTime ? (TimeOf(join.Right), true) : Inequality();
        BoundExpression mayMeet = isByTime
            ? Resolve.Comparison("<=", RowOrder.OfOther(ordered), join.AsOf!)
            : join.Condition!;
        object order = RowOrder.Of(right.Layout, [new OrderKey(ordered, isDescending, NullsFirst: false)], context)!;
        return PlanSteps.Call(nameof(PlanSteps.JoinNearest), types, left.Stream, right.Stream, name, leftKey, rightKey,
            RowCompiler.PairCondition(left.Layout, right.Layout, mayMeet, context), order, isByTime ? where : null, type, isByTime);
    }

    private BoundExpression TimeOf(Relation versions)
    {
        int time = versions.Columns.ToList().FindIndex(static column => column.Time == TimeRole.EventTime);
        return time >= 0 ? right.Layout.Column(time)
            : throw new SqlFault(SqlState.FeatureNotSupported, "FOR SYSTEM_TIME AS OF needs a right side whose rows have an event time");
    }

    /// <summary>What the one inequality says of the right row: by it the nearest is found, the greatest one below, or the least
    /// above.</summary>
    private (BoundExpression Value, bool IsDescending) Inequality()
    {
        IReadOnlyList<BoundExpression> parts = join.Condition is LogicExpression { IsAnd: true } all ? all.Children : [join.Condition!];
        var inequality = (CallExpression)parts.First(static part => part is CallExpression
        {
            Function: { Name: "<" or "<=" or ">" or ">=", Kind: FunctionKind.Operator },
        });
        bool isLeftFirst = inequality.Children[0].All().OfType<ColumnExpression>().Any(static column => column.Input == 0);
        bool isGreater = inequality.Function.Name.StartsWith('>');
        BoundExpression value = inequality.Children[isLeftFirst ? 1 : 0].Rewrite(static one => one is ColumnExpression column
            ? new ColumnExpression(0, column.Ordinal, column.Name, column.Type, column.IsNullable) : one);
        return (value, isLeftFirst == isGreater);
    }
}
