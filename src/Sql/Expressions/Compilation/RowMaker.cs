using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>How a row of a type that was not made for SQL is made of its columns.</summary>
/// <param name="Parts">What is made of each column.</param>
/// <param name="Make">Makes the row of the parts, and says in which local it is.</param>
internal sealed record RowMaker(IReadOnlyList<RowPart> Parts, Func<ILGenerator, IReadOnlyList<LocalBuilder>, LocalBuilder> Make);

/// <summary>A part of a row: a parameter of its constructor, or a property.</summary>
/// <param name="Name">The column and the member, for people.</param>
/// <param name="Type">What it takes.</param>
/// <param name="TakesNull">Whether NULL is its default value; else NULL is an error of the row.</param>
/// <param name="Convert">Makes it of a value of SQL that is not null; null: it is the value.</param>
internal sealed record RowPart(string Name, Type Type, bool TakesNull, MethodInfo? Convert)
{
    /// <summary>Called by compiled code.</summary>
    [DoesNotReturn]
    public static void RefuseNull(string name) => throw new SqlFault(SqlState.NullValueNotAllowed,
        $"{name} cannot be null, and the column is. Make the member nullable, or say coalesce(…) in the query");
}
