using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Puts the queries of expressions into the relation that the expressions are computed over: as joins, each with a column for
/// its value.</summary>
internal sealed class SubqueryPlanting(Binders binders)
{
    private readonly Decorrelation _decorrelation = new(binders.Session);

    /// <summary>The rows for which a condition is true. Queries that are conditions by themselves become semi-joins and
    /// anti-joins.</summary>
    public Relation Filter(Relation relation, BoundExpression condition)
    {
        List<BoundExpression> plain = [], others = [];
        List<(SubqueryExpression Query, bool IsNegated)> tests = [];
        foreach (BoundExpression part in condition is LogicExpression { IsAnd: true } all ? all.Children : [condition])
        {
            if (part is SubqueryExpression { Kind: not SubqueryKind.Scalar } test && !HasQuery(test.Condition))
                tests.Add((test, false));
            else if (part is NotExpression { Children: [SubqueryExpression { Kind: not SubqueryKind.Scalar } negated] }
                && !HasQuery(negated.Condition))
                tests.Add((negated, true));
            else
                (HasQuery(part) ? others : plain).Add(part);
        }

        if (LogicExpression.And(plain) is { } first)
            relation = new FilterRelation(relation, first);
        foreach ((SubqueryExpression query, bool isNegated) in tests)
            relation = Test(relation, query, isNegated);
        if (others.Count == 0)
            return relation;
        int count = relation.Columns.Count;
        Relation planted = relation;
        BoundExpression[] conditions = [.. others.Select(other => Plant(ref planted, other))];
        return ProjectRelation.Of(new FilterRelation(planted, LogicExpression.And(conditions)!), Enumerable.Range(0, count));
    }

    /// <summary>The expression with a column in the place of each query; the relation gets these columns.</summary>
    public BoundExpression Plant(ref Relation relation, BoundExpression expression)
    {
        if (!HasQuery(expression))
            return expression;
        Relation grown = relation;
        BoundExpression planted = expression.Rewrite(node => node is SubqueryExpression query ? Column(ref grown, query) : node);
        relation = grown;
        return planted;
    }

    public static bool HasQuery(BoundExpression? expression) => expression is not null
        && expression.All().Any(node => node is SubqueryExpression);

    /// <summary>A relation with the rows that another relation gives for each of its rows.</summary>
    public Relation Lateral(Relation left, Relation right, JoinShape type, BoundExpression? condition) =>
        _decorrelation.Join(left, right, type, condition);

    private Relation Test(Relation relation, SubqueryExpression query, bool isNegated)
    {
        // x op ALL (q): no row of q for which it is not true; NOT IN (q): no row of q for which = is not false
        (JoinShape type, BoundExpression? condition) = (query.Kind, isNegated) switch
        {
            (SubqueryKind.All, false) => (JoinShape.Anti, IsNot(true, query.Condition!)),
            (SubqueryKind.All, true) => (JoinShape.Semi, Resolve.IsBoolean(query.Condition!, false, isNegated: false)),
            (SubqueryKind.Any, true) => (JoinShape.Anti, query.Condition!.IsNullable ? IsNot(false, query.Condition) : query.Condition),
            (_, true) => (JoinShape.Anti, query.Condition),
            _ => (JoinShape.Semi, query.Condition),
        };
        return _decorrelation.Join(relation, query.Query, type, condition);
    }

    private static BoundExpression IsNot(bool value, BoundExpression condition) => Resolve.IsBoolean(condition, value, isNegated: true);

    private BoundExpression Column(ref Relation relation, SubqueryExpression query)
    {
        int at = relation.Columns.Count;
        bool isAll = query.Kind == SubqueryKind.All;
        relation = query.Kind == SubqueryKind.Scalar
            ? _decorrelation.Join(relation, query.Query, query.Query.IsSingleRow ? JoinShape.Left : JoinShape.Single, null)
            : _decorrelation.Join(relation, query.Query, JoinShape.Mark, isAll ? Resolve.Not(query.Condition!) : query.Condition);
        ColumnExpression column = relation.Column(at, position: query.Position);
        return isAll ? Resolve.Not(column) : column;
    }
}
