using System.Collections.Concurrent;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Orders rows whose keys stand behind their columns. Rows of equal keys stay as they were.</summary>
/// <param name="first">The place of the first key.</param>
/// <param name="keys">How each is ordered.</param>
internal sealed class RowOrder(int first, IReadOnlyList<OrderKey> keys) : IComparer<object?[]>
{
    private static readonly ConcurrentDictionary<Type, IBoxedOrder> s_orders = [];

    public int Compare(object?[]? x, object?[]? y)
    {
        for (int at = 0; at < keys.Count; at++)
        {
            object? left = x![first + at], right = y![first + at];
            int order = left is null || right is null
                ? (left is null ? 1 : 0) - (right is null ? 1 : 0)
                : Values(left, right);
            if (order == 0)
                continue;
            bool hasNull = left is null || right is null;
            // NULL stands where it was said; it counts as the greatest otherwise
            return hasNull ? keys[at].NullsFirst ? -order : order : keys[at].IsDescending ? -order : order;
        }

        return 0;
    }

    private static int Values(object left, object right) => s_orders.GetOrAdd(left.GetType(), static type =>
        (IBoxedOrder)Activator.CreateInstance(typeof(BoxedOrder<>).MakeGenericType(type))!).Compare(left, right);

    private interface IBoxedOrder
    {
        int Compare(object left, object right);
    }

    private sealed class BoxedOrder<T> : IBoxedOrder
    {
        public int Compare(object left, object right) => SqlOrder.Compare((T)left, (T)right);
    }
}
