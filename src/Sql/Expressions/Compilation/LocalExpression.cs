using System.Reflection.Emit;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A value that stands in a local of the method.</summary>
internal sealed class LocalExpression(LocalBuilder local, SqlType type) : BoundExpression(type, -1)
{
    public LocalBuilder Local { get; } = local;

    public override bool IsNullable => false;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => $"local {Local.LocalIndex}";
}
