using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Arithmetic of exact numbers.</summary>
internal static class NumericFunctions
{
    [SqlOperator("+"), SqlFunction("numeric_add")]
    public static Numeric Add(Numeric left, Numeric right) => left + right;

    [SqlOperator("-"), SqlFunction("numeric_sub")]
    public static Numeric Subtract(Numeric left, Numeric right) => left - right;

    [SqlOperator("*"), SqlFunction("numeric_mul")]
    public static Numeric Multiply(Numeric left, Numeric right) => left * right;

    [SqlOperator("/")]
    public static Numeric Divide(Numeric left, Numeric right) => left / right;

    [SqlOperator("%"), SqlFunction("mod")]
    public static Numeric Modulo(Numeric left, Numeric right) => left % right;

    [SqlOperator("-")]
    public static Numeric Negate(Numeric value) => -value;

    [SqlOperator("+", IsSafe = true)]
    public static Numeric Plus(Numeric value) => value;

    [SqlOperator("@"), SqlFunction("abs")]
    public static Numeric Abs(Numeric value) => value.Sign < 0 ? -value : value;

    [SqlFunction("sign", IsSafe = true)]
    public static Numeric Sign(Numeric value) => value.IsNaN ? Numeric.NaN : value.Sign;

    [SqlFunction("round")]
    public static Numeric Round(Numeric value) => NumericMath.Round(value, 0);

    [SqlFunction("round")]
    public static Numeric Round(Numeric value, int scale) => NumericMath.Round(value, scale);

    [SqlFunction("trunc")]
    public static Numeric Truncate(Numeric value) => NumericMath.Truncate(value, 0);

    [SqlFunction("trunc")]
    public static Numeric Truncate(Numeric value, int scale) => NumericMath.Truncate(value, scale);

    [SqlFunction("floor")]
    public static Numeric Floor(Numeric value) => NumericMath.Floor(value);

    [SqlFunction("ceil"), SqlFunction("ceiling")]
    public static Numeric Ceiling(Numeric value) => NumericMath.Ceiling(value);

    [SqlFunction("div")]
    public static Numeric DivideWhole(Numeric left, Numeric right) => NumericMath.DivideWhole(left, right);

    [SqlFunction("scale", IsSafe = true)]
    public static int? Scale(Numeric value) => value.IsFinite ? value.Scale : null;

    [SqlFunction("min_scale", IsSafe = true)]
    public static int? MinScale(Numeric value) => value.IsFinite ? value.WithoutZeros().Scale : null;

    [SqlFunction("trim_scale", IsSafe = true)]
    public static Numeric TrimScale(Numeric value) => value.WithoutZeros();

    [SqlFunction("sqrt")]
    public static Numeric Sqrt(Numeric value) => NumericRoots.Sqrt(value);

    [SqlFunction("exp")]
    public static Numeric Exp(Numeric value) => NumericRoots.Exp(value);

    [SqlFunction("ln")]
    public static Numeric Ln(Numeric value) => NumericRoots.Ln(value);

    [SqlFunction("log"), SqlFunction("log10")]
    public static Numeric Log(Numeric value) => NumericRoots.Log(10, value);

    [SqlFunction("log")]
    public static Numeric Log(Numeric radix, Numeric value) => NumericRoots.Log(radix, value);

    [SqlOperator("^"), SqlFunction("power"), SqlFunction("pow")]
    public static Numeric Power(Numeric value, Numeric exponent) => NumericRoots.Power(value, exponent);

    [SqlFunction("gcd")]
    public static Numeric Gcd(Numeric left, Numeric right)
    {
        if (!left.IsFinite || !right.IsFinite)
            return Numeric.NaN;
        int scale = Math.Max(left.Scale, right.Scale);
        return Numeric.Of(System.Numerics.BigInteger.GreatestCommonDivisor(NumericMath.Scaled(left, scale),
            NumericMath.Scaled(right, scale)), scale);
    }

    [SqlFunction("lcm")]
    public static Numeric Lcm(Numeric left, Numeric right)
    {
        if (!left.IsFinite || !right.IsFinite)
            return Numeric.NaN;
        int scale = Math.Max(left.Scale, right.Scale);
        if (left.Sign == 0 || right.Sign == 0)
            return Numeric.Of(0, scale);
        var l = NumericMath.Scaled(left, scale);
        var r = NumericMath.Scaled(right, scale);
        return Numeric.Of(System.Numerics.BigInteger.Abs(l * r / System.Numerics.BigInteger.GreatestCommonDivisor(l, r)), scale);
    }

    [SqlFunction("width_bucket")]
    public static int WidthBucket(Numeric value, Numeric low, Numeric high, int count)
    {
        if (count <= 0)
            throw new SqlFault(SqlState.InvalidWidthBucket, "count must be greater than zero");
        if (value.IsNaN || low.IsNaN || high.IsNaN)
            throw new SqlFault(SqlState.InvalidWidthBucket, "operand, lower bound, and upper bound cannot be NaN");
        if (!low.IsFinite || !high.IsFinite)
            throw new SqlFault(SqlState.InvalidWidthBucket, "lower and upper bounds must be finite");
        int order = low.CompareTo(high);
        if (order == 0)
            throw new SqlFault(SqlState.InvalidWidthBucket, "lower bound cannot equal upper bound");
        if (order < 0 ? value.CompareTo(low) < 0 : value.CompareTo(low) > 0)
            return 0;
        if (order < 0 ? value.CompareTo(high) >= 0 : value.CompareTo(high) <= 0)
            return checked(count + 1);
        Numeric ratio = NumericMath.DivideWhole((order < 0 ? value - low : low - value) * count, order < 0 ? high - low : low - high);
        return (int)ratio.Whole + 1;
    }

    /// <summary>What a column of numeric(precision, scale) holds of a value.</summary>
    public static Numeric Fit(Numeric value, int precision, int scale) => NumericMath.Fit(value, precision, scale);
}
