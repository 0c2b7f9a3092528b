using System.Security.Cryptography;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Functions of floating-point numbers.</summary>
internal static class MathFunctions
{
    [ThreadStatic]
    private static Random? s_random;

    [SqlFunction("round", IsSafe = true)]
    public static double Round(double value) => Math.Round(value, MidpointRounding.ToEven);

    [SqlFunction("trunc", IsSafe = true)]
    public static double Truncate(double value) => Math.Truncate(value);

    [SqlFunction("floor", IsSafe = true)]
    public static double Floor(double value) => Math.Floor(value);

    [SqlFunction("ceil", IsSafe = true), SqlFunction("ceiling", IsSafe = true)]
    public static double Ceiling(double value) => Math.Ceiling(value);

    [SqlFunction("sign", IsSafe = true)]
    public static double Sign(double value) => double.IsNaN(value) ? 0 : Math.Sign(value);

    [SqlOperator("|/"), SqlFunction("sqrt")]
    public static double Sqrt(double value) =>
        value < 0 ? throw new Values.SqlFault(SqlState.InvalidPower, "cannot take square root of a negative number") : Math.Sqrt(value);

    [SqlOperator("||/"), SqlFunction("cbrt", IsSafe = true)]
    public static double Cbrt(double value) => Math.Cbrt(value);

    [SqlFunction("exp")]
    public static double Exp(double value)
    {
        double result = FloatingNumbers.Checked(Math.Exp(value), value, value);
        return result != 0 || double.IsInfinity(value) ? result : throw FloatingNumbers.Underflow();
    }

    [SqlFunction("ln")]
    public static double Ln(double value) => Math.Log(Positive(value));

    [SqlFunction("log"), SqlFunction("log10")]
    public static double Log(double value) => Math.Log10(Positive(value));

    [SqlOperator("^"), SqlFunction("power"), SqlFunction("pow")]
    public static double Power(double value, double exponent)
    {
        if (double.IsNaN(value) || double.IsNaN(exponent))
            return exponent == 0 || value == 1 ? 1 : double.NaN;
        if (value == 0 && exponent < 0)
            throw new Values.SqlFault(SqlState.InvalidPower, "zero raised to a negative power is undefined");
        if (value < 0 && double.IsFinite(exponent) && Math.Floor(exponent) != exponent)
            throw new Values.SqlFault(SqlState.InvalidPower, "a negative number raised to a non-integer power yields a complex result");
        double result = FloatingNumbers.Checked(Math.Pow(value, exponent), value, exponent);
        return result != 0 || value == 0 || double.IsInfinity(value) || double.IsInfinity(exponent)
            ? result : throw FloatingNumbers.Underflow();
    }

    [SqlFunction("pi", IsSafe = true)]
    public static double Pi() => Math.PI;

    [SqlFunction("degrees")]
    public static double Degrees(double value) => FloatingNumbers.Checked(value / (Math.PI / 180), value, value);

    [SqlFunction("radians", IsSafe = true)]
    public static double Radians(double value) => value * (Math.PI / 180);

    [SqlFunction("sin")]
    public static double Sin(double value) => Math.Sin(Finite(value));

    [SqlFunction("cos")]
    public static double Cos(double value) => Math.Cos(Finite(value));

    [SqlFunction("tan")]
    public static double Tan(double value) => Math.Tan(Finite(value));

    [SqlFunction("cot")]
    public static double Cot(double value) => 1 / Math.Tan(Finite(value));

    [SqlFunction("asin")]
    public static double Asin(double value) => Math.Asin(Within(value));

    [SqlFunction("acos")]
    public static double Acos(double value) => Math.Acos(Within(value));

    [SqlFunction("atan", IsSafe = true)]
    public static double Atan(double value) => Math.Atan(value);

    [SqlFunction("atan2", IsSafe = true)]
    public static double Atan2(double y, double x) => Math.Atan2(y, x);

    [SqlFunction("sinh", IsSafe = true)]
    public static double Sinh(double value) => Math.Sinh(value);

    [SqlFunction("cosh", IsSafe = true)]
    public static double Cosh(double value) => Math.Cosh(value);

    [SqlFunction("tanh", IsSafe = true)]
    public static double Tanh(double value) => Math.Tanh(value);

    [SqlFunction("width_bucket")]
    public static int WidthBucket(double value, double low, double high, int count)
    {
        if (count <= 0)
            throw new Values.SqlFault(SqlState.InvalidWidthBucket, "count must be greater than zero");
        if (double.IsNaN(value) || double.IsNaN(low) || double.IsNaN(high))
            throw new Values.SqlFault(SqlState.InvalidWidthBucket, "operand, lower bound, and upper bound cannot be NaN");
        if (double.IsInfinity(low) || double.IsInfinity(high))
            throw new Values.SqlFault(SqlState.InvalidWidthBucket, "lower and upper bounds must be finite");
        if (low == high)
            throw new Values.SqlFault(SqlState.InvalidWidthBucket, "lower bound cannot equal upper bound");
        bool isUp = low < high;
        if (isUp ? value < low : value > low)
            return 0;
        if (isUp ? value >= high : value <= high)
            return checked(count + 1);
        int bucket = (int)((isUp ? (value - low) / (high - low) : (low - value) / (low - high)) * count);
        return Math.Min(bucket, count - 1) + 1;
    }

    [SqlFunction("random", IsSafe = true, Volatility = Volatility.Volatile)]
    public static double Random() => (s_random ??= new Random(RandomNumberGenerator.GetInt32(int.MaxValue))).NextDouble();

    private static double Positive(double value) =>
        value < 0 ? throw new Values.SqlFault(SqlState.InvalidLogarithm, "cannot take logarithm of a negative number")
        : value == 0 ? throw new Values.SqlFault(SqlState.InvalidLogarithm, "cannot take logarithm of zero")
        : value;

    private static double Finite(double value) =>
        double.IsInfinity(value) ? throw new Values.SqlFault(SqlState.NumericValueOutOfRange, "input is out of range") : value;

    private static double Within(double value) =>
        value is < -1 or > 1 ? throw new Values.SqlFault(SqlState.NumericValueOutOfRange, "input is out of range") : value;
}
