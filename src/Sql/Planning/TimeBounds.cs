using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>How far apart the event times of two partners may be, where the condition of a join says so.</summary>
internal static class TimeBounds
{
    /// <summary>How long a row may have waited for its partner: a pair may have an event time that is so far behind the watermark of the
    /// join.</summary>
    /// <returns>In microseconds; zero if the condition does not bound the distance from both sides.</returns>
    public static long LongestWait(JoinRelation join)
    {
        if (join.Time != JoinTime.Any || join.Condition is null)
            return 0;
        // left - right is in [least, most]
        long? least = null, most = null;
        foreach (BoundExpression part in join.Condition is LogicExpression { IsAnd: true } all ? all.Children : [join.Condition])
        {
            if (part is not CallExpression { Function: { Kind: FunctionKind.Operator, Name: "<" or "<=" or ">" or ">=" } } comparison
                || Place(comparison.Children[0], join) is not { } first || Place(comparison.Children[1], join) is not { } second
                || first.Input == second.Input)
                continue;
            // first + a <= second + b: first - second <= b - a
            bool isAtMost = comparison.Function.Name.StartsWith('<');
            if (first.Input == 1)
                (first, second, isAtMost) = (second, first, !isAtMost);
            long distance = second.Offset - first.Offset;
            if (isAtMost)
                most = Math.Min(most ?? long.MaxValue, distance);
            else
                least = Math.Max(least ?? long.MinValue, distance);
        }

        return least is { } from && most is { } to ? Math.Max(0, Math.Max(to, -from)) : 0;
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
