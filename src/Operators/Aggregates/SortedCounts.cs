using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>Values with how often each is there, in order: what can tell the smallest or largest after others were taken back.</summary>
/// <remarks>Sorted runs of at most 512 distinct values: adding and taking back search in about log2(n) steps and move at most 4 KB. A
/// value taken back before it came
/// has a negative count until it comes, and is not there for any result.</remarks>
/// <typeparam name="TValue">The value.</typeparam>
public record struct SortedCounts<TValue>
{
    private const int RunLimit = 512;

    private List<List<TValue>>? _values;
    private List<List<long>>? _counts;

    /// <summary>Adds a value <paramref name="weight"/> times, or takes it back if that is negative.</summary>
    public void Add(TValue value, long weight)
    {
        if (_values is null || _counts is null || _values.Count == 0)
            (_values, _counts) = ([[]], [[]]);
        int run = RunOf(value);
        List<TValue> values = _values[run];
        List<long> counts = _counts[run];
        int at = values.BinarySearch(value, Ordering<TValue>.Comparer);
        if (at < 0)
        {
            values.Insert(~at, value);
            counts.Insert(~at, weight);
            if (values.Count > RunLimit)
                Split(run);
            return;
        }

        counts[at] += weight;
        if (counts[at] != 0)
            return;
        values.RemoveAt(at);
        counts.RemoveAt(at);
        if (values.Count == 0)
        {
            _values.RemoveAt(run);
            _counts.RemoveAt(run);
        }
    }

    /// <summary>Adds all values of another.</summary>
    public void Merge(in SortedCounts<TValue> other)
    {
        for (int run = 0; run < (other._values?.Count ?? 0); run++)
        {
            List<TValue> values = other._values![run];
            for (int at = 0; at < values.Count; at++)
                Add(values[at], other._counts![run][at]);
        }
    }

    /// <summary>The values with their counts.</summary>
    /// <param name="descending">The largest first.</param>
    public readonly IEnumerable<(TValue Value, long Count)> InOrder(bool descending)
    {
        int runs = _values?.Count ?? 0;
        for (int run = 0; run < runs; run++)
        {
            int from = descending ? runs - 1 - run : run;
            List<TValue> values = _values![from];
            for (int i = 0; i < values.Count; i++)
            {
                int at = descending ? values.Count - 1 - i : i;
                if (_counts![from][at] > 0)
                    yield return (values[at], _counts[from][at]);
            }
        }
    }

    /// <summary>The last run whose first value is not above it.</summary>
    private readonly int RunOf(TValue value)
    {
        int low = 0, high = _values!.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (Ordering<TValue>.Compare(_values[middle][0], value) <= 0)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private readonly void Split(int run)
    {
        const int Half = RunLimit / 2;
        List<TValue> values = _values![run];
        List<long> counts = _counts![run];
        _values.Insert(run + 1, values.GetRange(Half, values.Count - Half));
        _counts.Insert(run + 1, counts.GetRange(Half, counts.Count - Half));
        values.RemoveRange(Half, values.Count - Half);
        counts.RemoveRange(Half, counts.Count - Half);
    }
}

/// <summary>Rows in the order of a value of theirs.</summary>
internal static class SortedRows
{
    /// <summary>Adds a row's value <paramref name="weight"/> times, or takes it back if that is negative; a row without a value does not
    /// count.</summary>
    public static void Add<T, TValue>(this ref SortedCounts<TValue> counts, in Selector<T, TValue> valueOf, in T row, long weight)
        where TValue : struct
    {
        if (valueOf.TryGet(row, out TValue value))
            counts.Add(value, weight);
    }
}

/// <summary>The smallest or largest value of those that were not taken back; null of nothing, rows without a value do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct RetractableExtremeOf<T, TValue> : IAggregator<T, SortedCounts<TValue>, TValue?>, IMergeable<SortedCounts<TValue>>,
    IRetractable<T, SortedCounts<TValue>>
    where TValue : struct, IComparable<TValue>
{
    private readonly Selector<T, TValue> _valueOf;
    private readonly bool _largest;

    internal RetractableExtremeOf(Selector<T, TValue> valueOf, bool largest) => (_valueOf, _largest) = (valueOf, largest);

    /// <inheritdoc/>
    public void Add(ref SortedCounts<TValue> accumulator, in T row) => accumulator.Add(_valueOf, row, 1);

    /// <inheritdoc/>
    public void Check(in SortedCounts<TValue> accumulator, in T row) => _valueOf.TryGet(row, out _);

    /// <inheritdoc/>
    public void Merge(ref SortedCounts<TValue> accumulator, in SortedCounts<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref SortedCounts<TValue> accumulator, in T row) => accumulator.Add(_valueOf, row, -1);

    /// <inheritdoc/>
    public TValue? Result(in SortedCounts<TValue> accumulator)
    {
        foreach ((TValue value, _) in accumulator.InOrder(_largest))
            return value;
        return null;
    }
}

/// <summary>The largest values, the largest first, equal ones as often as they came.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal readonly struct RetractableTopOf<T, TValue> : IAggregator<T, SortedCounts<TValue>, IReadOnlyList<TValue>>,
    IMergeable<SortedCounts<TValue>>, IRetractable<T, SortedCounts<TValue>>
    where TValue : struct, IComparable<TValue>
{
    private readonly Selector<T, TValue> _valueOf;
    private readonly int _count;

    internal RetractableTopOf(Selector<T, TValue> valueOf, int count) => (_valueOf, _count) = (valueOf, count);

    /// <inheritdoc/>
    public void Add(ref SortedCounts<TValue> accumulator, in T row) => accumulator.Add(_valueOf, row, 1);

    /// <inheritdoc/>
    public void Check(in SortedCounts<TValue> accumulator, in T row) => _valueOf.TryGet(row, out _);

    /// <inheritdoc/>
    public void Merge(ref SortedCounts<TValue> accumulator, in SortedCounts<TValue> other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref SortedCounts<TValue> accumulator, in T row) => accumulator.Add(_valueOf, row, -1);

    /// <inheritdoc/>
    public IReadOnlyList<TValue> Result(in SortedCounts<TValue> accumulator)
    {
        var top = new List<TValue>();
        foreach ((TValue value, long count) in accumulator.InOrder(descending: true))
        {
            for (long i = 0; i < count && top.Count < _count; i++)
                top.Add(value);
            if (top.Count == _count)
                break;
        }

        return top.ToArray();
    }
}
