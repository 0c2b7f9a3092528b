using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Rewrites a relation that names columns of another so that it names none: its columns are followed by the values of these
/// columns that a row belongs to.</summary>
/// <remarks><paramref name="left"/>: The relation whose columns are named.
/// <paramref name="outer"/>: The places of these columns.</remarks>
internal sealed class PushDown(BindingSession session, Relation left, int[] outer)
{
    private readonly bool[] _fromEquality = new bool[outer.Length];
    private bool _usesDomain;

    /// <summary>An aggregate over all rows need not give a row for values without rows: who joins it knows what it gives then.</summary>
    public bool MayMissRows { get; init; }

    /// <summary>Whether a row belongs to the values is never unknown: of a mark that would be another answer than false.</summary>
    public bool NeedsTruth { get; init; }

    /// <summary>The distinct values of the columns. They may be null.</summary>
    private Relation Domain => new DistinctRelation(Raised(ProjectRelation.Of(left, outer)));

    /// <summary>That a row of the first relation belongs to the values.</summary>
    public IEnumerable<BoundExpression> SameValues(Relation first, Relation pushed, int from) => outer.Select((ordinal, at) =>
    {
        ColumnExpression value = first.Column(ordinal), same = pushed.Column(from + at, input: 1);
        bool canBeNull = value.IsNullable && (NeedsTruth || _usesDomain || !_fromEquality[at]);
        return canBeNull ? Resolve.Distinct(value, same, isNegated: true) : Resolve.Operator("=", value, same);
    });

    public Relation Push(Relation relation)
    {
        if (!OuterColumns.IsCorrelated(relation))
            return WithDomain(relation);
        return relation switch
        {
            FilterRelation filter => Filter(filter),
            ProjectRelation project => Project(project),
            JoinRelation join => Join(join),
            AggregateRelation aggregate => Aggregate(aggregate),
            OverRelation over => Over(over),
            DistinctRelation distinct => new DistinctRelation(Push(distinct.Input)),
            LimitRelation limit => Limit(limit),
            SetRelation set => Set(set),
            ValuesRelation values => Values(values),
            FunctionRelation function => Function(function),
            FlatMapRelation flat => FlatMap(flat),
            WindowRelation window => Window(window),
            SharedRelation shared => Push(shared.Inputs[0]),
            _ => throw session.Unsupported("This query cannot name columns of the query around it.", default),
        };
    }

    /// <summary>In a query inside, what this query names as level 1 is one further out.</summary>
    private static Relation Raised(Relation relation) => OuterColumns.Lower(relation, -1);

    private Relation WithDomain(Relation relation)
    {
        _usesDomain = true;
        return new JoinRelation(relation, Domain, JoinShape.Inner, null);
    }

    /// <summary>The expression with the values, which stand in columns from a place on, for the outer columns.</summary>
    private BoundExpression Bound(BoundExpression expression, Relation input, int from, int side = 0) =>
        OuterColumns.Map(expression, column =>
        column.Level == 1 ? input.Column(from + Array.IndexOf(outer, column.Ordinal), side, column.Position) : column);

    private BoundExpression[] ValuesOf(Relation relation, int from) => [.. outer.Select((_, at) => relation.Column(from + at))];

    private static IEnumerable<int> Range(int from, int count) => Enumerable.Range(from, count);

    private Relation Filter(FilterRelation filter)
    {
        int count = filter.Input.Columns.Count;
        if (!OuterColumns.IsCorrelated(filter.Input) && ByEquality(filter, count) is { } equal)
            return equal;
        Relation input = Push(filter.Input);
        return new FilterRelation(input, Bound(filter.Condition, input, count));
    }

    /// <summary>Where every outer column is equal to a value of the row, the value is what the row belongs to; null: it is not
    /// so.</summary>
    private Relation? ByEquality(FilterRelation filter, int count)
    {
        List<BoundExpression> rest = [.. filter.Condition is LogicExpression { IsAnd: true } all ? all.Children : [filter.Condition]];
        var values = new BoundExpression[outer.Length];
        for (int at = 0; at < outer.Length; at++)
        {
            int found = rest.FindIndex(part => EqualTo(part, outer[at]) is not null);
            if (found < 0)
                return null;
            values[at] = EqualTo(rest[found], outer[at])!;
            rest.RemoveAt(found);
        }

        for (int at = 0; at < outer.Length; at++)
        {
            _fromEquality[at] = true;
            // null is equal to nothing
            if (values[at].IsNullable)
                rest.Add(Resolve.IsNull(values[at], isNegated: true));
        }

        var widened = new ProjectRelation(filter.Input, [.. Range(0, count).Select(at => filter.Input.Column(at)), .. values],
        [
            .. filter.Input.Columns,
            .. values.Select((value, at) => SelectBinder.ColumnOf(value, left.Columns[outer[at]].Name,
                filter.Input) with { IsNullable = false }),
        ]);
        return LogicExpression.And(rest.Select(part => Bound(part, widened, count))) is { } condition
            ? new FilterRelation(widened, condition) : widened;
    }

