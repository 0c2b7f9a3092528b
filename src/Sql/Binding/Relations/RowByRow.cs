using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>The rows for which a condition is true.</summary>
internal sealed class FilterRelation(Relation input, BoundExpression condition) : Relation(input.Columns)
{
    public Relation Input => Inputs[0];

    public BoundExpression Condition => Expressions[0];

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = [condition];

    public override bool IsSingleRow => Input.IsSingleRow;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new FilterRelation(inputs[0], expressions[0]);

    public override string Describe() => $"filter {Condition}";
}

/// <summary>A row of values for each row.</summary>
internal sealed class ProjectRelation(Relation input, IReadOnlyList<BoundExpression> values, IReadOnlyList<RelationColumn> columns)
    : Relation(columns)
{
    public Relation Input => Inputs[0];

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = values;

    public override bool IsSingleRow => Input.IsSingleRow;

    /// <summary>Some columns of a relation, in an order.</summary>
    public static ProjectRelation Of(Relation input, IEnumerable<int> ordinals)
    {
        int[] taken = [.. ordinals];
        return new ProjectRelation(input, [.. taken.Select(at => input.Column(at))], [.. taken.Select(at => input.Columns[at])]);
    }

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new ProjectRelation(inputs[0], expressions, Columns);

    public override string Describe() =>
        $"project {string.Join(", ", Expressions.Select((value, at) => $"{value} AS {Columns[at].Name}"))}";
}

/// <summary>What windows a function of windows makes.</summary>
internal enum WindowKind : byte
{
    Tumble,
    Hop,
    Cumulate,
    Session,
}

/// <summary>Each row once for each window that it is in, with the bounds of the window.</summary>
/// <remarks>Columns: those of the input, then window_start, window_end and window_time.
/// Sizes are in microseconds.</remarks>
internal sealed class WindowRelation(
    Relation input, WindowKind kind, BoundExpression time, long size, long step, long offset, IReadOnlyList<BoundExpression> partitionBy,
    IReadOnlyList<RelationColumn> columns) : Relation(columns)
{
    public Relation Input => Inputs[0];

    public WindowKind Kind { get; } = kind;

    /// <summary>The time that puts a row into windows: a column, or the time of the clock (<see cref="NowExpression"/>).</summary>
    public BoundExpression Time => Expressions[0];

    /// <summary>How long a window is, or the greatest one of CUMULATE; the gap of a session.</summary>
    public long Size { get; } = size;

    /// <summary>From one window to the next: of HOP the slide, of CUMULATE the step; else the size.</summary>
    public long Step { get; } = step;

    /// <summary>How far windows are moved from 1970-01-01.</summary>
    public long Offset { get; } = offset;

    /// <summary>Of sessions: rows of different values are in different ones.</summary>
    public IEnumerable<BoundExpression> PartitionBy => Expressions.Skip(1);

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = [time, .. partitionBy];

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new WindowRelation(inputs[0], Kind, expressions[0], Size, Step, Offset, [.. expressions.Skip(1)],
            [.. inputs[0].Columns, .. Columns.Skip(Columns.Count - 3)]);

    public override string Describe() => $"{Kind.ToString().ToLowerInvariant()} {Time} size {Size} step {Step} offset {Offset}" +
        (Expressions.Count > 1 ? $" by {string.Join(", ", PartitionBy)}" : "");
}
