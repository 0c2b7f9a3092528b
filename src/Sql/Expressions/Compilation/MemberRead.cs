using System.Reflection;
using System.Reflection.Emit;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>How a column is read from a row of a type that was not made for SQL.</summary>
/// <param name="Type">What the member holds.</param>
/// <param name="Load">Leaves the member's value on the stack, where the row is (a class) or its address (a struct).</param>
/// <param name="Convert">Makes the value of SQL of one that is not null; null: it is one already.</param>
internal sealed record MemberRead(Type Type, Action<ILGenerator> Load, MethodInfo? Convert);