    private static BoundExpression? EqualTo(BoundExpression part, int ordinal)
    {
        if (part is not CallExpression { Function: { Name: "=", Kind: FunctionKind.Operator }, Children: [var one, var two] })
            return null;
        if (one is OuterColumnExpression { Level: 1 } first && first.Ordinal == ordinal && first.Type.IsSame(two.Type)
            && !OuterColumns.Of(two).Any())
            return two;
        return two is OuterColumnExpression { Level: 1 } second && second.Ordinal == ordinal && second.Type.IsSame(one.Type)
            && !OuterColumns.Of(one).Any() ? one : null;
    }

    private ProjectRelation Project(ProjectRelation project)
    {
        int count = project.Input.Columns.Count;
        Relation input = Push(project.Input);
        return new ProjectRelation(input, [.. project.Expressions.Select(value => Bound(value, input, count)), .. ValuesOf(input, count)],
            [.. project.Columns, .. input.Columns.Skip(count)]);
    }

    private Relation Join(JoinRelation join)
    {
        int leftCount = join.Left.Columns.Count, rightCount = join.Right.Columns.Count;
        bool rightOnly = join.Type is JoinShape.Inner or JoinShape.Right && !OuterColumns.IsCorrelated(join.Left)
            && OuterColumns.IsCorrelated(join.Right);
        bool needsRight = OuterColumns.IsCorrelated(join.Right) || join.Type is JoinShape.Right or JoinShape.Full;
        Relation one = rightOnly ? join.Left : Push(join.Left), two = needsRight ? Push(join.Right) : join.Right;
        BoundExpression? condition = join.Condition is null ? null
            : rightOnly ? Bound(join.Condition, two, rightCount, side: 1) : Bound(join.Condition, one, leftCount);
        BoundExpression? asOf = join.AsOf is null ? null : rightOnly
            ? throw session.Unsupported("A join as of a time cannot name columns of the query around it.", default)
                : Bound(join.AsOf, one, leftCount);
        List<BoundExpression> conditions = condition is null ? [] : [condition];
        if (!rightOnly && needsRight)
            conditions.AddRange(outer.Select((_, at) => Resolve.Distinct(one.Column(leftCount + at),
                two.Column(rightCount + at, input: 1), isNegated: true)));
        var joined = new JoinRelation(one, two, join.Type, LogicExpression.And(conditions), join.Time, asOf);
        if (join.Type is JoinShape.Semi or JoinShape.Anti)
            return joined;
        int width = one.Columns.Count;
        if (join.Type == JoinShape.Mark)
            return ProjectRelation.Of(joined, [.. Range(0, leftCount), width, .. Range(leftCount, outer.Length)]);
        int values = rightOnly || join.Type == JoinShape.Right ? width + rightCount : leftCount;
        ProjectRelation ordered = ProjectRelation.Of(joined, [.. Range(0, leftCount), .. Range(width, rightCount),
            .. Range(values, outer.Length)]);
        if (join.Type != JoinShape.Full)
            return ordered;
        // of a row without a partner on the left the values stand on the right
        BoundExpression[] both = [.. outer.Select((_, at) => Resolve.Coalesce([joined.Column(leftCount + at),
            joined.Column(width + rightCount + at)]))];
        return new ProjectRelation(joined, [.. ordered.Expressions.Take(leftCount + rightCount), .. both], ordered.Columns);
    }

    private Relation Aggregate(AggregateRelation aggregate)
    {
        int count = aggregate.Input.Columns.Count, keyCount = aggregate.Keys.Count;
        bool hasEmptySet = aggregate.Sets.Any(set => set.Count == 0);
        if (hasEmptySet && aggregate.Sets.Count > 1)
            throw session.Unsupported("Grouping sets with an empty one cannot name columns of the query around it.", default);
        Relation input = Push(aggregate.Input);
        BoundExpression[] keys = [.. aggregate.Keys.Select(key => Bound(key, input, count)), .. ValuesOf(input, count)];
        AggregateExpression[] aggregates = [.. aggregate.Aggregates.Select(one => (AggregateExpression)Bound(one, input, count))];
        int[] added = [.. Range(keyCount, outer.Length)];
        var grouped = new AggregateRelation(input, keys, [.. aggregate.Sets.Select(set => (IReadOnlyList<int>)[.. set, .. added])],
            aggregates,
            [.. aggregate.Columns.Take(keyCount), .. input.Columns.Skip(count), .. aggregate.Columns.Skip(keyCount)]);
        ProjectRelation ordered = ProjectRelation.Of(grouped,
            [.. Range(0, keyCount), .. Range(keyCount + outer.Length, aggregate.Columns.Count - keyCount), .. added]);
        return hasEmptySet && !MayMissRows ? WithEmptyGroups(ordered, aggregate) : ordered;
    }

