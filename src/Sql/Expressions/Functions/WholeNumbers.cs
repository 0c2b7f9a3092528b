using System.Numerics;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Arithmetic of whole numbers. What does not fit into the type is an error, never a wrong number.</summary>
internal static class WholeNumbers
{
    public static short Add(short left, short right) => checked((short)(left + right));

    public static int Add(int left, int right) => checked(left + right);

    public static long Add(long left, long right) => checked(left + right);

    public static short Subtract(short left, short right) => checked((short)(left - right));

    public static int Subtract(int left, int right) => checked(left - right);

    public static long Subtract(long left, long right) => checked(left - right);

    public static short Multiply(short left, short right) => checked((short)(left * right));

    public static int Multiply(int left, int right) => checked(left * right);

    public static long Multiply(long left, long right) => checked(left * right);

    public static short Divide(short left, short right) => checked((short)(left / right));

    public static int Divide(int left, int right) => left / right;

    public static long Divide(long left, long right) => left / right;

    [SqlOperator("%"), SqlFunction("mod")]
    public static short Modulo(short left, short right) => (short)(left % right);

    [SqlOperator("%"), SqlFunction("mod")]
    public static int Modulo(int left, int right) => right == -1 ? 0 : left % right;

    [SqlOperator("%"), SqlFunction("mod")]
    public static long Modulo(long left, long right) => right == -1 ? 0 : left % right;

    [SqlOperator("-")]
    public static short Negate(short value) => checked((short)-value);

    [SqlOperator("-")]
    public static int Negate(int value) => checked(-value);

    [SqlOperator("-")]
    public static long Negate(long value) => checked(-value);

    [SqlOperator("+", IsSafe = true)]
    public static short Plus(short value) => value;

    [SqlOperator("+", IsSafe = true)]
    public static int Plus(int value) => value;

    [SqlOperator("+", IsSafe = true)]
    public static long Plus(long value) => value;

    [SqlOperator("@"), SqlFunction("abs")]
    public static short Abs(short value) => value < 0 ? checked((short)-value) : value;

    [SqlOperator("@"), SqlFunction("abs")]
    public static int Abs(int value) => value < 0 ? checked(-value) : value;

    [SqlOperator("@"), SqlFunction("abs")]
    public static long Abs(long value) => value < 0 ? checked(-value) : value;

    [SqlOperator("&", IsSafe = true)]
    public static short And(short left, short right) => (short)(left & right);

    [SqlOperator("&", IsSafe = true)]
    public static int And(int left, int right) => left & right;

    [SqlOperator("&", IsSafe = true)]
    public static long And(long left, long right) => left & right;

    [SqlOperator("|", IsSafe = true)]
    public static short Or(short left, short right) => (short)(left | right);

    [SqlOperator("|", IsSafe = true)]
    public static int Or(int left, int right) => left | right;

    [SqlOperator("|", IsSafe = true)]
    public static long Or(long left, long right) => left | right;

    [SqlOperator("#", IsSafe = true)]
    public static short Xor(short left, short right) => (short)(left ^ right);

    [SqlOperator("#", IsSafe = true)]
    public static int Xor(int left, int right) => left ^ right;

    [SqlOperator("#", IsSafe = true)]
    public static long Xor(long left, long right) => left ^ right;

    [SqlOperator("~", IsSafe = true)]
    public static short Not(short value) => (short)~value;

    [SqlOperator("~", IsSafe = true)]
    public static int Not(int value) => ~value;

    [SqlOperator("~", IsSafe = true)]
    public static long Not(long value) => ~value;

    /// <summary>By the count modulo 32, as PostgreSQL on common processors.</summary>
    [SqlOperator("<<", IsSafe = true)]
    public static short ShiftLeft(short value, int count) => (short)(value << count);

    [SqlOperator("<<", IsSafe = true)]
    public static int ShiftLeft(int value, int count) => value << count;

    [SqlOperator("<<", IsSafe = true)]
    public static long ShiftLeft(long value, int count) => value << count;

    [SqlOperator(">>", IsSafe = true)]
    public static short ShiftRight(short value, int count) => (short)(value >> count);

    [SqlOperator(">>", IsSafe = true)]
    public static int ShiftRight(int value, int count) => value >> count;

    [SqlOperator(">>", IsSafe = true)]
    public static long ShiftRight(long value, int count) => value >> count;

    [SqlFunction("gcd")]
    public static int Gcd(int left, int right) => checked((int)Gcd((long)left, right));

    [SqlFunction("gcd")]
    public static long Gcd(long left, long right)
    {
        BigInteger divisor = BigInteger.GreatestCommonDivisor(left, right);
        return divisor <= long.MaxValue ? (long)divisor : throw new OverflowException();
    }

    [SqlFunction("lcm")]
    public static int Lcm(int left, int right) => checked((int)Lcm((long)left, right));

    [SqlFunction("lcm")]
    public static long Lcm(long left, long right)
    {
        if (left == 0 || right == 0)
            return 0;
        BigInteger multiple = BigInteger.Abs((BigInteger)left * right) / BigInteger.GreatestCommonDivisor(left, right);
        return multiple <= long.MaxValue ? (long)multiple : throw new OverflowException();
    }

    [SqlFunction("to_hex", IsSafe = true)]
    public static string ToHex(int value) => value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);

    [SqlFunction("to_hex", IsSafe = true)]
    public static string ToHex(long value) => value.ToString("x", System.Globalization.CultureInfo.InvariantCulture);

    [SqlFunction("factorial")]
    public static Numeric Factorial(long value)
    {
        if (value < 0)
            throw new SqlFault(SqlState.NumericValueOutOfRange, "factorial of a negative number is undefined");
        if (value > 32_177)
            throw Numeric.Overflow();
        BigInteger product = BigInteger.One;
        for (int at = 2; at <= value; at++)
            product *= at;
        return Numeric.Of(product, 0);
    }
}
