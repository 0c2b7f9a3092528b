using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>AND, or OR, of two or more conditions, by the logic of three values.</summary>
internal sealed class LogicExpression(bool isAnd, IReadOnlyList<BoundExpression> conditions, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public bool IsAnd { get; } = isAnd;

    public override bool IsNullable => Children.Any(static child => child.IsNullable);

    public override IReadOnlyList<BoundExpression> Children { get; } = conditions;

    /// <summary>AND of any number of conditions; null for none.</summary>
    public static BoundExpression? And(params IEnumerable<BoundExpression> conditions)
    {
        BoundExpression[] all =
            [.. conditions.SelectMany(static one => one is LogicExpression { IsAnd: true } and ? and.Children : [one])];
        return all.Length switch
        {
            0 => null,
            1 => all[0],
            _ => new LogicExpression(isAnd: true, all, all[0].Position),
        };
    }

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new LogicExpression(IsAnd, children, Position);

    protected override string ToText() => $"({string.Join(IsAnd ? " AND " : " OR ", Children)})";
}

internal sealed class NotExpression(BoundExpression condition, int position = -1) : BoundExpression(SqlType.Boolean, position)
{
    public override bool IsNullable => Children[0].IsNullable;

    public override IReadOnlyList<BoundExpression> Children { get; } = [condition];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new NotExpression(children[0], Position);

    protected override string ToText() => $"(NOT {Children[0]})";
}

/// <summary>IS NULL, or IS NOT NULL; of a condition this is IS UNKNOWN.</summary>
internal sealed class IsNullExpression(BoundExpression operand, bool isNegated, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public bool IsNegated { get; } = isNegated;

    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = [operand];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new IsNullExpression(children[0], IsNegated, Position);

    protected override string ToText() => $"({Children[0]} IS {(IsNegated ? "NOT " : "")}NULL)";
}

/// <summary>IS TRUE, IS NOT FALSE and so on: never null.</summary>
internal sealed class IsBooleanExpression(BoundExpression condition, bool value, bool isNegated, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public bool Value { get; } = value;

    public bool IsNegated { get; } = isNegated;

    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = [condition];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new IsBooleanExpression(children[0], Value, IsNegated, Position);

    protected override string ToText() => $"({Children[0]} IS {(IsNegated ? "NOT " : "")}{(Value ? "TRUE" : "FALSE")})";
}

/// <summary>IS DISTINCT FROM (not negated), or IS NOT DISTINCT FROM (negated): NULL is a value like others.</summary>
/// <remarks><paramref name="equal"/>: The operator = of the type that both sides have.</remarks>
internal sealed class DistinctExpression(BoundExpression left, BoundExpression right, Function equal, bool isNegated, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public Function Equal { get; } = equal;

    public bool IsNegated { get; } = isNegated;

    public override bool IsNullable => false;

    public override IReadOnlyList<BoundExpression> Children { get; } = [left, right];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new DistinctExpression(children[0], children[1], Equal, IsNegated, Position);

    protected override string ToText() => $"({Children[0]} IS {(IsNegated ? "NOT " : "")}DISTINCT FROM {Children[1]})";
}

/// <summary>IN a list, or NOT IN: the first child is looked for among the others, all of its type.</summary>
/// <remarks><paramref name="equal"/>: The operator = of the type.</remarks>
internal sealed class InExpression(
    BoundExpression operand, IReadOnlyList<BoundExpression> items, Function equal, bool isNegated, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public Function Equal { get; } = equal;

    public bool IsNegated { get; } = isNegated;

    public BoundExpression Operand => Children[0];

    public IEnumerable<BoundExpression> Items => Children.Skip(1);

    public override bool IsNullable => Children.Any(static child => child.IsNullable);

    public override IReadOnlyList<BoundExpression> Children { get; } = [operand, .. items];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new InExpression(children[0], [.. children.Skip(1)], Equal, IsNegated, Position);

    protected override string ToText() => $"({Operand} {(IsNegated ? "NOT " : "")}IN ({Join(Items)}))";
}

/// <summary>operand op ANY (array), or ALL.</summary>
/// <remarks><paramref name="compare"/>: The operator between the operand and an element: gives a boolean.</remarks>
internal sealed class QuantifiedArrayExpression(
    BoundExpression operand, BoundExpression array, Function compare, bool isAll, int position = -1)
    : BoundExpression(SqlType.Boolean, position)
{
    public Function Compare { get; } = compare;

    public bool IsAll { get; } = isAll;

    public override bool IsNullable => true;

    public override bool CanFail => Compare.CanFail;

    public override IReadOnlyList<BoundExpression> Children { get; } = [operand, array];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) =>
        new QuantifiedArrayExpression(children[0], children[1], Compare, IsAll, Position);

    protected override string ToText() => $"({Children[0]} {Compare.Name} {(IsAll ? "ALL" : "ANY")} ({Children[1]}))";
}
