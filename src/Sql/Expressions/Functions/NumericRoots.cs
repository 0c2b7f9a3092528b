using System.Numerics;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Roots, logarithms and powers of exact numbers, to as many digits as PostgreSQL gives.</summary>
internal static class NumericRoots
{
    private const int MinSignificant = 16, DigitsPerGroup = 4, Guard = 12;
    /// <summary>The greatest exponent of e: PostgreSQL computes no further.</summary>
    private const int MaxNatural = 6000;

    private const double Log10OfE = 0.434294481903252;

    public static Numeric Sqrt(Numeric value)
    {
        if (value.IsNaN || (value.IsInfinite && value.Sign > 0))
            return value;
        if (value.Sign < 0)
            throw new SqlFault(SqlState.InvalidPower, "cannot take square root of a negative number");
        int weight = value.Sign == 0 ? 0 : NumericMath.Groups(value).Weight;
        int half = (weight + 1) * DigitsPerGroup / 2 - 1;
        int scale = NumericMath.Display(Math.Max(MinSignificant - half, value.Scale));
        // One digit more, to round by.
        BigInteger root = Root(NumericMath.Scaled(value, Math.Max(value.Scale, 0)) * NumericMath.Power10(2 * (scale + 1) - value.Scale));
        return NumericMath.Rounded(root, scale + 1, scale);
    }

    public static Numeric Exp(Numeric value)
    {
        if (!value.IsFinite)
            return value.IsNaN || value.Sign > 0 ? value : Numeric.Zero;
        double weight = Math.Clamp(ToDouble(value) * Log10OfE, -MaxNatural, MaxNatural);
        int scale = NumericMath.Display(Math.Max(MinSignificant - (int)weight, value.Scale));
        return ExpTo(value, scale);
    }

    public static Numeric Ln(Numeric value)
    {
        if (!value.IsFinite && value.Sign >= 0)
            return value;
        RequirePositive(value);
        int scale = NumericMath.Display(Math.Max(MinSignificant - LnWeight(value), value.Scale));
        return LnTo(value, scale);
    }

    public static Numeric Log(Numeric radix, Numeric value)
    {
        if (radix.IsNaN || value.IsNaN)
            return Numeric.NaN;
        RequirePositive(radix);
        RequirePositive(value);
        if (!radix.IsFinite)
            return value.IsFinite ? Numeric.Zero : Numeric.NaN;
        if (!value.IsFinite)
            return Numeric.Infinity;
        int radixWeight = LnWeight(radix), weight = LnWeight(value) - radixWeight;
        int scale = NumericMath.Display(Math.Max(MinSignificant - weight, Math.Max(radix.Scale, value.Scale)));
        int inner = scale + Math.Max(0, weight) + Math.Max(0, -radixWeight) + Guard;
        Numeric under = LnTo(radix, inner);
        return under.Sign == 0 ? throw NumericMath.DivisionByZero() : NumericMath.Quotient(LnTo(value, inner), under, scale);
    }

    public static Numeric Power(Numeric value, Numeric exponent)
    {
        if (!value.IsFinite || !exponent.IsFinite)
            return PowerOfSpecial(value, exponent);
        if (value.Sign == 0 && exponent.Sign < 0)
            throw new SqlFault(SqlState.InvalidPower, "zero raised to a negative power is undefined");
        bool isWhole = exponent.WithoutZeros().Scale == 0;
        if (value.Sign < 0 && !isWhole)
            throw new SqlFault(SqlState.InvalidPower, "a negative number raised to a non-integer power yields a complex result");
        if (isWhole)
        {
            BigInteger whole = exponent.WithoutZeros().Whole;
            if (whole >= int.MinValue && whole <= int.MaxValue)
                return PowerOfWhole(value, (int)whole, NumericMath.Display(Math.Max(MinSignificant, value.Scale)));
        }

        if (value.Sign == 0)
            return Numeric.Of(0, NumericMath.Display(MinSignificant));
        bool isNegative = value.Sign < 0 && !exponent.WithoutZeros().Whole.IsEven;
        Numeric positive = value.Sign < 0 ? -value : value;
        int roughScale = Math.Max(8 - LnWeight(positive), 0);
        double natural = ToDouble(NumericMath.Round(LnTo(positive, roughScale) * exponent, roughScale)), weight = natural * Log10OfE;
        if (Math.Abs(natural) > MaxNatural * 1.0033)
            return natural > 0 ? throw Numeric.Overflow() : Numeric.Of(0, 1000);
        int scale = NumericMath.Display(Math.Max(MinSignificant - (int)weight, Math.Max(value.Scale, exponent.Scale)));
        int inner = scale + (int)Math.Max(0, weight) + Guard + NumericMath.CountDigits(exponent.Whole);
        Numeric power = ExpTo(LnTo(positive, inner) * exponent, scale);
        return isNegative ? -power : power;
    }

