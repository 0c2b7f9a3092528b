using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>What an aggregate, or a function over a window, is called, takes and gives.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Parameters">The types of the arguments.</param>
/// <param name="Result">The type of the value.</param>
internal sealed record AggregateSignature(string Name, IReadOnlyList<SqlType> Parameters, SqlType Result)
{
    /// <summary>Whether it says nothing without OVER: row_number, rank, lag and the like.</summary>
    public bool NeedsOver { get; init; }

    /// <summary>Whether the arguments are followed by WITHIN GROUP (ORDER BY one value), whose type is the last parameter.</summary>
    public bool IsOrderedSet { get; init; }

    /// <summary>What it is, if it is the application's own; null: it is one of SQL's.</summary>
    public OwnAggregate? Own { get; init; }

    public override string ToString() => $"{Name}({string.Join(", ", Parameters)})";
}

/// <summary>One key of an order.</summary>
/// <param name="Value">What is ordered by.</param>
/// <param name="IsDescending">The greatest first.</param>
/// <param name="NullsFirst">Whether NULL comes before all else; by default where the order is descending.</param>
internal sealed record OrderKey(BoundExpression Value, bool IsDescending, bool NullsFirst)
{
    public override string ToString() => $"{Value}{(IsDescending ? " DESC" : "")} NULLS {(NullsFirst ? "FIRST" : "LAST")}";
}

/// <summary>An aggregate over the rows of a group. It stands in an expression until the rows have been grouped: then a column takes its
/// place.</summary>
internal sealed class AggregateExpression(
    AggregateSignature signature, IReadOnlyList<BoundExpression> arguments, bool isDistinct, BoundExpression? filter,
    IReadOnlyList<OrderKey> order, int position = -1) : BoundExpression(signature.Result, position)
{
    public AggregateSignature Signature { get; } = signature;

    public IReadOnlyList<BoundExpression> Arguments { get; } = arguments;

    public bool IsDistinct { get; } = isDistinct;

    /// <summary>Rows for which it is not true are left out; null: none is.</summary>
    public BoundExpression? Filter { get; } = filter;

    /// <summary>The order of ORDER BY inside of the parentheses, or of WITHIN GROUP.</summary>
    public IReadOnlyList<OrderKey> Order { get; } = order;

    /// <summary>Of SQL's own only counts are never null: of no rows every other aggregate is.</summary>
    public override bool IsNullable => Signature.Own?.MayBeNull ?? Signature.Name is not "count";

    public override IReadOnlyList<BoundExpression> Children { get; } =
        [.. arguments, .. order.Select(static key => key.Value), .. filter is null ? Array.Empty<BoundExpression>() : [filter]];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => new AggregateExpression(
        Signature, [.. children.Take(Arguments.Count)], IsDistinct, Filter is null ? null : children[^1],
        [.. Order.Select((key, at) => key with { Value = children[Arguments.Count + at] })], Position);

    protected override string ToText() =>
        $"{Signature.Name}({(IsDistinct ? "DISTINCT " : "")}{(Arguments.Count == 0 ? "*" : Join(Arguments))}" +
        $"{(Order.Count == 0 ? "" : $" ORDER BY {string.Join(", ", Order)}")}){(Filter is null ? "" : $" FILTER (WHERE {Filter})")}";
}
