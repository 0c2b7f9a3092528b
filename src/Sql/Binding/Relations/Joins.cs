using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>Which rows of two relations come out together.</summary>
internal enum JoinShape : byte
{
    Inner,
    Left,
    Right,
    Full,

    /// <summary>Rows of the left side that have a partner, once; its columns only.</summary>
    Semi,

    /// <summary>Rows of the left side that have no partner; its columns only.</summary>
    Anti,

    /// <summary>Every row of the left side with one column more: whether the condition is true for a row of the right side; NULL if it is
    /// true for none, but unknown for one.</summary>
    Mark,

    /// <summary>Every row of the left side with its one partner, or NULLs; several partners are an error (21000).</summary>
    Single,
}

/// <summary>Which version of the right side a row meets.</summary>
internal enum JoinTime : byte
{
    /// <summary>All rows, as they are at any time.</summary>
    Any,

    /// <summary>The version that was valid at a time of the left row (FOR SYSTEM_TIME AS OF).</summary>
    AsOfEventTime,

    /// <summary>The rows there are when the left row comes (FOR SYSTEM_TIME AS OF PROCTIME()).</summary>
    AsOfProcessingTime,

    /// <summary>The nearest partner by the one inequality of the condition (ASOF JOIN).</summary>
    Nearest,
}

/// <summary>Rows of two relations for which a condition is true.</summary>
internal sealed class JoinRelation(
    Relation left, Relation right, JoinShape type, BoundExpression? condition, JoinTime time = JoinTime.Any, BoundExpression? asOf = null)
    : Relation(ColumnsOf(left, right, type))
{
    public Relation Left => Inputs[0];

    public Relation Right => Inputs[1];

    public JoinShape Type { get; } = type;

    /// <summary>Over both rows: input 0 is the left one, 1 the right one. Null: always true.</summary>
    public BoundExpression? Condition { get; } = condition;

    public JoinTime Time { get; } = time;

    /// <summary>The time of the left row whose version is met.</summary>
    public BoundExpression? AsOf { get; } = asOf;

    public override IReadOnlyList<Relation> Inputs { get; } = [left, right];

    public override IReadOnlyList<BoundExpression> Expressions { get; } =
        [.. condition is null ? (BoundExpression[])[] : [condition], .. asOf is null ? (BoundExpression[])[] : [asOf]];

    public override bool IsSingleRow => Left.IsSingleRow && (Type is JoinShape.Semi or JoinShape.Anti or JoinShape.Mark
        or JoinShape.Single || Right.IsSingleRow && Type != JoinShape.Full);

    public static IReadOnlyList<RelationColumn> ColumnsOf(Relation left, Relation right, JoinShape type)
    {
        if (type is JoinShape.Semi or JoinShape.Anti)
            return left.Columns;
        if (type == JoinShape.Mark)
            return [.. left.Columns, new RelationColumn("mark", SqlType.Boolean)];
        return
        [
            .. left.Columns.Select(column => type is JoinShape.Right or JoinShape.Full
                ? column with { IsNullable = true, Time = TimeRole.None } : column),
            .. right.Columns.Select(column => type is JoinShape.Inner or JoinShape.Right ? column
                : column with { IsNullable = true, Time = Kept(column.Time) }),
        ];
    }

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) => new JoinRelation(
        inputs[0], inputs[1], Type, Condition is null ? null : expressions[0], Time, AsOf is null ? null : expressions[^1]);

    public override string Describe() => $"{(Time == JoinTime.Nearest ? "asof " : "")}{Type.ToString().ToLowerInvariant()} join" +
        (Condition is null ? "" : $" on {Condition}") + Time switch
        {
            JoinTime.AsOfEventTime => $" as of {AsOf}",
            JoinTime.AsOfProcessingTime => " as of the processing time",
            _ => "",
        };

    /// <summary>A time that may be null has no watermark of its own; the bounds of a window still say which window it is.</summary>
    private static TimeRole Kept(TimeRole time) => time == TimeRole.EventTime ? TimeRole.None : time;
}
