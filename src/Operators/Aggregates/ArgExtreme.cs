using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>The value of the row that is first or last in some order so far.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <typeparam name="TOrder">The order.</typeparam>
/// <param name="HasValue">Whether there is one.</param>
/// <param name="Order">The row's place in the order.</param>
/// <param name="Value">The row's value.</param>
internal record struct ArgExtremeState<TValue, TOrder>(bool HasValue, TOrder? Order, TValue? Value);

/// <summary>The value of the row that is first or last in some order: <c>First</c>, <c>Last</c>, <c>MinBy</c>, <c>MaxBy</c>. Default of
/// nothing.</summary>
/// <remarks>Rows whose order is null do not count; NaN is greater than every number.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <typeparam name="TOrder">The order.</typeparam>
internal readonly struct ArgExtremeOf<T, TValue, TOrder> : IAggregator<T, ArgExtremeState<TValue, TOrder>, TValue?>,
    IMergeable<ArgExtremeState<TValue, TOrder>>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly Func<T, TOrder> _orderOf;
    private readonly bool _largest, _laterWins;

    internal ArgExtremeOf(Func<T, TValue> valueOf, Func<T, TOrder> orderOf, bool largest, bool laterWins)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        ArgumentNullException.ThrowIfNull(orderOf);
        (_valueOf, _orderOf, _largest, _laterWins) = (valueOf, orderOf, largest, laterWins);
    }

    /// <inheritdoc/>
    public void Add(ref ArgExtremeState<TValue, TOrder> accumulator, in T row)
    {
        TOrder order = _orderOf(row);
        if (order is not null && Wins(order, accumulator))
            accumulator = new ArgExtremeState<TValue, TOrder>(true, order, _valueOf(row));
    }

    /// <inheritdoc/>
    public void Check(in ArgExtremeState<TValue, TOrder> accumulator, in T row)
    {
        _ = _orderOf(row);
        _ = _valueOf(row);
    }

    /// <inheritdoc/>
    public void Merge(ref ArgExtremeState<TValue, TOrder> accumulator, in ArgExtremeState<TValue, TOrder> other)
    {
        if (other.HasValue && Wins(other.Order!, accumulator))
            accumulator = other;
    }

    /// <inheritdoc/>
    public TValue? Result(in ArgExtremeState<TValue, TOrder> accumulator) => accumulator.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Wins(TOrder order, in ArgExtremeState<TValue, TOrder> accumulator)
    {
        if (!accumulator.HasValue)
            return true;
        int difference = Ordering<TOrder>.Compare(order, accumulator.Order!);
        return difference == 0 ? _laterWins : (difference > 0) == _largest;
    }
}
