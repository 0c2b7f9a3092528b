using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>A value and its place in an order.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <typeparam name="TOrder">The order.</typeparam>
/// <param name="Order">The place.</param>
/// <param name="Value">The value.</param>
internal record struct Ranked<TValue, TOrder>(TOrder Order, TValue Value);

/// <summary>The values of the rows that are greatest in some order, the greatest first; of equal rows those that came first.</summary>
/// <remarks>Keeps that many values, sorted. Rows whose order is null do not count; NaN is greater than every number.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <typeparam name="TOrder">The order.</typeparam>
internal readonly struct TopOf<T, TValue, TOrder> : IAggregator<T, List<Ranked<TValue, TOrder>>?, IReadOnlyList<TValue>>,
    IMergeable<List<Ranked<TValue, TOrder>>?>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly Func<T, TOrder> _orderOf;
    private readonly int _count;

    internal TopOf(int count, Func<T, TValue> valueOf, Func<T, TOrder> orderOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentNullException.ThrowIfNull(valueOf);
        ArgumentNullException.ThrowIfNull(orderOf);
        (_count, _valueOf, _orderOf) = (count, valueOf, orderOf);
    }

    /// <inheritdoc/>
    public void Add(ref List<Ranked<TValue, TOrder>>? accumulator, in T row)
    {
        TOrder order = _orderOf(row);
        if (order is not null && HasRoom(accumulator, order))
            Insert(accumulator ??= [], order, _valueOf(row));
    }

    /// <inheritdoc/>
    public void Check(in List<Ranked<TValue, TOrder>>? accumulator, in T row)
    {
        _ = _orderOf(row);
        _ = _valueOf(row);
    }

    /// <inheritdoc/>
    public void Merge(ref List<Ranked<TValue, TOrder>>? accumulator, in List<Ranked<TValue, TOrder>>? other)
    {
        foreach (Ranked<TValue, TOrder> one in other ?? [])
        {
            if (!HasRoom(accumulator, one.Order))
                break;
            Insert(accumulator ??= [], one.Order, one.Value);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<TValue> Result(in List<Ranked<TValue, TOrder>>? accumulator) => accumulator is null ? []
        : [.. accumulator.Select(one => one.Value)];

    private bool HasRoom(List<Ranked<TValue, TOrder>>? accumulator, TOrder order) =>
        accumulator is null || accumulator.Count < _count || Ordering<TOrder>.Compare(order, accumulator[^1].Order) > 0;

    private void Insert(List<Ranked<TValue, TOrder>> top, TOrder order, TValue value)
    {
        if (top.Count == _count)
            top.RemoveAt(top.Count - 1);
        ReadOnlySpan<Ranked<TValue, TOrder>> ranked = CollectionsMarshal.AsSpan(top);
        int low = 0, high = ranked.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Ordering<TOrder>.Compare(ranked[middle].Order, order) >= 0)
                low = middle + 1;
            else
                high = middle;
        }

        top.Insert(low, new Ranked<TValue, TOrder>(order, value));
    }
}
