using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>What a column is for the time of its rows.</summary>
internal enum TimeRole : byte
{
    None,

    /// <summary>The event time, which has a watermark.</summary>
    EventTime,

    /// <summary>Where the window of the row begins.</summary>
    WindowStart,

    /// <summary>Where the window of the row ends.</summary>
    WindowEnd,
}

/// <summary>A column of the rows that a relation gives.</summary>
/// <param name="Name">As it is called in the result.</param>
/// <param name="Type">What it holds.</param>
/// <param name="IsNullable">False only if it is certain that it is never null.</param>
/// <param name="Time">What it is for the time of the row.</param>
internal sealed record RelationColumn(string Name, SqlType Type, bool IsNullable = true, TimeRole Time = TimeRole.None)
{
    /// <summary>Of a window over event time: the window is complete by the watermark.</summary>
    public bool HasWatermark { get; init; }

    public override string ToString() => $"{Name} {Type}";
}

/// <summary>What gives rows, with all names and types known: what the planner makes operators of. It is never changed.</summary>
/// <remarks>Expressions name the columns of an input by <see cref="ColumnExpression"/>: input 0, or of a join 0 for the left and 1 for
/// the right.</remarks>
internal abstract class Relation(IReadOnlyList<RelationColumn> columns)
{
    private long _treeSize;

    public IReadOnlyList<RelationColumn> Columns { get; } = columns;

    /// <summary>Where its rows come from.</summary>
    public virtual IReadOnlyList<Relation> Inputs => [];

    /// <summary>All that it computes for a row.</summary>
    public virtual IReadOnlyList<BoundExpression> Expressions => [];

    /// <summary>At most one row comes out, whatever comes in.</summary>
    public virtual bool IsSingleRow => false;

    /// <summary>The same over other inputs, and with other expressions, as many as it has.</summary>
    public abstract Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions);

    /// <summary>A column of its rows as an expression.</summary>
    public ColumnExpression Column(int ordinal, int input = 0, int position = -1) =>
        new(input, ordinal, Columns[ordinal].Name, Columns[ordinal].Type, Columns[ordinal].IsNullable, position);

    /// <summary>How many relations it and all below it are, counting one as often as it is named: what walks it takes as long.</summary>
    public long TreeSize => _treeSize > 0 ? _treeSize : _treeSize = 1 + Inputs.Sum(input => input.TreeSize);

    /// <summary>It and all below it.</summary>
    public IEnumerable<Relation> All() => Inputs.SelectMany(input => input.All()).Prepend(this);

    /// <summary>As a tree, one relation a line.</summary>
    public sealed override string ToString() => RelationText.Of(this);

    /// <summary>What it is, without its inputs.</summary>
    public abstract string Describe();
}
