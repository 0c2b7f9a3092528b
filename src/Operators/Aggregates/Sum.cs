using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>Adds whole numbers or decimals up; an overflow is an error of the row that causes it.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TNumber">The sum's type: <see cref="long"/> or <see cref="decimal"/>.</typeparam>
internal readonly struct SumOf<T, TNumber> : IAggregator<T, TNumber, TNumber>, IMergeable<TNumber>, IRetractable<T, TNumber>
    where TNumber : struct, INumber<TNumber>
{
    private readonly Selector<T, TNumber> _numberOf;

    internal SumOf(Selector<T, TNumber> numberOf) => _numberOf = numberOf;

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The sum does not fit its type.</exception>
    public void Add(ref TNumber accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out TNumber number))
            accumulator = Plus(accumulator, number);
    }

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The sum does not fit its type.</exception>
    public void Merge(ref TNumber accumulator, in TNumber other) => accumulator = Plus(accumulator, other);

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The sum does not fit its type.</exception>
    public void Retract(ref TNumber accumulator, in T row)
    {
        if (!_numberOf.TryGet(row, out TNumber number))
            return;
        if (typeof(TNumber) == typeof(long))
        {
            // the lowest number has no negative of its own
            long left = (long)(object)accumulator, right = (long)(object)number, difference = unchecked(left - right);
            if (((left ^ right) & (left ^ difference)) < 0)
                throw Overflow(accumulator, "−", number);
            accumulator = (TNumber)(object)difference;
            return;
        }

        accumulator = Plus(accumulator, -number);
    }

    /// <inheritdoc/>
    /// <remarks>Decimals are rounded at 28 digits, so not theirs.</remarks>
    public bool CanUnmerge => typeof(TNumber) == typeof(long);

    /// <inheritdoc/>
    /// <exception cref="OverflowException">What is left does not fit its type: the sum of the parts was within its range only
    /// together.</exception>
    public void Unmerge(ref TNumber accumulator, in TNumber other) => accumulator = checked(accumulator - other);

    /// <inheritdoc/>
    public TNumber Result(in TNumber accumulator) => accumulator;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TNumber Plus(TNumber left, TNumber right)
    {
        if (typeof(TNumber) == typeof(long))
        {
            long a = (long)(object)left, b = (long)(object)right, sum = unchecked(a + b);
            if (((a ^ sum) & (b ^ sum)) < 0)
                throw Overflow(left, "+", right);
            return (TNumber)(object)sum;
        }

        return PlusChecked(left, right);
    }

    private static TNumber PlusChecked(TNumber left, TNumber right)
    {
        try
        {
            return checked(left + right);
        }
        catch (OverflowException)
        {
            throw Overflow(left, "+", right);
        }
    }

    [SuppressMessage("Usage", "CA2201", Justification = "It is what checked arithmetic throws.")]
    private static OverflowException Overflow(TNumber left, string sign, TNumber right) => new(
        $"The sum does not fit '{typeof(TNumber).Name}': {left} {sign} {right}. Sum a wider type: {(typeof(TNumber) == typeof(long) ? "decimal or double" : "double")}.");
}

/// <summary>Adds floating-point numbers up.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct RealSumOf<T> : IAggregator<T, RealSum, double>, IMergeable<RealSum>, IRetractable<T, RealSum>
{
    private readonly Selector<T, double> _numberOf;

    internal RealSumOf(Selector<T, double> numberOf) => _numberOf = numberOf;

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The sum of finite numbers is not finite.</exception>
    public void Add(ref RealSum accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Add(number);
    }

    /// <inheritdoc/>
    public void Merge(ref RealSum accumulator, in RealSum other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref RealSum accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Retract(number);
    }

    /// <inheritdoc/>
    public double Result(in RealSum accumulator) => accumulator.Value;
}

/// <summary>The arithmetic mean; null of nothing, rows without a value do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct AverageOf<T> : IAggregator<T, RealSum, double?>, IMergeable<RealSum>, IRetractable<T, RealSum>
{
    private readonly RealSumOf<T> _sum;

    internal AverageOf(Selector<T, double> numberOf) => _sum = new(numberOf);

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The sum of finite numbers is not finite.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref RealSum accumulator, in T row) => _sum.Add(ref accumulator, row);

    /// <inheritdoc/>
    public void Merge(ref RealSum accumulator, in RealSum other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref RealSum accumulator, in T row) => _sum.Retract(ref accumulator, row);

    /// <inheritdoc/>
    public double? Result(in RealSum accumulator) => accumulator.Count == 0 ? null : accumulator.Value / accumulator.Count;
}
