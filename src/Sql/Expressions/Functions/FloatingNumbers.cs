using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>Arithmetic of floating-point numbers. A result that is infinite, or zero, only because it does not fit is an error.</summary>
internal static class FloatingNumbers
{
    public static double Add(double left, double right) => Checked(left + right, left, right);

    public static float Add(float left, float right) => Checked(left + right, left, right);

    public static double Subtract(double left, double right) => Checked(left - right, left, right);

    public static float Subtract(float left, float right) => Checked(left - right, left, right);

    public static double Multiply(double left, double right)
    {
        double product = Checked(left * right, left, right);
        return product != 0 || left == 0 || right == 0 ? product : throw Underflow();
    }

    public static float Multiply(float left, float right)
    {
        float product = Checked(left * right, left, right);
        return product != 0 || left == 0 || right == 0 ? product : throw Underflow();
    }

    public static double Divide(double left, double right)
    {
        if (right == 0 && !double.IsNaN(left))
            throw NumericMath.DivisionByZero();
        double quotient = Checked(left / right, left, left);
        return quotient != 0 || left == 0 || double.IsInfinity(right) ? quotient : throw Underflow();
    }

    public static float Divide(float left, float right)
    {
        if (right == 0 && !float.IsNaN(left))
            throw NumericMath.DivisionByZero();
        float quotient = Checked(left / right, left, left);
        return quotient != 0 || left == 0 || float.IsInfinity(right) ? quotient : throw Underflow();
    }

    [SqlOperator("-", IsSafe = true)]
    public static double Negate(double value) => -value;

    [SqlOperator("-", IsSafe = true)]
    public static float Negate(float value) => -value;

    [SqlOperator("+", IsSafe = true)]
    public static double Plus(double value) => value;

    [SqlOperator("+", IsSafe = true)]
    public static float Plus(float value) => value;

    [SqlOperator("@", IsSafe = true), SqlFunction("abs", IsSafe = true)]
    public static double Abs(double value) => Math.Abs(value);

    [SqlOperator("@", IsSafe = true), SqlFunction("abs", IsSafe = true)]
    public static float Abs(float value) => Math.Abs(value);

    /// <summary>The result, unless it is infinite though what it was computed from is not.</summary>
    public static double Checked(double result, double left, double right) =>
        !double.IsInfinity(result) || double.IsInfinity(left) || double.IsInfinity(right) ? result
        : throw new SqlFault(SqlState.NumericValueOutOfRange, "value out of range: overflow");

    private static float Checked(float result, float left, float right) =>
        !float.IsInfinity(result) || float.IsInfinity(left) || float.IsInfinity(right) ? result
        : throw new SqlFault(SqlState.NumericValueOutOfRange, "value out of range: overflow");

    public static SqlFault Underflow() => new(SqlState.NumericValueOutOfRange, "value out of range: underflow");
}
