using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Planning;

/// <summary>Filters and projections that follow each other, as one: they become one loop.</summary>
/// <param name="Input">What they read.</param>
/// <param name="Filter">Which of its rows are kept; null: all.</param>
/// <param name="Values">What each column is, over a row of the input.</param>
internal sealed record RowStep(Relation Input, BoundExpression? Filter, IReadOnlyList<BoundExpression> Values)
{
    /// <summary>The rows of a relation as they are.</summary>
    public static RowStep None(Relation relation) => new(relation, null, [.. relation.Columns.Select((_, at) => relation.Column(at))]);

    public static RowStep Of(Relation relation)
    {
        RowStep step = None(relation);
        while (true)
        {
            switch (step.Input)
            {
                case FilterRelation filter:
                    step = step with
                    {
                        Input = filter.Input,
                        Filter = step.Filter is null ? filter.Condition : Resolve.Logic(isAnd: true, filter.Condition, step.Filter),
                    };
                    break;
                case ProjectRelation project when step.MayFollow(project):
                    step = new RowStep(project.Input, step.Filter is null ? null : Over(step.Filter, project),
                        [.. step.Values.Select(value => Over(value, project))]);
                    break;
                default:
                    return step;
            }
        }
    }

    private static BoundExpression Over(BoundExpression value, ProjectRelation project) => value.Rewrite(one =>
        one is ColumnExpression column ? project.Expressions[column.Ordinal] : one);

    /// <summary>What is computed is computed once: else a query of a few lines could become one without end.</summary>
    private bool MayFollow(ProjectRelation project)
    {
        var used = new int[project.Expressions.Count];
        foreach (ColumnExpression column in Values.Append(Filter).OfType<BoundExpression>().SelectMany(static one => one.All())
            .OfType<ColumnExpression>())
            used[column.Ordinal]++;
        return !project.Expressions.Where((value, at) => used[at] > 1 && value is not (ColumnExpression or ConstantExpression)).Any();
    }
}
