using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Nodes;

internal enum SubqueryKind : byte
{
    /// <summary>The one value of at most one row.</summary>
    Scalar,

    /// <summary>Whether there is a row.</summary>
    Exists,

    /// <summary>Whether the condition is true for a row (IN, = ANY).</summary>
    Any,

    /// <summary>Whether the condition is true for all rows.</summary>
    All,
}

/// <summary>A query in an expression, until it is planted into the relation below: then a column takes its place.</summary>
/// <remarks><paramref name="condition"/>: Over a row of the query (input 1) and the row that the expression is computed for (input 0).
/// Null: it is always true.</remarks>
internal sealed class SubqueryExpression(SubqueryKind kind, Relation query, BoundExpression? condition, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public SubqueryKind Kind { get; } = kind;

    public Relation Query { get; } = query;

    public BoundExpression? Condition { get; } = condition;

    public override bool IsNullable => Kind != SubqueryKind.Exists;

    public override bool CanFail => Kind == SubqueryKind.Scalar;

    public override IReadOnlyList<BoundExpression> Children { get; } = condition is null ? [] : [condition];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new SubqueryExpression(Kind, Query, Condition is null ? null : children[0], Type, Position);

    public SubqueryExpression Over(Relation query) => new(Kind, query, Condition, Type, Position);

    protected override string ToText() => $"{Kind}({Condition}, {Query})";
}