    public static double ToDouble(Numeric value)
    {
        if (!value.IsFinite)
            return value.IsNaN ? double.NaN : value.Sign * double.PositiveInfinity;
        return double.Parse(NumericText.Of(value), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Numeric PowerOfSpecial(Numeric value, Numeric exponent)
    {
        if (value.IsNaN)
            return exponent.Sign == 0 && exponent.IsFinite ? Numeric.One : Numeric.NaN;
        if (exponent.IsNaN)
            return value.CompareTo(Numeric.One) == 0 ? Numeric.One : Numeric.NaN;
        if (exponent.IsFinite && exponent.Sign == 0)
            return Numeric.One;
        if (value.Sign == 0 && exponent.Sign < 0)
            throw new SqlFault(SqlState.InvalidPower, "zero raised to a negative power is undefined");
        if (value.Sign < 0 && exponent.IsFinite && exponent.WithoutZeros().Scale > 0)
            throw new SqlFault(SqlState.InvalidPower, "a negative number raised to a non-integer power yields a complex result");
        if (exponent.IsInfinite)
        {
            int order = NumericFunctions.Abs(value).CompareTo(Numeric.One);
            return order == 0 ? Numeric.One : order > 0 == exponent.Sign > 0 ? Numeric.Infinity : Numeric.Zero;
        }

        if (exponent.Sign < 0)
            return Numeric.Zero;
        return value.Sign < 0 && !exponent.WithoutZeros().Whole.IsEven ? Numeric.MinusInfinity : Numeric.Infinity;
    }

    private static Numeric PowerOfWhole(Numeric value, int exponent, int scale)
    {
        if (exponent == 0)
            return NumericMath.Round(Numeric.One, scale);
        if (value.Sign == 0)
            return Numeric.Of(0, scale);
        double weight = Weight(value) * (double)exponent;
        if (weight > Numeric.MaxWhole + 8)
            throw Numeric.Overflow();
        if (weight < -scale - 8)
            return Numeric.Of(0, scale);
        Numeric bare = value.WithoutZeros();
        if (exponent > 0 && bare.Scale * (long)exponent <= 4 * Numeric.MaxScale)
        {
            BigInteger power = BigInteger.Pow(bare.Whole, exponent);
            return bare.Scale * exponent <= scale ? NumericMath.Round(Numeric.Of(power, bare.Scale * exponent), scale)
                : NumericMath.Rounded(power, bare.Scale * exponent, scale);
        }

        if (exponent < 0 && bare.Scale * -(long)exponent <= 4 * Numeric.MaxScale && -exponent < 100_000)
        {
            BigInteger under = BigInteger.Pow(bare.Whole, -exponent);
            return Numeric.Of(NumericMath.DivideRounded(NumericMath.Power10(bare.Scale * -exponent + scale), under), scale);
        }

        // So many digits that what is left out does not show: by squares, each rounded.
        int digits = scale + (int)Math.Max(0, weight) + Guard + 10;
        Numeric result = Numeric.One, square = bare;
        for (long left = Math.Abs((long)exponent); left > 0; left >>= 1)
        {
            if ((left & 1) != 0)
                result = NumericMath.Round(result * square, digits);
            if (left > 1)
                square = NumericMath.Round(square * square, digits);
        }

        return exponent > 0 ? NumericMath.Round(result, scale) : NumericMath.Quotient(Numeric.One, result, scale);
    }

    private static void RequirePositive(Numeric value)
    {
        if (value.Sign < 0)
            throw new SqlFault(SqlState.InvalidLogarithm, "cannot take logarithm of a negative number");
        if (value.Sign == 0 && !value.IsNaN)
            throw new SqlFault(SqlState.InvalidLogarithm, "cannot take logarithm of zero");
    }

    /// <summary>About the power of ten of the natural logarithm.</summary>
    private static int LnWeight(Numeric value)
    {
        Numeric low = new(9, 1), high = new(11, 1);
        if (value.CompareTo(low) >= 0 && value.CompareTo(high) <= 0)
        {
            Numeric rest = value - Numeric.One;
            if (rest.Sign == 0)
                return 0;
            (int weight, int first) = NumericMath.Groups(rest);
            return weight * DigitsPerGroup + (int)Math.Log10(first);
        }

        double ln = BigInteger.Log(value.Whole) - value.Scale * Math.Log(10);
        return (int)Math.Log10(Math.Abs(ln));
    }

    private static double Weight(Numeric value) => BigInteger.Log10(BigInteger.Abs(value.Whole)) - value.Scale;

    private static Numeric ExpTo(Numeric value, int scale)
    {
        double natural = ToDouble(value), weight = natural * Log10OfE;
        if (natural >= MaxNatural)
            throw Numeric.Overflow();
        if (natural <= -MaxNatural || weight < -scale - 2)
            return Numeric.Of(0, scale);
        // e^x = (e^(x / 2^k))^(2^k)
        int digits = scale + (int)Math.Max(0, weight) + Guard + 20;
        BigInteger one = NumericMath.Power10(digits);
        BigInteger x = value.Scale <= digits ? NumericMath.Scaled(value, digits)
            : NumericMath.DivideRounded(value.Whole, NumericMath.Power10(value.Scale - digits));
        int halvings = 0;
        while (BigInteger.Abs(x) > one / 100)
        {
            x /= 2;
            halvings++;
        }

        digits += halvings;
        BigInteger fine = NumericMath.Power10(digits);
        BigInteger small = (value.Scale <= digits ? NumericMath.Scaled(value, digits)
            : NumericMath.DivideRounded(value.Whole, NumericMath.Power10(value.Scale - digits)))
            / BigInteger.Pow(2, halvings);
        BigInteger sum = fine, term = fine;
        for (int at = 1; !term.IsZero; at++)
        {
            term = term * small / fine / at;
            sum += term;
        }

        for (int at = 0; at < halvings; at++)
            sum = sum * sum / fine;
        return NumericMath.Rounded(sum, digits, scale);
    }

    private static Numeric LnTo(Numeric value, int scale)
    {
        scale = Math.Max(scale, 0);
        // By Newton's method from a double: y += 2 (x - e^y) / (x + e^y), digits tripled by each step.
        int digits = scale + Guard + 8;
        BigInteger one = NumericMath.Power10(digits);
        double start = BigInteger.Log(value.Whole) - value.Scale * Math.Log(10);
        // Near 1 the logarithm of the double says nothing: there the series of atanh converges quickly.
        Numeric ratio = NumericMath.Quotient(value - Numeric.One, value + Numeric.One, digits);
        if (Math.Abs(start) < 0.2)
            return Atanh(ratio.Whole, one, digits, scale);
        // x = m * 2^k with m near 1; ln x = ln m + k ln 2.
        int k = (int)Math.Round(start / Math.Log(2));
        Numeric power = Numeric.Of(BigInteger.Pow(2, Math.Abs(k)), 0);
        Numeric m = k >= 0 ? NumericMath.Quotient(value, power, digits + 10) : value * power;
        Numeric r = NumericMath.Quotient(m - Numeric.One, m + Numeric.One, digits);
        BigInteger lnM = AtanhSum(r.Whole, one) * 2;
        BigInteger ln2 = AtanhSum(one / 3, one) * 2;
        return NumericMath.Rounded(lnM + ln2 * k, digits, scale);
    }

    private static Numeric Atanh(BigInteger ratio, BigInteger one, int digits, int scale) =>
        NumericMath.Rounded(AtanhSum(ratio, one) * 2, digits, scale);

    private static BigInteger AtanhSum(BigInteger ratio, BigInteger one)
    {
        BigInteger square = ratio * ratio / one, power = ratio, sum = ratio;
        for (int at = 3; !power.IsZero; at += 2)
        {
            power = power * square / one;
            sum += power / at;
        }

        return sum;
    }

    private static BigInteger Root(BigInteger value)
    {
        if (value.IsZero)
            return value;
        BigInteger root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + value / root) >> 1;
            if (next >= root)
                return root;
            root = next;
        }
    }
}
