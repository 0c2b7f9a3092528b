using System.Numerics;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>Arithmetic of numbers that need more than 38 digits, or have different scales; and what is done the same for all.</summary>
/// <remarks>How many digits a result has follows PostgreSQL 15, digit for digit.</remarks>
internal static class NumericMath
{
    private const int MinSignificant = 16, MaxDisplay = 1000, DigitsPerGroup = 4;
    private static readonly BigInteger[] s_powers = MakePowers();

    public static BigInteger Power10(int exponent) => exponent < s_powers.Length ? s_powers[exponent] : BigInteger.Pow(10, exponent);

    public static int CountDigits(BigInteger value)
    {
        if (value.IsZero)
            return 0;
        value = BigInteger.Abs(value);
        int guess = (int)((value.GetBitLength() - 1) * 0.30102999566398119);
        return value >= Power10(guess) ? value >= Power10(guess + 1) ? guess + 2 : guess + 1 : guess;
    }

    public static Numeric Add(in Numeric left, in Numeric right)
    {
        if (!left.IsFinite || !right.IsFinite)
        {
            return left.IsNaN || right.IsNaN || (left.IsInfinite && right.IsInfinite && left.Sign != right.Sign) ? Numeric.NaN
                : left.IsInfinite ? left : right;
        }

        int scale = Math.Max(left.Scale, right.Scale);
        return Numeric.Of(Scaled(left, scale) + Scaled(right, scale), scale);
    }

    public static Numeric Multiply(in Numeric left, in Numeric right)
    {
        if (!left.IsFinite || !right.IsFinite)
        {
            int sign = left.Sign * right.Sign;
            return left.IsNaN || right.IsNaN || sign == 0 ? Numeric.NaN : sign > 0 ? Numeric.Infinity : Numeric.MinusInfinity;
        }

        BigInteger product = left.Whole * right.Whole;
        int scale = left.Scale + right.Scale;
        return scale <= Numeric.MaxScale ? Numeric.Of(product, scale) : Rounded(product, scale, Numeric.MaxScale);
    }

    public static Numeric Divide(in Numeric left, in Numeric right)
    {
        if (left.IsNaN || right.IsNaN)
            return Numeric.NaN;
        if (!left.IsFinite || !right.IsFinite)
        {
            if (right.IsFinite)
            {
                return right.Sign == 0 ? throw DivisionByZero()
                    : left.Sign * right.Sign > 0 ? Numeric.Infinity : Numeric.MinusInfinity;
            }

            return left.IsFinite ? Numeric.Zero : Numeric.NaN;
        }

        if (right.Sign == 0)
            throw DivisionByZero();
        int scale = QuotientScale(left, right);
        return Quotient(left, right, scale);
    }

    /// <summary>The quotient with a scale of the caller's, rounded half away from zero.</summary>
    public static Numeric Quotient(in Numeric left, in Numeric right, int scale)
    {
        // left / 10^l / (right / 10^r) * 10^scale
        int shift = scale - left.Scale + right.Scale;
        BigInteger over = left.Whole, under = right.Whole;
        if (shift >= 0)
            over *= Power10(shift);
        else
            under *= Power10(-shift);
        return Numeric.Of(DivideRounded(over, under), scale);
    }

    public static Numeric Modulo(in Numeric left, in Numeric right)
    {
        if (left.IsNaN || right.IsNaN)
            return Numeric.NaN;
        if (right.Sign == 0)
            throw DivisionByZero();
        if (left.IsInfinite)
            return Numeric.NaN;
        if (right.IsInfinite)
            return left;
        int scale = Math.Max(left.Scale, right.Scale);
        return Numeric.Of(BigInteger.Remainder(Scaled(left, scale), Scaled(right, scale)), scale);
    }

    /// <summary>The whole part of the quotient.</summary>
    public static Numeric DivideWhole(in Numeric left, in Numeric right)
    {
        if (!left.IsFinite || !right.IsFinite)
            return right.IsFinite || left.IsNaN || right.IsNaN || left.IsInfinite ? Divide(left, right) : Numeric.Zero;
        if (right.Sign == 0)
            throw DivisionByZero();
        int scale = Math.Max(left.Scale, right.Scale);
        return Numeric.Of(BigInteger.Divide(Scaled(left, scale), Scaled(right, scale)), 0);
    }

    public static int Compare(in Numeric left, in Numeric right)
    {
        if (left.IsFinite && right.IsFinite)
        {
            int signs = left.Sign.CompareTo(right.Sign);
            if (signs != 0)
                return signs;
            int scale = Math.Max(left.Scale, right.Scale);
            return Scaled(left, scale).CompareTo(Scaled(right, scale));
        }

        return Rank(left).CompareTo(Rank(right));
    }

    public static Numeric WithoutZeros(in Numeric value)
    {
        BigInteger digits = value.Whole;
        int scale = value.Scale;
        while (scale > 0)
        {
            (BigInteger shorter, BigInteger last) = BigInteger.DivRem(digits, 10);
            if (!last.IsZero)
                break;
            digits = shorter;
            scale--;
        }

        return Numeric.Of(digits, scale);
    }

