using ActorStreams.Sql.Expressions.Catalogue;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>A function that gives rows.</summary>
/// <param name="Function">Its method gives an <see cref="IEnumerable{T}"/> of items; NULL as an argument gives no rows.</param>
/// <param name="Items">The item, and its columns.</param>
internal sealed record RowsFunction(Function Function, RowLayout Items)
{
    /// <summary>The one for arguments of such types; null: there is none.</summary>
    public static RowsFunction? Find(IReadOnlyList<RowsFunction> named, IReadOnlyList<SqlType> types) =>
        Choice.Of([.. named.Select(static one => one.Function).Where(one => one.Parameters.Length == types.Count)], types, out _)
            is { } found ? named.First(one => one.Function == found) : null;

    /// <summary>The arguments by the types that it takes.</summary>
    public BoundExpression[] Taken(IReadOnlyList<BoundExpression> arguments) =>
        [.. arguments.Select((one, at) => Conversion.To(one, Function.Parameters[at], CastContext.Implicit))];
}
