using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Nodes;

/// <summary>From which end of the rows of a variable one is chosen.</summary>
internal enum MatchEnd : byte
{
    First,
    Last,
}

/// <summary>Which row of a match an expression of a pattern reads.</summary>
/// <param name="Variable">Among the rows of this variable or subset, by its number; negative: among all rows of the match.</param>
/// <param name="End">From the first or from the last.</param>
/// <param name="Logical">So many rows of the variable from that end.</param>
/// <param name="Physical">Then so many rows of the partition on (NEXT), or back (PREV, negative).</param>
/// <param name="IsFinal">Among the rows of the whole match; else among those up to the present row.</param>
internal readonly record struct MatchRow(int Variable, MatchEnd End, long Logical, long Physical, bool IsFinal)
{
    /// <summary>The last row of all as yet: the present row.</summary>
    public static MatchRow Present { get; } = new(-1, MatchEnd.Last, 0, 0, IsFinal: false);

    public override string ToString()
    {
        string from = $"{(IsFinal ? "final" : "running")} {End.ToString().ToLowerInvariant()} {Variable}";
        return from + (Logical == 0 ? "" : $" logical {Logical}") + (Physical == 0 ? "" : $" physical {Physical}");
    }
}

/// <summary>A column of a row of the match; NULL where there is no such row.</summary>
internal sealed class MatchColumnExpression(MatchRow row, int ordinal, string name, SqlType type, int position = -1)
    : BoundExpression(type, position)
{
    public MatchRow Row { get; } = row;

    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    public override bool IsNullable => true;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    public MatchColumnExpression At(MatchRow row) => new(row, Ordinal, Name, Type, Position);

    protected override string ToText() => $"{Name}.{Ordinal}[{Row}]";
}

/// <summary>CLASSIFIER: the name of the variable that took a row of the match.</summary>
internal sealed class ClassifierExpression(MatchRow row, int position = -1) : BoundExpression(SqlType.Varchar, position)
{
    public MatchRow Row { get; } = row;

    public override bool IsNullable => true;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    public ClassifierExpression At(MatchRow row) => new(row, Position);

    protected override string ToText() => $"classifier[{Row}]";
}

/// <summary>MATCH_NUMBER: how many matches the partition has had, this one included.</summary>
internal sealed class MatchNumberExpression(int position = -1) : BoundExpression(SqlType.BigInt, position)
{
    public override bool IsNullable => false;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => "match_number";
}

/// <summary>An aggregate over rows of the match. Its arguments are over one of these rows at a time: columns of the input, by
/// <see cref="ColumnExpression"/>, and <see cref="ClassifierExpression"/> of the row itself.</summary>
internal sealed class MatchAggregateExpression(AggregateExpression aggregate, int variable, bool isFinal, int position = -1)
    : BoundExpression(aggregate.Type, position)
{
    public AggregateExpression Aggregate { get; } = aggregate;

    /// <summary>Over the rows of this variable or subset, by its number; negative: over all rows of the match.</summary>
    public int Variable { get; } = variable;

    /// <summary>Over the whole match; else over the rows up to the present one.</summary>
    public bool IsFinal { get; } = isFinal;

    public override bool IsNullable => Aggregate.IsNullable;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => $"{(IsFinal ? "final" : "running")} {Aggregate} of {Variable}";
}
