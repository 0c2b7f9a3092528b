using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Nodes;

/// <summary>A frame, with nothing unsaid.</summary>
/// <param name="Unit">What distances count.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="StartOffset">How far from the present row; a constant. Null where the bound has no distance.</param>
/// <param name="End">Where it ends.</param>
/// <param name="EndOffset">How far from the present row.</param>
/// <param name="Exclusion">What is left out.</param>
internal sealed record OverFrame(
    FrameUnit Unit, FrameBoundKind Start, BoundExpression? StartOffset, FrameBoundKind End, BoundExpression? EndOffset,
    FrameExclusion Exclusion)
{
    /// <summary>From the first row to the last that is equal to the present one by the order: what holds where nothing is said.</summary>
    public static OverFrame Default { get; } =
        new(FrameUnit.Range, FrameBoundKind.UnboundedPreceding, null, FrameBoundKind.CurrentRow, null, FrameExclusion.NoOthers);

    public override string ToString() => $"{Unit} {Start} {StartOffset} {End} {EndOffset} {Exclusion}";
}

/// <summary>A function over a window of rows. It stands in an expression until the windows have been made: then a column takes its
/// place.</summary>
internal sealed class OverExpression(
    AggregateSignature signature, IReadOnlyList<BoundExpression> arguments, bool isDistinct, BoundExpression? filter,
    IReadOnlyList<BoundExpression> partitionBy, IReadOnlyList<OrderKey> order, OverFrame frame, bool ignoresNulls, int position = -1)
    : BoundExpression(signature.Result, position)
{
    public AggregateSignature Signature { get; } = signature;

    public IReadOnlyList<BoundExpression> Arguments { get; } = arguments;

    public bool IsDistinct { get; } = isDistinct;

    public BoundExpression? Filter { get; } = filter;

    public IReadOnlyList<BoundExpression> PartitionBy { get; } = partitionBy;

    public IReadOnlyList<OrderKey> Order { get; } = order;

    public OverFrame Frame { get; } = frame;

    public bool IgnoresNulls { get; } = ignoresNulls;

    /// <summary>Functions of one text have one partition and one order.</summary>
    public string Window => $"BY {Join(PartitionBy)} ORDER {string.Join(", ", Order)}";

    public override bool IsNullable => Signature.Own?.MayBeNull ?? Signature.Name is not ("count" or "row_number" or "rank"
        or "dense_rank" or "percent_rank" or "cume_dist" or "ntile");

    public override IReadOnlyList<BoundExpression> Children { get; } =
        [.. arguments, .. partitionBy, .. order.Select(key => key.Value), .. filter is null ? (BoundExpression[])[] : [filter]];

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children)
    {
        int at = 0;
        BoundExpression[] newArguments = [.. Arguments.Select(_ => children[at++])];
        BoundExpression[] partitions = [.. PartitionBy.Select(_ => children[at++])];
        OrderKey[] keys = [.. Order.Select(key => key with { Value = children[at++] })];
        return new OverExpression(Signature, newArguments, IsDistinct, Filter is null ? null : children[at], partitions, keys, Frame,
            IgnoresNulls, Position);
    }

    protected override string ToText() =>
        $"{Signature.Name}({(IsDistinct ? "DISTINCT " : "")}{Join(Arguments)}){(Filter is null ? "" : $" FILTER {Filter}")}" +
        $"{(IgnoresNulls ? " IGNORE NULLS" : "")} OVER ({Window} {Frame})";
}
