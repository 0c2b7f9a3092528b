using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Casts between numbers, and between numbers and booleans.</summary>
internal static class NumberCasts
{
    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static int ToInteger(short value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static long ToBigInt(short value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static float ToReal(short value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static double ToDouble(short value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static Numeric ToNumeric(short value) => value;

    [SqlCast(CastContext.Assignment)]
    public static short ToSmallInt(int value) => Small(value);

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static long ToBigInt(int value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static float ToReal(int value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static double ToDouble(int value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static Numeric ToNumeric(int value) => value;

    [SqlCast(CastContext.Explicit, IsSafe = true)]
    public static bool ToBoolean(int value) => value != 0;

    [SqlCast(CastContext.Explicit, IsSafe = true)]
    public static int ToInteger(bool value) => value ? 1 : 0;

    [SqlCast(CastContext.Assignment)]
    public static short ToSmallInt(long value) => Small(value);

    [SqlCast(CastContext.Assignment)]
    public static int ToInteger(long value) => Whole(value);

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static float ToReal(long value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static double ToDouble(long value) => value;

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static Numeric ToNumeric(long value) => value;

    [SqlCast(CastContext.Assignment)]
    public static short ToSmallInt(float value) => ToSmallInt((double)value);

    [SqlCast(CastContext.Assignment)]
    public static int ToInteger(float value) => ToInteger((double)value);

    [SqlCast(CastContext.Assignment)]
    public static long ToBigInt(float value) => ToBigInt((double)value);

    [SqlCast(CastContext.Implicit, IsSafe = true)]
    public static double ToDouble(float value) => value;

    [SqlCast(CastContext.Assignment)]
    public static Numeric ToNumeric(float value) =>
        OfFloating(value, value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture));

    [SqlCast(CastContext.Assignment)]
    public static short ToSmallInt(double value) => checked((short)Rounded(value, short.MinValue, short.MaxValue, "smallint"));

    [SqlCast(CastContext.Assignment)]
    public static int ToInteger(double value) => (int)Rounded(value, int.MinValue, int.MaxValue, "integer");

    [SqlCast(CastContext.Assignment)]
    public static long ToBigInt(double value)
    {
        double rounded = Math.Round(value, MidpointRounding.ToEven);
        return rounded is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)rounded : throw OutOfRange("bigint");
    }

    [SqlCast(CastContext.Assignment)]
    public static float ToReal(double value)
    {
        float real = (float)value;
        if (float.IsInfinity(real) && !double.IsInfinity(value))
            throw new SqlFault(SqlState.NumericValueOutOfRange, "value out of range: overflow");
        return real == 0 && value != 0 ? throw FloatingNumbers.Underflow() : real;
    }

    [SqlCast(CastContext.Assignment)]
    public static Numeric ToNumeric(double value) =>
        OfFloating(value, value.ToString("G15", System.Globalization.CultureInfo.InvariantCulture));

    [SqlCast(CastContext.Assignment)]
    public static short ToSmallInt(Numeric value) => (short)Rounded(value, short.MinValue, short.MaxValue, "smallint");

    [SqlCast(CastContext.Assignment)]
    public static int ToInteger(Numeric value) => (int)Rounded(value, int.MinValue, int.MaxValue, "integer");

    [SqlCast(CastContext.Assignment)]
    public static long ToBigInt(Numeric value) => Rounded(value, long.MinValue, long.MaxValue, "bigint");

    [SqlCast(CastContext.Implicit)]
    public static float ToReal(Numeric value) =>
        value.IsFinite ? FloatText.ParseReal(NumericText.Of(value)) : (float)NumericRoots.ToDouble(value);

    [SqlCast(CastContext.Implicit)]
    public static double ToDouble(Numeric value)
    {
        // A whole number below 2^53 over a small power of ten is divided exactly.
        if (!value.IsWide && value.IsFinite && value.Scale <= 22 && Int128.Abs(value.Digits) <= 1L << 53)
            return (double)(long)value.Digits / Powers[value.Scale];
        return value.IsFinite ? FloatText.ParseDouble(NumericText.Of(value)) : NumericRoots.ToDouble(value);
    }

    private static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    private static short Small(long value) => value is >= short.MinValue and <=
        short.MaxValue ? (short)value : throw OutOfRange("smallint");

    private static int Whole(long value) => value is >= int.MinValue and <= int.MaxValue ? (int)value : throw OutOfRange("integer");

    private static double Rounded(double value, double least, double greatest, string type)
    {
        double rounded = Math.Round(value, MidpointRounding.ToEven);
        return rounded >= least && rounded <= greatest ? rounded : throw OutOfRange(type);
    }

    private static long Rounded(Numeric value, long least, long greatest, string type)
    {
        if (!value.IsFinite)
            throw new SqlFault(SqlState.FeatureNotSupported, $"cannot convert {value} to {type}");
        Numeric rounded = NumericMath.Round(value, 0);
        return !rounded.IsWide && rounded.Digits >= least && rounded.Digits <= greatest ? (long)rounded.Digits : throw OutOfRange(type);
    }

    /// <summary>By the digits that a floating-point number has for certain.</summary>
    private static Numeric OfFloating(double value, string digits) =>
        double.IsNaN(value) ? Numeric.NaN
        : double.IsInfinity(value) ? value > 0 ? Numeric.Infinity : Numeric.MinusInfinity
        : NumericText.Parse(digits);

    private static SqlFault OutOfRange(string type) => new(SqlState.NumericValueOutOfRange, $"{type} out of range");
}
