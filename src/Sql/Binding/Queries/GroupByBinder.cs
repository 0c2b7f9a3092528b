using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>What rows are grouped by: the keys, and sets of their places.</summary>
internal sealed record Grouping(IReadOnlyList<BoundExpression> Keys, IReadOnlyList<IReadOnlyList<int>> Sets);

/// <summary>GROUP BY: expressions, numbers and names of output columns, ROLLUP, CUBE and GROUPING SETS, multiplied out.</summary>
internal sealed class GroupByBinder(Binders binders, Surroundings surroundings, IReadOnlyList<Output> outputs)
{
    /// <summary>More sets than this are refused, as in PostgreSQL.</summary>
    private const int MostSets = 4096, WidestCube = 12;

    private readonly List<BoundExpression> _keys = [];

    public Grouping Bind(GroupByClause clause)
    {
        List<List<int>> sets = [[]];
        foreach (GroupingElement element in clause.Elements)
        {
            List<List<int>> own = Sets(element);
            if ((long)sets.Count * own.Count > MostSets)
                throw binders.Session.Fault(SqlErrorCategory.Limit, SqlState.StatementTooComplex,
                    $"There are more than {MostSets} grouping sets.", element.Span);
            sets = [.. sets.SelectMany(_ => own, (left, right) => left.Concat(right).Distinct().ToList())];
        }

        if (clause.IsDistinct)
            sets = [.. sets.DistinctBy(set => string.Join(',', set.Order()))];
        return new Grouping(_keys, sets);
    }

    private List<List<int>> Sets(GroupingElement element)
    {
        switch (element)
        {
            case GroupingExpressions simple:
                return [Places(simple)];
            case RollupElement rollup:
                int[][] parts = [.. rollup.Parts.Select(part => Places(part).ToArray())];
                return [.. Enumerable.Range(0, parts.Length + 1).Select(less =>
                    parts.Take(parts.Length - less).SelectMany(part => part).ToList())];
            case CubeElement cube:
                if (cube.Parts.Count > WidestCube)
                    throw binders.Session.Fault(SqlErrorCategory.Limit, SqlState.TooManyColumns,
                        $"CUBE takes at most {WidestCube} parts.", cube.Span);
                int[][] all = [.. cube.Parts.Select(part => Places(part).ToArray())];
                return
                [
                    .. Enumerable.Range(0, 1 << all.Length).Reverse()
                        .Select(mask => all.Where((_, at) => (mask >> (all.Length - 1 - at) & 1) == 1).SelectMany(part => part).ToList()),
                ];
            default:
                return [.. ((GroupingSetsElement)element).Sets.SelectMany(Sets)];
        }
    }

    private List<int> Places(GroupingExpressions part) => [.. part.Values.Select(Place).Distinct()];

    private int Place(Expression expression)
    {
        BoundExpression value = Value(expression);
        if (value.All().Any(node => node is AggregateExpression or Nodes.OverExpression))
            throw binders.Session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError,
                "Rows are not grouped by aggregates or by functions over windows.", expression.Span);
        if (!Resolve.HasEquality(value.Type))
            throw binders.Session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction,
                $"Values of type {value.Type} cannot be compared, so nothing is grouped by them.", expression.Span);
        int found = _keys.FindIndex(key => key.IsSame(value));
        if (found >= 0)
            return found;
        _keys.Add(value);
        return _keys.Count - 1;
    }

    /// <summary>A name is first that of a column of FROM, then that of an output column.</summary>
    private BoundExpression Value(Expression expression)
    {
        int place = binders.Queries.Ordinal(expression, outputs.Count, "GROUP BY");
        if (place >= 0)
            return outputs[place].Value;
        if (expression is ColumnReference { Parts.Count: 1 } named
            && binders.Names.Find(surroundings.Scope, null, named.Parts[0].Name, named) is null)
        {
            Output[] found = [.. outputs.Where(output => output.Alias == named.Parts[0].Name)];
            if (found.Length > 1 && found.Skip(1).Any(output => !output.Value.IsSame(found[0].Value)))
                throw binders.Session.Fault(SqlErrorCategory.AmbiguousColumn, SqlState.AmbiguousColumn,
                    $"Several columns of the result are called \"{named.Parts[0]}\".", expression.Span);
            if (found.Length > 0)
                return found[0].Value;
        }

        return binders.Expressions.BindSettled(expression, new ExpressionContext(surroundings, "GROUP BY"));
    }
}
