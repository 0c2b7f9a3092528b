using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>A row for each group. Columns: the keys, the aggregates, and where there are several sets of keys, the number of the
/// set.</summary>
/// <remarks><paramref name="sets"/>: Which keys each set groups by, by their places; the others are null in its rows. One set of all keys
/// is an ordinary GROUP BY, one set of none gives one row for all.</remarks>
internal sealed class AggregateRelation(
    Relation input, IReadOnlyList<BoundExpression> keys, IReadOnlyList<IReadOnlyList<int>> sets,
    IReadOnlyList<AggregateExpression> aggregates, IReadOnlyList<RelationColumn> columns) : Relation(columns)
{
    public Relation Input => Inputs[0];

    public IReadOnlyList<BoundExpression> Keys { get; } = keys;

    public IReadOnlyList<IReadOnlyList<int>> Sets { get; } = sets;

    public IReadOnlyList<AggregateExpression> Aggregates { get; } = aggregates;

    /// <summary>Whether a column at the end has the number of the set.</summary>
    public bool HasSetNumber => Sets.Count > 1;

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = [.. keys, .. aggregates];

    public override bool IsSingleRow => Sets is [[]];

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) => new AggregateRelation(
        inputs[0], [.. expressions.Take(Keys.Count)], Sets, [.. expressions.Skip(Keys.Count).Cast<AggregateExpression>()], Columns);

    public override string Describe()
    {
        string groups = Sets is [var all] && all.Count == Keys.Count
            ? string.Join(", ", Keys)
            : string.Join(", ", Sets.Select(set => $"({string.Join(", ", set.Select(key => Keys[key]))})"));
        return $"aggregate {string.Join(", ", Aggregates)} by {groups}";
    }
}

/// <summary>The rows with functions over windows of them: those of one window at a time. Columns: those of the input, then the
/// functions.</summary>
internal sealed class OverRelation(Relation input, IReadOnlyList<OverExpression> functions, IReadOnlyList<RelationColumn> columns)
    : Relation(columns)
{
    public Relation Input => Inputs[0];

    /// <summary>All over one partition and order; frames may differ.</summary>
    public IReadOnlyList<OverExpression> Functions { get; } = functions;

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = functions;

    public override bool IsSingleRow => Input.IsSingleRow;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions)
    {
        OverExpression[] changed = [.. expressions.Cast<OverExpression>()];
        return new OverRelation(inputs[0], changed, [.. inputs[0].Columns, .. Columns.Skip(Columns.Count - changed.Length)]);
    }

    public override string Describe() => $"over {string.Join(", ", Functions)}";
}

/// <summary>Each row once.</summary>
internal sealed class DistinctRelation(Relation input) : Relation(input.Columns)
{
    public Relation Input => Inputs[0];

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override bool IsSingleRow => Input.IsSingleRow;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new DistinctRelation(inputs[0]);

    public override string Describe() => "distinct";
}

/// <summary>The first rows by an order, of each partition; without a limit, an order only.</summary>
internal sealed class LimitRelation(
    Relation input, IReadOnlyList<BoundExpression> partitionBy, IReadOnlyList<OrderKey> order, BoundExpression? limit,
    BoundExpression? offset, bool withTies) : Relation(input.Columns)
{
    public Relation Input => Inputs[0];

    /// <summary>Of DISTINCT ON and of subqueries for each row: the limit holds for each of them.</summary>
    public IReadOnlyList<BoundExpression> PartitionBy { get; } = partitionBy;

    public IReadOnlyList<OrderKey> Order { get; } = order;

    /// <summary>How many; a constant. Null: all.</summary>
    public BoundExpression? Limit { get; } = limit;

    /// <summary>How many are passed over first; a constant.</summary>
    public BoundExpression? Offset { get; } = offset;

    /// <summary>Rows that are equal to the last by the order are given, too.</summary>
    public bool WithTies { get; } = withTies;

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } =
    [
        .. partitionBy, .. order.Select(key => key.Value), .. limit is null ? (BoundExpression[])[] : [limit],
        .. offset is null ? (BoundExpression[])[] : [offset],
    ];

    public override bool IsSingleRow => Input.IsSingleRow || (PartitionBy.Count == 0 && !WithTies
        && Limit is ConstantExpression { Value: 0L or 1L });

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions)
    {
        int at = PartitionBy.Count + Order.Count;
        return new LimitRelation(inputs[0], [.. expressions.Take(PartitionBy.Count)],
            [.. Order.Select((key, place) => key with { Value = expressions[PartitionBy.Count + place] })],
            Limit is null ? null : expressions[at], Offset is null ? null : expressions[^1], WithTies);
    }

    public override string Describe()
    {
        string keys = Order.Count == 0 ? "" : $" order {string.Join(", ", Order)}";
        string partitions = PartitionBy.Count == 0 ? "" : $" by {string.Join(", ", PartitionBy)}";
        string passed = Offset is null ? "" : $" offset {Offset}";
        return $"limit {Limit?.ToString() ?? "all"}{passed}{(WithTies ? " with ties" : "")}{keys}{partitions}";
    }
}

/// <summary>UNION, INTERSECT or EXCEPT of two relations with the same types.</summary>
internal sealed class SetRelation(
    Relation left, Relation right, Syntax.Tree.SetOperator kind, bool isAll, IReadOnlyList<RelationColumn> columns) : Relation(columns)
{
    public Relation Left => Inputs[0];

    public Relation Right => Inputs[1];

    public Syntax.Tree.SetOperator Kind { get; } = kind;

    /// <summary>Equal rows count as often as they come.</summary>
    public bool IsAll { get; } = isAll;

    public override IReadOnlyList<Relation> Inputs { get; } = [left, right];

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new SetRelation(inputs[0], inputs[1], Kind, IsAll, Columns);

    public override string Describe() => $"{Kind.ToString().ToLowerInvariant()}{(IsAll ? " all" : "")}";
}
