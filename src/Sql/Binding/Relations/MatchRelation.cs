using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>A variable of a pattern, or a subset of them.</summary>
/// <param name="Name">As it was written, in lower case.</param>
/// <param name="Members">The variables that a subset stands for, by their numbers; of a variable itself.</param>
/// <param name="Condition">What a row of the variable fulfils; null: every row does.</param>
internal sealed record MatchVariable(string Name, IReadOnlyList<int> Members, BoundExpression? Condition);

/// <summary>MATCH_RECOGNIZE. Columns: of ONE ROW PER MATCH those that it is partitioned by, then the measures; of ALL ROWS those it is
/// partitioned by, those it is ordered by, the measures, then the other columns of the input.</summary>
internal sealed class MatchRelation : Relation
{
    private readonly BoundExpression[] _expressions;

    public MatchRelation(
        Relation input, IReadOnlyList<BoundExpression> partitionBy, IReadOnlyList<OrderKey> order, RowPattern pattern,
        IReadOnlyList<MatchVariable> variables, IReadOnlyList<BoundExpression> measures, IReadOnlyList<RelationColumn> columns)
            : base(columns)
    {
        Inputs = [input];
        (PartitionBy, Order, Pattern, Variables, Measures) = (partitionBy, order, pattern, variables, measures);
        _expressions = [.. partitionBy, .. order.Select(key => key.Value), .. measures,
            .. variables.Select(one => one.Condition).OfType<BoundExpression>()];
    }

    public Relation Input => Inputs[0];

    public IReadOnlyList<BoundExpression> PartitionBy { get; }

    public IReadOnlyList<OrderKey> Order { get; }

    /// <summary>Names the variables by name.</summary>
    public RowPattern Pattern { get; }

    /// <summary>First the variables of the pattern in the order in which they first stand in it, then the subsets.</summary>
    public IReadOnlyList<MatchVariable> Variables { get; }

    /// <summary>Over <see cref="MatchColumnExpression"/> and its like.</summary>
    public IReadOnlyList<BoundExpression> Measures { get; }

    /// <summary><see cref="RowsPerMatch.Unsaid"/> never.</summary>
    public RowsPerMatch Rows { get; init; }

    public SkipTarget Skip { get; init; }

    /// <summary>The variable that the search goes on at, by its number; negative: none.</summary>
    public int SkipVariable { get; init; } = -1;

    /// <summary>In microseconds: a match's last row is less than so much after its first; null: however long.</summary>
    public long? Within { get; init; }

    /// <summary>Of ALL ROWS: the columns of the input that come after the measures.</summary>
    public IReadOnlyList<int> OtherColumns { get; init; } = [];

    public override IReadOnlyList<Relation> Inputs { get; }

    public override IReadOnlyList<BoundExpression> Expressions => _expressions;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions)
    {
        int at = 0;
        BoundExpression[] partitions = [.. PartitionBy.Select(_ => expressions[at++])];
        OrderKey[] order = [.. Order.Select(key => key with { Value = expressions[at++] })];
        BoundExpression[] measures = [.. Measures.Select(_ => expressions[at++])];
        MatchVariable[] variables = [.. Variables.Select(one => one.Condition is null ? one : one with { Condition = expressions[at++] })];
        return new MatchRelation(inputs[0], partitions, order, Pattern, variables, measures, Columns)
        {
            Rows = Rows,
            Skip = Skip,
            SkipVariable = SkipVariable,
            Within = Within,
            OtherColumns = OtherColumns,
        };
    }

    public override string Describe()
    {
        string variables = string.Join(", ", Variables.Select(one => one.Name));
        return $"match {Pattern.GetType().Name} of {variables} measures {string.Join(", ", Measures)}";
    }
}
