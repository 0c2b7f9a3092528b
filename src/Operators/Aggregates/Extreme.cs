namespace ActorStreams.Operators.Aggregates;

/// <summary>The smallest or largest value so far.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="HasValue">Whether there is one.</param>
/// <param name="Value">The value.</param>
internal record struct ExtremeState<TValue>(bool HasValue, TValue Value)
    where TValue : struct;

/// <summary>The largest (or smallest) value; null of nothing, rows without a value do not count.</summary>
/// <remarks>NaN is greater than every number and equal to itself, as in PostgreSQL.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct ExtremeOf<T, TValue> : IAggregator<T, ExtremeState<TValue>, TValue?>, IMergeable<ExtremeState<TValue>>
    where TValue : struct, IComparable<TValue>
{
    private readonly Selector<T, TValue> _valueOf;
    private readonly bool _largest;

    internal ExtremeOf(Selector<T, TValue> valueOf, bool largest) => (_valueOf, _largest) = (valueOf, largest);

    /// <inheritdoc/>
    public void Add(ref ExtremeState<TValue> accumulator, in T row)
    {
        if (_valueOf.TryGet(row, out TValue value))
            Take(ref accumulator, value);
    }

    /// <inheritdoc/>
    public void Merge(ref ExtremeState<TValue> accumulator, in ExtremeState<TValue> other)
    {
        if (other.HasValue)
            Take(ref accumulator, other.Value);
    }

    /// <inheritdoc/>
    public TValue? Result(in ExtremeState<TValue> accumulator) => accumulator.HasValue ? accumulator.Value : null;

    private void Take(ref ExtremeState<TValue> accumulator, TValue value)
    {
        int order = accumulator.HasValue ? Ordering<TValue>.Compare(value, accumulator.Value) : 0;
        if (!accumulator.HasValue || (_largest ? order > 0 : order < 0))
            accumulator = new ExtremeState<TValue>(true, value);
    }
}
