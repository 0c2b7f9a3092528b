using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>All values, nulls too, in the order of arrival.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct CollectOf<T, TValue> : IAggregator<T, List<TValue>?, IReadOnlyList<TValue>>, IMergeable<List<TValue>?>,
    IRetractable<T, List<TValue>?>
{
    private readonly Func<T, TValue> _valueOf;
    private readonly int _atMost;

    internal CollectOf(Func<T, TValue> valueOf, int atMost)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(atMost);
        (_valueOf, _atMost) = (valueOf, atMost);
    }

    /// <inheritdoc/>
    /// <exception cref="OverflowException">There are as many values as allowed.</exception>
    public void Add(ref List<TValue>? accumulator, in T row)
    {
        TValue value = _valueOf(row);
        RequireRoom(accumulator?.Count ?? 0, 1);
        (accumulator ??= []).Add(value);
    }

    /// <inheritdoc/>
    public void Check(in List<TValue>? accumulator, in T row)
    {
        _ = _valueOf(row);
        RequireRoom(accumulator?.Count ?? 0, 1);
    }

    /// <inheritdoc/>
    /// <exception cref="OverflowException">Together there are more values than allowed.</exception>
    public void Merge(ref List<TValue>? accumulator, in List<TValue>? other)
    {
        if (other is null)
            return;
        RequireRoom(accumulator?.Count ?? 0, other.Count);
        (accumulator ??= []).AddRange(other);
    }

    /// <summary>Takes back the value that came first of those equal to the row's. Searches all.</summary>
    public void Retract(ref List<TValue>? accumulator, in T row) => accumulator?.Remove(_valueOf(row));

    /// <inheritdoc/>
    public bool Holds(in List<TValue>? accumulator, in T row) => accumulator?.Contains(_valueOf(row)) == true;

    /// <inheritdoc/>
    public IReadOnlyList<TValue> Result(in List<TValue>? accumulator) => accumulator is null ? [] : accumulator.ToArray();

    private void RequireRoom(int count, int more)
    {
        if (count > _atMost - more)
            throw new OverflowException(
                $"More values than the {_atMost} allowed would be collected. Allow more, or use Top, Sample or a sketch.");
    }
}

/// <summary>How many different values there are, exactly; nulls do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value, told from others by its own equality.</typeparam>
#pragma warning disable CS8714 // null values are never added
internal readonly struct DistinctCountOf<T, TValue> : IAggregator<T, Dictionary<TValue, long>?, long>,
    IMergeable<Dictionary<TValue, long>?>, IRetractable<T, Dictionary<TValue, long>?>
{
    private readonly Func<T, TValue> _valueOf;

    internal DistinctCountOf(Func<T, TValue> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        KeyEquality.CheckCounted<TValue>("Distinct count");
        _valueOf = valueOf;
    }

    /// <inheritdoc/>
    public void Add(ref Dictionary<TValue, long>? accumulator, in T row)
    {
        if (_valueOf(row) is { } value)
            Count(accumulator ??= [], value, 1);
    }

    /// <inheritdoc/>
    public void Check(in Dictionary<TValue, long>? accumulator, in T row) => _ = _valueOf(row)?.GetHashCode();

    /// <inheritdoc/>
    public void Merge(ref Dictionary<TValue, long>? accumulator, in Dictionary<TValue, long>? other)
    {
        foreach ((TValue value, long count) in other ?? [])
            Count(accumulator ??= [], value, count);
    }

    /// <inheritdoc/>
    public void Retract(ref Dictionary<TValue, long>? accumulator, in T row)
    {
        if (_valueOf(row) is { } value)
            Count(accumulator ??= [], value, -1);
    }

    /// <inheritdoc/>
    public bool Holds(in Dictionary<TValue, long>? accumulator, in T row) =>
        _valueOf(row) is not { } value || accumulator?.ContainsKey(value) == true;

    /// <inheritdoc/>
    public long Result(in Dictionary<TValue, long>? accumulator) => accumulator?.Count ?? 0;

    private static void Count(Dictionary<TValue, long> counts, TValue value, long weight)
    {
        ref long count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _);
        count += weight;
        if (count == 0)
            counts.Remove(value);
    }
}
#pragma warning restore CS8714
