using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>The same value by another name of its type: text for varchar. Nothing is computed.</summary>
internal sealed class RetypedExpression(BoundExpression value, SqlType type) : BoundExpression(type, value.Position)
{
    public override bool IsNullable => Children[0].IsNullable;

    public override IReadOnlyList<BoundExpression> Children { get; } = [value];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new RetypedExpression(children[0], Type);

    protected override string ToText() => $"{Children[0]}::{Type}";
}
