using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Nodes;

/// <summary>GROUPING: a bit for each argument, 1 where the set of the row does not group by it. It stands in an expression until the rows
/// have been grouped.</summary>
internal sealed class GroupingExpression(IReadOnlyList<BoundExpression> keys, int position = -1)
    : BoundExpression(SqlType.Integer, position)
{
    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = keys;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new GroupingExpression(children, Position);

    protected override string ToText() => $"GROUPING({Join(Children)})";
}