    /// <summary>With exactly so many digits behind the point, rounded half away from zero; negative scales round before it.</summary>
    public static Numeric Round(in Numeric value, int scale)
    {
        if (!value.IsFinite)
            return value;
        scale = Math.Clamp(scale, -Numeric.MaxWhole, Numeric.MaxScale);
        if (scale >= value.Scale)
            return Rescaled(value, scale);
        if (scale >= 0)
            return Rounded(value.Whole, value.Scale, scale);
        if (CountDigits(value.Whole) - value.Scale < -scale)
            return Numeric.Zero;
        return Numeric.Of(DivideRounded(value.Whole, Power10(value.Scale - scale)) * Power10(-scale), 0);
    }

    public static Numeric Truncate(in Numeric value, int scale)
    {
        if (!value.IsFinite)
            return value;
        scale = Math.Clamp(scale, -Numeric.MaxWhole, Numeric.MaxScale);
        if (scale >= value.Scale)
            return Rescaled(value, scale);
        if (scale < 0 && CountDigits(value.Whole) - value.Scale < -scale)
            return Numeric.Zero;
        BigInteger cut = BigInteger.Divide(value.Whole, Power10(value.Scale - scale));
        return scale >= 0 ? Numeric.Of(cut, scale) : Numeric.Of(cut * Power10(-scale), 0);
    }

    public static Numeric Floor(in Numeric value)
    {
        Numeric whole = Truncate(value, 0);
        return value.IsFinite && value.Sign < 0 && whole.CompareTo(value) != 0 ? whole - Numeric.One : whole;
    }

    public static Numeric Ceiling(in Numeric value)
    {
        Numeric whole = Truncate(value, 0);
        return value.IsFinite && value.Sign > 0 && whole.CompareTo(value) != 0 ? whole + Numeric.One : whole;
    }

    /// <summary>What a column of numeric(precision, scale) holds of a value.</summary>
    /// <exception cref="SqlFault">It is too great (22003).</exception>
    public static Numeric Fit(in Numeric value, int precision, int scale)
    {
        if (value.IsNaN)
            return value;
        if (value.IsInfinite)
            throw new SqlFault(SqlState.NumericValueOutOfRange, "numeric field overflow");
        Numeric rounded = Round(value, scale);
        if (!rounded.IsWide && precision <= 38 ? Int128.Abs(rounded.Digits) >= (Int128)Power10(precision)
                : CountDigits(rounded.Whole) > precision)
            throw new SqlFault(SqlState.NumericValueOutOfRange, "numeric field overflow");
        return rounded;
    }

    /// <summary>The number times ten to the power of <paramref name="scale"/>, which is at least its own.</summary>
    public static BigInteger Scaled(in Numeric value, int scale) =>
        scale == value.Scale ? value.Whole : value.Whole * Power10(scale - value.Scale);

    /// <summary>Rounded half away from zero.</summary>
    public static BigInteger DivideRounded(BigInteger over, BigInteger under)
    {
        (BigInteger quotient, BigInteger rest) = BigInteger.DivRem(over, under);
        if (BigInteger.Abs(rest) * 2 >= BigInteger.Abs(under))
            quotient += over.Sign * under.Sign;
        return quotient;
    }

    public static Numeric Rounded(BigInteger digits, int scale, int to) =>
        Numeric.Of(DivideRounded(digits, Power10(scale - to)), to);

    /// <summary>By groups of four digits, as PostgreSQL stores them: the power of 10,000 of the first one, and that group.</summary>
    public static (int Weight, int First) Groups(in Numeric value)
    {
        BigInteger digits = BigInteger.Abs(value.Whole);
        int count = CountDigits(digits);
        if (count == 0)
            return (0, 0);
        int exponent = count - value.Scale - 1;
        int weight = Calendar.FloorDiv(exponent, DigitsPerGroup);
        int wanted = exponent - weight * DigitsPerGroup + 1;
        BigInteger first = count >= wanted ? digits / Power10(count - wanted) : digits * Power10(wanted - count);
        return (weight, (int)first);
    }

    public static int Display(int scale) => Math.Clamp(scale, 0, MaxDisplay);

    public static SqlFault DivisionByZero() => new(SqlState.DivisionByZero, "division by zero");

    /// <summary>So many digits that at least 16 of them count.</summary>
    private static int QuotientScale(in Numeric left, in Numeric right)
    {
        (int leftWeight, int leftFirst) = Groups(left);
        (int rightWeight, int rightFirst) = Groups(right);
        int weight = leftWeight - rightWeight - (leftFirst <= rightFirst ? 1 : 0);
        int scale = Math.Max(MinSignificant - weight * DigitsPerGroup, Math.Max(left.Scale, right.Scale));
        return Display(scale);
    }

    private static Numeric Rescaled(in Numeric value, int scale) =>
        scale == value.Scale ? value : Numeric.Of(Scaled(value, scale), scale);

    private static int Rank(in Numeric value) => value.IsNaN ? 2 : value.IsInfinite ? value.Sign : 0;

    private static BigInteger[] MakePowers()
    {
        var powers = new BigInteger[80];
        powers[0] = BigInteger.One;
        for (int at = 1; at < powers.Length; at++)
            powers[at] = powers[at - 1] * 10;
        return powers;
    }
}
