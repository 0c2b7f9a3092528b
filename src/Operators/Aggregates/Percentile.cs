using System.Runtime.InteropServices;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>Numbers, and those of them that were taken back; sorted and settled when a result is asked for.</summary>
public record struct CollectedNumbers
{
    private List<double>? _numbers, _retracted;

    /// <summary>Adds a number.</summary>
    public void Add(double number) => (_numbers ??= []).Add(number);

    /// <summary>Takes a number back.</summary>
    public void Retract(double number)
    {
        (_retracted ??= []).Add(number);

        // Perhaps all of them: then nothing is to be left.
        if (_retracted.Count == _numbers?.Count)
            Settle();
    }

    /// <summary>Adds all numbers of another.</summary>
    public void Merge(in CollectedNumbers other)
    {
        if (other._numbers is not null)
            (_numbers ??= []).AddRange(other._numbers);
        if (other._retracted is not null)
            (_retracted ??= []).AddRange(other._retracted);
    }

    /// <summary>The number at a share of the way from the least to the greatest, between two of them in proportion (SQL's
    /// PERCENTILE_CONT); null of nothing.</summary>
    public readonly double? At(double share)
    {
        Settle();
        Span<double> numbers = CollectionsMarshal.AsSpan(_numbers);
        if (numbers.IsEmpty)
            return null;
        numbers.Sort();

        // .NET sorts NaN before every number, and it is to be after them
        int nans = 0;
        while (nans < numbers.Length && double.IsNaN(numbers[nans]))
            nans++;
        double place = share * (numbers.Length - 1);
        int below = (int)place;
        double low = At(numbers, nans, below), part = place - below;
        if (part == 0)
            return low;
        double high = At(numbers, nans, below + 1);
        return low == high ? low : (low * (1 - part)) + (high * part);
    }

    private static double At(ReadOnlySpan<double> sorted, int nans, int rank) => rank < sorted.Length - nans ? sorted[nans + rank]
        : double.NaN;

    private readonly void Settle()
    {
        if (_retracted is not { Count: > 0 } || _numbers is null)
            return;
        _numbers.Sort();
        _retracted.Sort();
        int kept = 0, owed = 0, at = 0;
        for (int i = 0; i < _numbers.Count; i++)
        {
            double number = _numbers[i];
            for (; at < _retracted.Count && _retracted[at].CompareTo(number) < 0; at++)
                _retracted[owed++] = _retracted[at];
            if (at < _retracted.Count && _retracted[at].Equals(number))
                at++;
            else
                _numbers[kept++] = number;
        }

        for (; at < _retracted.Count; at++)
            _retracted[owed++] = _retracted[at];
        CollectionsMarshal.SetCount(_numbers, kept);
        CollectionsMarshal.SetCount(_retracted, owed);
    }
}

/// <summary>A percentile of all numbers, exactly; NaN is greater than every number, rows without a number do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct PercentileOf<T> : IAggregator<T, CollectedNumbers, double?>, IMergeable<CollectedNumbers>,
    IRetractable<T, CollectedNumbers>
{
    private readonly Selector<T, double> _numberOf;
    private readonly double _share;

    internal PercentileOf(Selector<T, double> numberOf, double share)
    {
        if (!(share is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A percentile is given as a share from 0 to 1: 0.95 is the 95th.");
        (_numberOf, _share) = (numberOf, share);
    }

    /// <inheritdoc/>
    public void Add(ref CollectedNumbers accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Add(number);
    }

    /// <inheritdoc/>
    public void Check(in CollectedNumbers accumulator, in T row) => _numberOf.TryGet(row, out _);

    /// <inheritdoc/>
    public void Merge(ref CollectedNumbers accumulator, in CollectedNumbers other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref CollectedNumbers accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Retract(number);
    }

    /// <inheritdoc/>
    public double? Result(in CollectedNumbers accumulator) => accumulator.At(_share);
}
