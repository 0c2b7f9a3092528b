using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>CASE: the result of the first condition that is true. A CASE with an operand has conditions operand = value.</summary>
internal sealed class CaseExpression(
    IReadOnlyList<(BoundExpression Condition, BoundExpression Result)> branches, BoundExpression? otherwise, SqlType type, int position =
        -1)
    : BoundExpression(type, position)
{
    public IReadOnlyList<(BoundExpression Condition, BoundExpression Result)> Branches { get; } = branches;

    /// <summary>Null: NULL.</summary>
    public BoundExpression? Otherwise { get; } = otherwise;

    public override bool IsNullable => Otherwise is not { IsNullable: false } || Branches.Any(static branch => branch.Result.IsNullable);

    /// <summary>Condition and result of each branch in turn, and what stands after ELSE.</summary>
    public override IReadOnlyList<BoundExpression> Children { get; } =
    [
        .. branches.SelectMany(static branch => new[] { branch.Condition, branch.Result }),
        .. otherwise is null ? Array.Empty<BoundExpression>() : [otherwise],
    ];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new CaseExpression(
        [.. Enumerable.Range(0, Branches.Count).Select(at => (children[at * 2], children[at * 2 + 1]))],
        Otherwise is null ? null : children[^1], Type, Position);

    protected override string ToText() =>
        $"CASE {string.Join(' ', Branches.Select(static branch => $"WHEN {branch.Condition} THEN {branch.Result}"))}" +
        $"{(Otherwise is null ? "" : $" ELSE {Otherwise}")} END";
}

/// <summary>COALESCE: the first value that is not null.</summary>
internal sealed class CoalesceExpression(IReadOnlyList<BoundExpression> values, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public override bool IsNullable => Children.All(static child => child.IsNullable);

    public override IReadOnlyList<BoundExpression> Children { get; } = values;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new CoalesceExpression(children, Type, Position);

    protected override string ToText() => $"COALESCE({Join(Children)})";
}

/// <summary>NULLIF: the value, unless it equals the other.</summary>
/// <remarks><paramref name="value"/>: What comes out, and the left side of the comparison but for its type.
/// <paramref name="left"/>: The value, by the type that both sides are compared in.
/// <paramref name="right"/>: What it is compared with.
/// <paramref name="equal"/>: The operator =.</remarks>
internal sealed class NullIfExpression(
    BoundExpression value, BoundExpression left, BoundExpression right, Function equal, int position = -1)
    : BoundExpression(value.Type, position)
{
    public Function Equal { get; } = equal;

    public override bool IsNullable => true;

    public override IReadOnlyList<BoundExpression> Children { get; } = [value, left, right];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new NullIfExpression(children[0], children[1], children[2], Equal, Position);

    protected override string ToText() => $"NULLIF({Children[0]}, {Children[2]})";
}

/// <summary>GREATEST or LEAST: nulls are left out.</summary>
internal sealed class ExtremeExpression(bool isGreatest, IReadOnlyList<BoundExpression> values, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public bool IsGreatest { get; } = isGreatest;

    public override bool IsNullable => Children.All(static child => child.IsNullable);

    public override IReadOnlyList<BoundExpression> Children { get; } = values;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new ExtremeExpression(IsGreatest, children, Type, Position);

    protected override string ToText() => $"{(IsGreatest ? "GREATEST" : "LEAST")}({Join(Children)})";
}
