using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>What is to be computed of the squared distances from the mean.</summary>
public enum Spread
{
    /// <summary>Their sum, divided by one less than the count: of a sample. Null of fewer than two values.</summary>
    SampleVariance,

    /// <summary>The square root of <see cref="SampleVariance"/>.</summary>
    SampleDeviation,

    /// <summary>Their mean: of all there is. Null of nothing.</summary>
    PopulationVariance,

    /// <summary>The square root of <see cref="PopulationVariance"/>.</summary>
    PopulationDeviation,
}

/// <summary>Count, mean and the sum of the squared distances from it.</summary>
/// <remarks>Welford's update ("Note on a method for calculating corrected sums of squares and products", Technometrics 1962) and its
/// reverse; merged as Chan,
/// Golub and LeVeque do ("Updating formulae and a pairwise algorithm for computing sample variances", 1979). Not by sums of squares, which
/// cancel. Numbers may be taken back
/// before they come: the update and its reverse are exact for negative counts, too.</remarks>
public record struct Moments
{
    /// <summary>What is left of numbers that were all taken back is less than this share of one of them.</summary>
    private const double Rounding = 1e-9;

    private long _count, _special;

    /// <summary>Where as many numbers were taken back as came there is no mean: then these are the sum of the numbers and that of their
    /// squares, zero if they were the same.</summary>
    private double _mean, _squares;

    /// <summary>How many numbers there are.</summary>
    public readonly long Count => _count + _special;

    /// <summary>Adds a number. One that is not finite is only counted: the result is NaN for as long as it is there.</summary>
    public void Add(double number)
    {
        if (!double.IsFinite(number))
        {
            _special++;
            return;
        }

        if (_count is 0 or -1)
        {
            AddNextToZero(number, 1);
            return;
        }

        double distance = number - _mean;
        _mean += distance / ++_count;
        _squares += distance * (number - _mean);
    }

    /// <summary>Takes a number back.</summary>
    public void Retract(double number)
    {
        if (!double.IsFinite(number))
        {
            _special--;
        }
        else if (_count is 0 or 1)
        {
            AddNextToZero(number, -1);
        }
        else
        {
            double distance = number - _mean;
            _mean -= distance / --_count;
            double taken = distance * (number - _mean);
            _squares -= taken;
            if (_count == 1 && Math.Abs(_squares) <= Math.Abs(taken) * Rounding)
                _squares = 0;
        }
    }

    /// <summary>Adds all numbers of another.</summary>
    public void Merge(in Moments other)
    {
        _special += other._special;
        if (other._count == 0)
            return;
        if (_count == 0)
        {
            (_count, _mean, _squares) = (other._count, other._mean, other._squares);
            return;
        }

        long count = _count + other._count;
        double distance = other._mean - _mean;
        _mean += distance * other._count / count;
        _squares += other._squares + (distance * distance * _count / count * other._count);
        _count = count;
    }

    /// <summary>The result.</summary>
    public readonly double? Of(Spread spread)
    {
        bool isSample = spread is Spread.SampleVariance or Spread.SampleDeviation;
        if (Count < (isSample ? 2 : 1))
            return null;
        double variance = _special > 0 ? double.NaN : Math.Max(0, _squares) / (isSample ? _count - 1 : _count);
        return spread is Spread.SampleDeviation or Spread.PopulationDeviation ? Math.Sqrt(variance) : variance;
    }

    /// <summary>The update where the count comes to zero or leaves it: by sums, of one or two numbers.</summary>
    private void AddNextToZero(double number, int weight)
    {
        (double sum, double squares) = _count == 0 ? (_mean, _squares) : (_count * _mean, _squares + (_count * _mean * _mean));
        _count += weight;
        sum += weight * number;
        if (_count != 0)
        {
            _mean = sum / _count;
            _squares = sum == weight * number ? 0 : squares + (weight * number * number) - (sum * _mean);
            return;
        }

        squares += weight * number * number;
        bool isNothing = Math.Abs(sum) <= Math.Abs(number) * Rounding && !(Math.Abs(squares) > number * number * Rounding);
        (_mean, _squares) = isNothing ? (0, 0) : (sum, squares);
    }
}

/// <summary>Variance or standard deviation; rows without a value do not count.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct VarianceOf<T> : IAggregator<T, Moments, double?>, IMergeable<Moments>, IRetractable<T, Moments>
{
    private readonly Selector<T, double> _numberOf;
    private readonly Spread _spread;

    internal VarianceOf(Selector<T, double> numberOf, Spread spread) => (_numberOf, _spread) = (numberOf, spread);

    /// <inheritdoc/>
    public void Add(ref Moments accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Add(number);
    }

    /// <inheritdoc/>
    public void Merge(ref Moments accumulator, in Moments other) => accumulator.Merge(other);

    /// <inheritdoc/>
    public void Retract(ref Moments accumulator, in T row)
    {
        if (_numberOf.TryGet(row, out double number))
            accumulator.Retract(number);
    }

    /// <inheritdoc/>
    public double? Result(in Moments accumulator) => accumulator.Of(_spread);
}
