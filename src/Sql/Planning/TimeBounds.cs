using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>How far apart the event times of two partners may be, where the condition of a join says so.</summary>
internal static class TimeBounds
{
    /// <summary>How long a row may have waited for its partner: a pair may have an event time that is so far behind the watermark of the
    /// join.</summary>
    /// <returns>In microseconds; zero if the condition does not bound the distance from both sides.</returns>
    public static long LongestWait(JoinRelation join) =>
        Distance(join) is ({ } least, { } most) ? Math.Max(0, Math.Max(most, -least)) : 0;

    /// <summary>How long the rows of a join are needed; null: for ever, since the condition bounds nothing, or rows may be taken away, or
    /// come late by themselves.</summary>
    public static JoinHorizon? HorizonOf(JoinRelation join, TraitInference traits)
    {
        (long? least, long? most) = Distance(join);
        return (least is null && most is null) || join.Type == JoinShape.Mark || traits.Of(join.Left).Changes
            || traits.Of(join.Right).Changes || !IsTimely(join.Left, traits) || !IsTimely(join.Right, traits)
            ? null : new JoinHorizon(-least, most);
    }

    /// <summary>Whether a join is of rows of one window, so that none is needed any more when it is complete.</summary>
    public static bool IsOfWindows(JoinRelation join, JoinKeys keys, bool whenClosed)
    {
        for (int at = 0; at < keys.Left.Count; at++)
        {
            if (EndsWindow(join.Left, keys.Left[at]) && EndsWindow(join.Right, keys.Right[at]))
                return whenClosed || !(HasJoin(join.Left) || HasJoin(join.Right));
        }

        return false;
    }

    /// <summary>Whether there is a join beneath, also in a view that is read.</summary>
    public static bool HasJoin(Relation relation) => relation.All().Any(static one => one is JoinRelation
        || (one is ScanRelation { Table.Query: { } query } && HasJoin(query)));

    private static bool EndsWindow(Relation input, BoundExpression key) => key is ColumnExpression column
        && input.Columns[column.Ordinal] is { Time: TimeRole.WindowEnd, HasWatermark: true };

    /// <summary>Whether a row that is not late has event times that are not behind the watermark: nothing has kept it back, and nothing has
    /// given it another time.</summary>
    private static bool IsTimely(Relation relation, TraitInference traits) => relation switch
    {
        ScanRelation scan => scan.Table.Query is null || IsTimely(scan.Table.Query, TraitInference.Of(scan.Table.Emit)),
        FilterRelation or ProjectRelation or SharedRelation or FlatMapRelation or SetRelation { IsAll: true, Kind: SetOperator.Union } =>
            relation.Inputs.All(input => IsTimely(input, traits)),
        JoinRelation join => Distance(join) is ({ }, { }) && HorizonOf(join, traits) is not null,
        _ => false,
    };

    /// <summary>Between which bounds the time of the left row less that of the right one is, in microseconds; null: there is no such
    /// bound.</summary>
    private static (long? Least, long? Most) Distance(JoinRelation join)
    {
        if (join.Time != JoinTime.Any || join.Condition is null)
            return default;
        long? least = null, most = null;
        foreach (BoundExpression part in join.Condition is LogicExpression { IsAnd: true } all ? all.Children : [join.Condition])
        {
            if (part is not CallExpression { Function: { Kind: FunctionKind.Operator, Name: "=" or "<" or "<=" or ">" or ">=" } } comparison
                || Place(comparison.Children[0], join) is not { } first || Place(comparison.Children[1], join) is not { } second
                || first.Input == second.Input)
                continue;
            // first + a <= second + b: first - second <= b - a
            string sign = comparison.Function.Name;
            bool isAtMost = sign.StartsWith('<');
            if (first.Input == 1)
                (first, second, isAtMost) = (second, first, !isAtMost);
            long distance = second.Offset - first.Offset;
            if (isAtMost || sign == "=")
                most = Math.Min(most ?? long.MaxValue, distance);
            if (!isAtMost || sign == "=")
                least = Math.Max(least ?? long.MinValue, distance);
        }

        return (least, most);
    }

    /// <summary>An event time of one side, moved by a constant.</summary>
    private static (int Input, long Offset)? Place(BoundExpression expression, JoinRelation join) => expression switch
    {
        ColumnExpression column => IsTime(column, join) ? (column.Input, 0) : null,
        CallExpression
        {
            Function: { Kind: FunctionKind.Operator, Name: "+" or "-" } function,
            Children: [ColumnExpression column, ConstantExpression { Value: SqlInterval { Months: 0 } span }],
        } when IsTime(column, join) => (column.Input, (function.Name == "+" ? 1 : -1) * ((span.Days * Calendar.Day) + span.Micros)),
        _ => null,
    };

    private static bool IsTime(ColumnExpression column, JoinRelation join) =>
        join.Inputs[column.Input].Columns[column.Ordinal] is { Time: TimeRole.EventTime, HasWatermark: true };
}
