using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>What an exception from compiled code means in SQL.</summary>
internal static class RowFault
{
    /// <summary>The fault; null if the exception is none that a value can cause.</summary>
    public static SqlFault? Of(Exception error) => error switch
    {
        SqlFault fault => fault,
        DivideByZeroException => NumericMath.DivisionByZero(),
        OverflowException => new SqlFault(SqlState.NumericValueOutOfRange, "a number is out of range for its type"),
        _ => null,
    };
}
