using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Joins a relation with one that names its columns: rewrites the second so that it gives its rows for every combination of these
/// columns' values at once, with the values in columns of their own, and joins by them.</summary>
/// <remarks>Where the second compares such a column with a value of its own by =, the value takes its place, and nothing more is computed
/// than is joined; else the distinct values of the first relation (its domain) are joined in.</remarks>
/// <seealso href="https://btw-2015.informatik.uni-hamburg.de/res/proceedings/Hauptband/Wiss/Neumann-Unnesting_Arbitrary_Querie.pdf">Neumann
/// and Kemper, Unnesting Arbitrary Queries.</seealso>
internal sealed class Decorrelation(BindingSession session)
{
    /// <param name="left">The first relation.</param>
    /// <param name="right">The second; names columns of the first by outer columns of level 1.</param>
    /// <param name="type">Inner, Left, Semi, Anti, Mark or Single.</param>
    /// <param name="condition">Over both rows.</param>
    /// <returns>The columns of the first, then of the second as the type of the join has it.</returns>
    public Relation Join(Relation left, Relation right, JoinShape type, BoundExpression? condition)
    {
        int[] outer = [.. OuterColumns.Of(right).Where(column => column.Level == 1).Select(column => column.Ordinal).Distinct().Order()];
        if (outer.Length == 0)
            return new JoinRelation(left, OuterColumns.Lower(right), type, condition);
        if (right is FunctionRelation function && (type == JoinShape.Inner || (type == JoinShape.Left && IsTrue(condition))))
        {
            FlatMapRelation made = FlatMap(left, function, type == JoinShape.Left);
            return IsTrue(condition) ? made : new FilterRelation(made, OverOneRow(condition!, left.Columns.Count));
        }

        if (type == JoinShape.Left && condition is null && EmptyGroup.Of(right) is { } group)
            return OfGlobalAggregate(left, right, group, outer);
        var push = new PushDown(session, left, outer) { NeedsTruth = type == JoinShape.Mark };
        Relation pushed = OuterColumns.Lower(push.Push(right));
        JoinRelation joined = new(left, pushed, type, LogicExpression.And([.. push.SameValues(left, pushed, right.Columns.Count),
            .. condition is null ? (BoundExpression[])[] : [condition]]));
        return type is JoinShape.Semi or JoinShape.Anti or JoinShape.Mark ? joined
            : Without(joined, left.Columns.Count, right.Columns.Count);
    }

    /// <summary>The columns of both sides, without those of the values that they were joined by.</summary>
    private static ProjectRelation Without(Relation joined, int left, int right) =>
        ProjectRelation.Of(joined, Enumerable.Range(0, left + right));

    private static bool IsTrue(BoundExpression? condition) => condition is null or ConstantExpression { Value: true };

    /// <summary>Columns of two rows as columns of one.</summary>
    private static BoundExpression OverOneRow(BoundExpression condition, int left) => condition.Rewrite(node =>
        node is ColumnExpression { Input: 1 } column
            ? new ColumnExpression(0, column.Ordinal + left, column.Name, column.Type, column.IsNullable, column.Position) : node);

    private static FlatMapRelation FlatMap(Relation left, FunctionRelation function, bool keepsEmpty) => new(left, function.Function,
        [.. function.Expressions.Select(argument => OuterColumns.Map(argument, outer => outer.Level == 1 ? left.Column(outer.Ordinal)
            : outer.At(outer.Level - 1)))],
        function.WithOrdinality, keepsEmpty, [.. function.Columns.Select(column => keepsEmpty ? column with { IsNullable = true }
            : column)]);

    /// <summary>An aggregate over all rows gives a row for no rows, too: what it gives then takes the place of a missing partner.</summary>
    private ProjectRelation OfGlobalAggregate(Relation left, Relation right, EmptyGroup group, int[] outer)
    {
        var push = new PushDown(session, left, outer) { MayMissRows = true };
        Relation pushed = push.Push(right);
        int count = right.Columns.Count, leftCount = left.Columns.Count;
        // a column that is never null where there is a partner
        var marked = new ProjectRelation(pushed, [.. pushed.Columns.Select((_, at) => pushed.Column(at)), Resolve.Boolean(true)],
            [.. pushed.Columns, new RelationColumn("matched", SqlType.Boolean, IsNullable: false)]);
        Relation lowered = OuterColumns.Lower(marked);
        var joined = new JoinRelation(left, lowered, JoinShape.Left, LogicExpression.And(push.SameValues(left, lowered, count)));
        BoundExpression isMatched = Resolve.IsNull(joined.Column(leftCount + marked.Columns.Count - 1), isNegated: true);
        BoundExpression[] values =
        [
            .. Enumerable.Range(0, leftCount).Select(at => joined.Column(at)),
            .. Enumerable.Range(0, count).Select(at =>
            {
                BoundExpression empty = OuterColumns.Map(group.Values[at], column => column.Level == 1 ? left.Column(column.Ordinal)
                    : column.At(column.Level - 1));
                return empty is ConstantExpression { Value: null } ? joined.Column(leftCount + at)
                    : Resolve.Case([(isMatched, joined.Column(leftCount + at))], empty);
            }),
        ];
        return new ProjectRelation(joined, values, [.. left.Columns, .. right.Columns.Select(column => column with { IsNullable = true })]);
    }
}

/// <summary>What an aggregate over all rows, or a projection of it, gives for no rows.</summary>
internal sealed record EmptyGroup(IReadOnlyList<BoundExpression> Values)
{
    /// <summary>Null: it is no such.</summary>
    public static EmptyGroup? Of(Relation relation) => relation switch
    {
        AggregateRelation { Sets: [[]] } aggregate => new EmptyGroup([.. aggregate.Aggregates.Select(OfNoRows)]),
        ProjectRelation project when Of(project.Input) is { } below => new EmptyGroup(
            [.. project.Expressions.Select(value => value.Rewrite(node => node is ColumnExpression { Input: 0 } column
                ? below.Values[column.Ordinal] : Folding.Fold(node)))]),
        _ => null,
    };

    public static BoundExpression OfNoRows(AggregateExpression aggregate) => aggregate.Signature.Own is { } own
        ? new ConstantExpression(own.OfNoRows, aggregate.Type)
        : aggregate.Signature.Name == "count"
        ? new ConstantExpression(0L, SqlType.BigInt)
        : new ConstantExpression(null, aggregate.Type);
}
