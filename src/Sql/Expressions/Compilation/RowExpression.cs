using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A row of its columns, as a value.</summary>
internal sealed class RowExpression(RowLayout layout, IReadOnlyList<BoundExpression> columns)
    : BoundExpression(SqlType.Of(layout.Row, SqlKind.Record), -1)
{
    public RowLayout Layout { get; } = layout;

    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = columns;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new RowExpression(Layout, children);

    protected override string ToText() => $"ROW({Join(Children)})";
}
