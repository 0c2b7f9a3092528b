using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Nodes;

/// <summary>A column of a query around this one.</summary>
/// <remarks><paramref name="level"/>: 1 for the query around, 2 for the one around that.</remarks>
internal sealed class OuterColumnExpression(int level, int ordinal, string name, SqlType type, bool isNullable, int position = -1)
    : BoundExpression(type, position)
{
    public int Level { get; } = level;

    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    public override bool IsNullable { get; } = isNullable;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    public OuterColumnExpression At(int level) => new(level, Ordinal, Name, Type, IsNullable, Position);

    protected override string ToText() => $"{Name}^{Level}.{Ordinal}";
}