    /// <summary>A row for values without rows, too.</summary>
    private ProjectRelation WithEmptyGroups(Relation grouped, AggregateRelation aggregate)
    {
        _usesDomain = true;
        Relation domain = Domain;
        int count = aggregate.Columns.Count;
        BoundExpression? same = LogicExpression.And(outer.Select((_, at) =>
            Resolve.Distinct(domain.Column(at), grouped.Column(count + at, input: 1), isNegated: true)));
        var joined = new JoinRelation(domain, grouped, JoinShape.Left, same);
        BoundExpression[] values =
        [
            .. aggregate.Aggregates.Select((one, at) => EmptyGroup.OfNoRows(one) is ConstantExpression { Value: not null } empty
                ? Resolve.Coalesce([joined.Column(outer.Length + at), empty])
                : joined.Column(outer.Length + at)),
            .. Range(0, outer.Length).Select(at => joined.Column(at)),
        ];
        return new ProjectRelation(joined, values, [.. aggregate.Columns, .. domain.Columns]);
    }

    private ProjectRelation Over(OverRelation over)
    {
        int count = over.Input.Columns.Count, functions = over.Functions.Count;
        Relation input = Push(over.Input);
        OverExpression[] bound =
        [
            .. over.Functions.Select(function =>
            {
                var one = (OverExpression)Bound(function, input, count);
                return new OverExpression(one.Signature, one.Arguments, one.IsDistinct, one.Filter,
                    [.. one.PartitionBy, .. ValuesOf(input, count)], one.Order, one.Frame, one.IgnoresNulls, one.Position);
            }),
        ];
        var made = new OverRelation(input, bound, [.. input.Columns, .. over.Columns.Skip(count)]);
        return ProjectRelation.Of(made, [.. Range(0, count), .. Range(count + outer.Length, functions), .. Range(count, outer.Length)]);
    }

    private LimitRelation Limit(LimitRelation limit)
    {
        int count = limit.Input.Columns.Count;
        Relation input = Push(limit.Input);
        return new LimitRelation(input, [.. limit.PartitionBy.Select(value => Bound(value, input, count)), .. ValuesOf(input, count)],
            [.. limit.Order.Select(key => key with { Value = Bound(key.Value, input, count) })], limit.Limit, limit.Offset, limit.WithTies);
    }

    private SetRelation Set(SetRelation set)
    {
        Relation one = Push(set.Left), two = Push(set.Right);
        return new SetRelation(one, two, set.Kind, set.IsAll, [.. set.Columns, .. one.Columns.Skip(set.Columns.Count)]);
    }

    /// <summary>Each row of the text for each value.</summary>
    private Relation Values(ValuesRelation values)
    {
        _usesDomain = true;
        Relation? all = null;
        foreach (IReadOnlyList<BoundExpression> row in values.Rows)
        {
            Relation domain = Domain;
            RelationColumn[] columns = [.. values.Columns, .. domain.Columns];
            var one = new ProjectRelation(domain, [.. row.Select(value => Bound(value, domain, 0)), .. ValuesOf(domain, 0)], columns);
            all = all is null ? one : new SetRelation(all, one, SetOperator.Union, isAll: true, columns);
        }

        return all!;
    }

    private ProjectRelation Function(FunctionRelation function)
    {
        _usesDomain = true;
        Relation domain = Domain;
        var flat = new FlatMapRelation(domain, function.Function, [.. function.Expressions.Select(value => Bound(value, domain, 0))],
            function.WithOrdinality, keepsEmpty: false, function.Columns);
        return ProjectRelation.Of(flat, [.. Range(outer.Length, function.Columns.Count), .. Range(0, outer.Length)]);
    }

    private ProjectRelation FlatMap(FlatMapRelation flat)
    {
        int count = flat.Input.Columns.Count;
        Relation input = Push(flat.Input);
        var made = new FlatMapRelation(input, flat.Function, [.. flat.Expressions.Select(value => Bound(value, input, count))],
            flat.WithOrdinality, flat.KeepsEmpty, flat.FunctionColumns);
        return ProjectRelation.Of(made, [.. Range(0, count), .. Range(count + outer.Length, flat.FunctionColumns.Count),
            .. Range(count, outer.Length)]);
    }

    private ProjectRelation Window(WindowRelation window)
    {
        int count = window.Input.Columns.Count;
        Relation input = Push(window.Input);
        BoundExpression[] partitions = [.. window.PartitionBy.Select(value => Bound(value, input, count)),
            .. window.Kind == WindowKind.Session ? ValuesOf(input, count) : []];
        var made = new WindowRelation(input, window.Kind, Bound(window.Time, input, count), window.Size, window.Step, window.Offset,
            partitions,
            [.. input.Columns, .. window.Columns.Skip(count)]);
        return ProjectRelation.Of(made, [.. Range(0, count), .. Range(count + outer.Length, 3), .. Range(count, outer.Length)]);
    }
}
