using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;

namespace ActorStreams.Sql.Planning;

/// <summary>ORDER BY as a comparison of two rows.</summary>
internal static class RowOrder
{
    /// <returns>An <see cref="IComparer{T}"/> of the rows; null: there are no keys, all rows are equal.</returns>
    public static object? Of(RowLayout row, IReadOnlyList<OrderKey> keys, RowContext context)
    {
        if (keys.Count == 0)
            return null;
        BoundExpression order = Resolve.Integer(0);
        for (int at = keys.Count - 1; at >= 0; at--)
            order = Compared(keys[at], order);
        Type type = typeof(CompiledOrder<>).MakeGenericType(row.Row);
        return Activator.CreateInstance(type, RowCompiler.PairValue(row, row, order, context));
    }

    /// <summary>The same expression over the second of two rows.</summary>
    public static BoundExpression OfOther(BoundExpression value) => value.Rewrite(static one => one is ColumnExpression column
        ? new ColumnExpression(1, column.Ordinal, column.Name, column.Type, column.IsNullable) : one);

    private static BoundExpression Compared(OrderKey key, BoundExpression rest)
    {
        BoundExpression left = key.Value, right = OfOther(key.Value), before = Resolve.Integer(-1), behind = Resolve.Integer(1);
        (BoundExpression less, BoundExpression greater) = key.IsDescending ? (behind, before) : (before, behind);
        var branches = new List<(BoundExpression, BoundExpression)>();
        if (left.IsNullable)
        {
            (BoundExpression first, BoundExpression last) = key.NullsFirst ? (before, behind) : (behind, before);
            branches.Add((Resolve.Logic(true, Resolve.IsNull(left, false), Resolve.IsNull(right, true)), first));
            branches.Add((Resolve.Logic(true, Resolve.IsNull(left, true), Resolve.IsNull(right, false)), last));
        }

        branches.Add((Resolve.Comparison("<", left, right), less));
        branches.Add((Resolve.Comparison(">", left, right), greater));
        return Resolve.Case(branches, rest);
    }
}
