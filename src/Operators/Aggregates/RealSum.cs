using System.Runtime.CompilerServices;

namespace ActorStreams;

/// <summary>A sum of floating-point numbers and their count.</summary>
/// <remarks>
/// The rounding error of every addition is kept and added in the end, so that the order of the rows, of which an engine promises none,
/// hardly ever shows
/// in the sum, and a number taken back leaves nothing of it behind, even one that is taken back before it came. NaN and infinities are
/// counted, not added: they too can be taken back.
/// The error-free addition is Knuth's (The Art of Computer Programming 2, 4.2.2, theorem B).
/// </remarks>
public record struct RealSum
{
    /// <summary>What is left of numbers that were all taken back is less than this share of one of them.</summary>
    private const double Rounding = 1e-12;

    private double _sum, _error;
    private long _count;
    private int _nans, _positiveInfinities, _negativeInfinities;

    /// <summary>How many numbers there are.</summary>
    public readonly long Count => _count;

    /// <summary>The sum, as IEEE 754 adds: NaN if one is NaN or infinities of both signs are there.</summary>
    public readonly double Value
    {
        get
        {
            if ((_nans | _positiveInfinities | _negativeInfinities) == 0)
                return _sum + _error;
            if (_nans > 0 || (_positiveInfinities > 0 && _negativeInfinities > 0))
                return double.NaN;
            return _positiveInfinities > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        }
    }

    /// <summary>Adds a number.</summary>
    /// <exception cref="OverflowException">The sum of finite numbers is not finite any more.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double number)
    {
        if (!double.IsFinite(number))
        {
            CountSpecial(number, 1);
            return;
        }

        AddFinite(number);
        _count++;
    }

    /// <summary>Takes a number back.</summary>
    public void Retract(double number)
    {
        if (!double.IsFinite(number))
        {
            CountSpecial(number, -1);
            return;
        }

        AddFinite(-number);
        if (--_count == _nans + _positiveInfinities + _negativeInfinities && Math.Abs(_sum + _error) <= Math.Abs(number) * Rounding)
            _sum = _error = 0;
    }

    /// <summary>Adds all numbers of another sum.</summary>
    /// <exception cref="OverflowException">The sum of finite numbers is not finite any more.</exception>
    public void Merge(in RealSum other)
    {
        AddFinite(other._sum);
        AddFinite(other._error);
        _count += other._count;
        _nans += other._nans;
        _positiveInfinities += other._positiveInfinities;
        _negativeInfinities += other._negativeInfinities;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddFinite(double number)
    {
        double sum = _sum + number;
        if (!double.IsFinite(sum))
            throw Overflow(_sum, number);
        double part = sum - _sum;
        _error += _sum - (sum - part) + (number - part);
        _sum = sum;
    }

    private void CountSpecial(double number, int weight)
    {
        _count += weight;
        if (double.IsNaN(number))
            _nans += weight;
        else if (number > 0)
            _positiveInfinities += weight;
        else
            _negativeInfinities += weight;
    }

    private static OverflowException Overflow(double sum, double number) =>
        new(FormattableString.Invariant($"The sum is not finite any more: {sum} + {number}. Scale the numbers down."));
}
