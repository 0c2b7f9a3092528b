using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>How a function is called.</summary>
internal enum FunctionKind
{
    Function,
    Operator,
    Cast,
}

/// <summary>How far the value of a function depends on its arguments alone.</summary>
internal enum Volatility
{
    /// <summary>On nothing else: constant arguments are computed when the statement is planned.</summary>
    Immutable,

    /// <summary>On the time, too.</summary>
    Stable,

    /// <summary>On chance: each call may give another value.</summary>
    Volatile,
}

/// <summary>One signature of a function, an operator or a cast, and the code behind it.</summary>
/// <param name="Name">Of an operator its signs; in lower case.</param>
/// <param name="Kind">How it is called.</param>
/// <param name="Parameters">The types of the arguments, without lengths.</param>
/// <param name="Result">The type of the value.</param>
/// <param name="Method">Static. By the types' <see cref="SqlType.Clr"/>; where it is not strict, values that may be null are
/// <see cref="Nullable{T}"/>.</param>
internal sealed record Function(
    string Name, FunctionKind Kind, ImmutableArray<SqlType> Parameters, SqlType Result, MethodInfo Method)
{
    /// <summary>Whether NULL as any argument gives NULL, without a call.</summary>
    public bool IsStrict { get; init; } = true;

    /// <summary>Whether it may give NULL for arguments that are not null.</summary>
    public bool MayBeNull { get; init; }

    /// <summary>Whether it may fail for some arguments.</summary>
    public bool CanFail { get; init; } = true;

    public Volatility Volatility { get; init; }

    /// <summary>The last parameter is the type of any number of arguments; the method takes them as an array.</summary>
    public bool IsVariadic { get; init; }

    /// <summary>Instructions that do what the method does, where the processor has them.</summary>
    public ImmutableArray<OpCode> Instructions { get; init; } = [];

    public override string ToString() => $"{Name}({string.Join(", ", Parameters)})";
}
