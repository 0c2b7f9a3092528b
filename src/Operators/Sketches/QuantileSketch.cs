using System.Runtime.CompilerServices;
using ActorStreams.Operators.Sketches;

namespace ActorStreams;

/// <summary>Percentiles, each at most <c>relativeError</c> of its own value away from the exact one. NaN is greater than every
/// number.</summary>
/// <remarks>
/// <para>DDSketch: Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees" (2019), with
/// the buckets of its authors' cubic interpolation between powers of two instead of a logarithm per number. It can be merged, and numbers
/// taken back.</para>
/// <para>Keeps 8 bytes a bucket between the smallest and the largest number, enough buckets a sign for numbers 10^17 apart: 2,050 with an
/// error of 1 %. Beyond that the buckets of the numbers nearest to zero are put together, and the percentiles among these lose their bound.
/// Numbers below 2.3e-308 count as zero.</para>
/// </remarks>
public record struct QuantileSketch
{
    private const double A = 6 / 35.0, B = -3 / 5.0, C = 10 / 7.0;
    private const ulong Significand = (1UL << 52) - 1, One = 1023UL << 52;

    private double _perPower, _step;
    private int _limit;
    private long _count, _zeros, _nans, _positiveInfinities, _negativeInfinities;
    private BucketCounts _positive, _negative;

    /// <summary>An empty sketch.</summary>
    /// <param name="relativeError">From 0.0001 to 0.5; 0.01 is 1 %.</param>
    public QuantileSketch(double relativeError)
    {
        if (!(relativeError is >= 0.0001 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(relativeError), relativeError, "It must lie between 0.0001 and 0.5.");
        _step = (1 + relativeError) / (1 - relativeError);
        _perPower = 0.7 / Math.Log(_step);                 // the interpolation is nowhere flatter than 10/7 of the natural logarithm
        _limit = (int)(41 / Math.Log(_step));              // e^41 is 6e17
    }

    /// <summary>How many numbers there are.</summary>
    public readonly long Count => _count;

    internal readonly bool IsDefault => _step == 0;

    /// <summary>What the sketch keeps.</summary>
    public readonly int SizeBytes => _positive.SizeBytes + _negative.SizeBytes;

    /// <summary>Adds a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double number)
    {
        if (number is >= 2.2250738585072014E-308 and <= double.MaxValue && _step != 0)
        {
            _count++;
            _positive.Add(BucketOf(number), 1, _limit);
            return;
        }

        Add(number, 1);
    }

    /// <summary>Takes a number back that was added before.</summary>
    public void Retract(double number) => Add(number, -1);

    /// <summary>Adds a number <paramref name="weight"/> times, or takes it back if that is negative.</summary>
    /// <exception cref="InvalidOperationException">The sketch is default: it has no error to keep to.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Add(double number, long weight)
    {
        if (_step == 0)
            throw new InvalidOperationException("Make the sketch with its constructor, which gives it an error to keep to.");
        _count += weight;
        AddTo(number, weight);
        if (_count == 0)
            ForgetEmpty();
    }

    private void AddTo(double number, long weight)
    {
        if (double.IsNaN(number))
            _nans += weight;
        else if (double.IsInfinity(number))
            _ = number > 0 ? _positiveInfinities += weight : _negativeInfinities += weight;
        else if (!double.IsNormal(number))
            _zeros += weight;
        else if (number > 0)
            _positive.Add(BucketOf(number), weight, _limit);
        else
            _negative.Add(BucketOf(-number), weight, _limit);
    }

    /// <summary>All numbers were taken back, or as many as came: where no bucket counts any, it is as if it had never been.</summary>
    private void ForgetEmpty()
    {
        if (_positive.Counts.IndexOfAnyExcept(0) < 0)
            _positive = default;
        if (_negative.Counts.IndexOfAnyExcept(0) < 0)
            _negative = default;
    }

    /// <summary>About the number at a share of the way from the least to the greatest, 0.5 for the median: that of rank floor(share ×
    /// (count − 1)). Null of nothing.</summary>
    public readonly double? At(double share)
    {
        if (!(share is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A percentile is given as a share from 0 to 1: 0.95 is the 95th.");
        if (_count <= 0)
            return null;
        long rank = (long)(share * (_count - 1)) - _negativeInfinities;
        if (rank < 0)
            return double.NegativeInfinity;
        ReadOnlySpan<long> counts = _negative.Counts;
        for (int at = counts.Length - 1; at >= 0; at--)
        {
            if ((rank -= counts[at]) < 0)
                return -ValueOf(_negative.First + at);
        }

        if ((rank -= _zeros) < 0)
            return 0;
        counts = _positive.Counts;
        for (int at = 0; at < counts.Length; at++)
        {
            if ((rank -= counts[at]) < 0)
                return ValueOf(_positive.First + at);
        }

        return rank - _positiveInfinities < 0 ? double.PositiveInfinity : double.NaN;
    }

    /// <summary>Adds all numbers of another sketch.</summary>
    /// <exception cref="ArgumentException">The other was made for another error.</exception>
    public void Merge(in QuantileSketch other)
    {
        if (other._step == 0)
            return;
        if (_step == 0)
        {
            this = other.Copy();
            return;
        }

        if (_step != other._step)
            throw new ArgumentException("Sketches for different errors cannot be merged. Give both the same.", nameof(other));
        _count += other._count;
        _zeros += other._zeros;
        _nans += other._nans;
        _positiveInfinities += other._positiveInfinities;
        _negativeInfinities += other._negativeInfinities;
        _positive.Merge(other._positive, _limit);
        _negative.Merge(other._negative, _limit);
    }

    /// <summary>A sketch that goes its own way.</summary>
    public readonly QuantileSketch Copy() => this with { _positive = _positive.Copy(), _negative = _negative.Copy() };

    /// <summary>A bucket's numbers are within a factor of <c>_step</c>: a cubic in the significand stands for the logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int BucketOf(double number)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(number);
        double part = BitConverter.UInt64BitsToDouble((bits & Significand) | One) - 1;
        double power = (int)(bits >> 52) - 1023;
        return (int)Math.Floor(((((((A * part) + B) * part) + C) * part) + power) * _perPower);
    }

    /// <summary>What is nearest, relatively, to all numbers of a bucket.</summary>
    private readonly double ValueOf(int bucket)
    {
        double low = NumberAt(bucket), high = low * _step;
        return double.IsFinite(high) ? 2 * low * (high / (low + high)) : low;
    }

    /// <summary>The least number of a bucket.</summary>
    private readonly double NumberAt(int bucket)
    {
        double place = bucket / _perPower, power = Math.Floor(place), low = 0, high = 1;
        for (int i = 0; i < 52; i++)
        {
            double part = (low + high) / 2;
            if (((((A * part) + B) * part) + C) * part <= place - power)
                low = part;
            else
                high = part;
        }

        return Math.ScaleB(1 + low, (int)power);
    }
}
