using System.Numerics;

namespace ActorStreams.Operators.Aggregates;

/// <summary>Counts rows.</summary>
/// <typeparam name="T">The row.</typeparam>
public readonly struct CountOf<T> : IAggregator<T, long, long>
{
    /// <inheritdoc/>
    public void Add(ref long accumulator, in T row) => accumulator++;

    /// <inheritdoc/>
    public void Merge(ref long accumulator, in long other) => accumulator += other;

    /// <inheritdoc/>
    public long Result(in long accumulator) => accumulator;
}

/// <summary>Adds numbers up; an overflow is an error of the row that causes it.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TNumber">The sum's type: <see cref="long"/>, <see cref="double"/> or <see cref="decimal"/>.</typeparam>
/// <param name="numberOf">The number of a row.</param>
public readonly struct SumOf<T, TNumber>(Func<T, TNumber> numberOf) : IAggregator<T, TNumber, TNumber>
    where TNumber : struct, INumber<TNumber>
{
    /// <inheritdoc/>
    public void Add(ref TNumber accumulator, in T row) => accumulator = checked(accumulator + numberOf(row));

    /// <inheritdoc/>
    public void Merge(ref TNumber accumulator, in TNumber other) => accumulator = checked(accumulator + other);

    /// <inheritdoc/>
    public TNumber Result(in TNumber accumulator) => accumulator;
}

/// <summary>Sum and count of what has been averaged.</summary>
/// <param name="Sum">The sum.</param>
/// <param name="Count">The number of values.</param>
public record struct AverageState(double Sum, long Count);

/// <summary>The arithmetic mean; null of nothing.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="numberOf">The number of a row.</param>
public readonly struct AverageOf<T>(Func<T, double> numberOf) : IAggregator<T, AverageState, double?>
{
    /// <inheritdoc/>
    public void Add(ref AverageState accumulator, in T row)
    {
        accumulator.Sum += numberOf(row);
        accumulator.Count++;
    }

    /// <inheritdoc/>
    public void Merge(ref AverageState accumulator, in AverageState other)
    {
        accumulator.Sum += other.Sum;
        accumulator.Count += other.Count;
    }

    /// <inheritdoc/>
    public double? Result(in AverageState accumulator) => accumulator.Count == 0 ? null : accumulator.Sum / accumulator.Count;
}

/// <summary>The smallest or largest value so far.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="HasValue">Whether there is one.</param>
/// <param name="Value">The value.</param>
public record struct ExtremeState<TValue>(bool HasValue, TValue Value)
    where TValue : struct;

/// <summary>The largest (or smallest) value; null of nothing, rows without a value do not count.</summary>
/// <remarks>NaN is greater than every number and equal to itself, as in PostgreSQL.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="valueOf">The value of a row, null for none.</param>
/// <param name="largest">True for the maximum, false for the minimum.</param>
public readonly struct ExtremeOf<T, TValue>(Func<T, TValue?> valueOf, bool largest) : IAggregator<T, ExtremeState<TValue>, TValue?>
    where TValue : struct, IComparable<TValue>
{
    /// <inheritdoc/>
    public void Add(ref ExtremeState<TValue> accumulator, in T row)
    {
        if (valueOf(row) is { } value)
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
        if (!accumulator.HasValue || (Compare(value, accumulator.Value) > 0) == largest)
            accumulator = new ExtremeState<TValue>(true, value);
    }

    private static int Compare(TValue a, TValue b)
    {
        // .NET sorts NaN before every number.
        if (typeof(TValue) == typeof(double))
            return Ordered(double.IsNaN((double)(object)a), double.IsNaN((double)(object)b), a, b);
        if (typeof(TValue) == typeof(float))
            return Ordered(float.IsNaN((float)(object)a), float.IsNaN((float)(object)b), a, b);
        return a.CompareTo(b);
    }

    private static int Ordered(bool isNanA, bool isNanB, TValue a, TValue b) =>
        isNanA || isNanB ? isNanA.CompareTo(isNanB) : a.CompareTo(b);
}

/// <summary>Two aggregates over the same rows.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TA">The first.</typeparam>
/// <typeparam name="TAccA">Its accumulator.</typeparam>
/// <typeparam name="TOutA">Its result.</typeparam>
/// <typeparam name="TB">The second.</typeparam>
/// <typeparam name="TAccB">Its accumulator.</typeparam>
/// <typeparam name="TOutB">Its result.</typeparam>
/// <typeparam name="TOut">Both results.</typeparam>
/// <param name="first">The first.</param>
/// <param name="second">The second.</param>
/// <param name="combine">Puts the results together; called once per result, not per row.</param>
public readonly struct Both<T, TA, TAccA, TOutA, TB, TAccB, TOutB, TOut>(TA first, TB second, Func<TOutA, TOutB, TOut> combine)
    : IAggregator<T, (TAccA First, TAccB Second), TOut>
    where TA : struct, IAggregator<T, TAccA, TOutA>
    where TB : struct, IAggregator<T, TAccB, TOutB>
{
    private readonly TA _first = first;
    private readonly TB _second = second;

    /// <inheritdoc/>
    public void Add(ref (TAccA First, TAccB Second) accumulator, in T row)
    {
        _first.Add(ref accumulator.First, row);
        _second.Add(ref accumulator.Second, row);
    }

    /// <inheritdoc/>
    public void Merge(ref (TAccA First, TAccB Second) accumulator, in (TAccA First, TAccB Second) other)
    {
        _first.Merge(ref accumulator.First, other.First);
        _second.Merge(ref accumulator.Second, other.Second);
    }

    /// <inheritdoc/>
    public TOut Result(in (TAccA First, TAccB Second) accumulator) => combine(_first.Result(accumulator.First), _second.Result(accumulator.Second));
}
