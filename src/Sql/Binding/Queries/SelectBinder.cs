using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>SELECT: FROM, WHERE, GROUP BY, HAVING, functions over windows, QUALIFY, the items, DISTINCT, ORDER BY, LIMIT, in the order in
/// which they are computed.</summary>
internal sealed class SelectBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public Relation Bind(SelectQuery select, Ending ending, Surroundings surroundings)
    {
        (Relation relation, Scope scope) = select.From.IsEmpty ? (ValuesRelation.OneRow, Scope.Empty)
            : binders.Tables.Bind(select.From, surroundings);
        Surroundings inside = surroundings with { Scope = scope, Windows = Windows(select) };
        var context = new ExpressionContext(inside, "SELECT") { AllowsAggregates = true, AllowsOver = true };
        if (select.Where is not null)
            relation = binders.Planting.Filter(relation, binders.Expressions.BindCondition(select.Where,
                new ExpressionContext(inside, "WHERE")));
        List<Output> outputs = Outputs(select, context);
        Grouping? grouping = select.GroupBy is null ? null : new GroupByBinder(binders, inside, outputs).Bind(select.GroupBy);
        BoundExpression? having = select.Having is null ? null
            : binders.Expressions.BindCondition(select.Having, context with { AllowsOver = false, Clause = "HAVING" });
        BoundExpression? qualify = select.Qualify is null ? null
            : binders.Expressions.BindCondition(Aliased(select.Qualify, scope, outputs), context with { Clause = "QUALIFY" });
        BoundExpression[] distinctOn = [.. select.DistinctOn.Select(value =>
            Key(value, outputs, context with { Clause = "DISTINCT ON" }, "DISTINCT ON"))];
        OrderKey[] order = [.. ending.OrderBy.Select(item => binders.Calls.KeyOf(item,
            Key(item.Value, outputs, context with { Clause = "ORDER BY" }, "ORDER BY")))];

        var clauses = new Clauses(outputs, having, qualify, distinctOn, order);
        if (grouping is not null || clauses.All().Any(value => value.All().Any(node => node is AggregateExpression or GroupingExpression))
            || having is not null)
            (relation, clauses) = new Aggregation(binders, scope).Apply(relation, grouping ?? new Grouping([], [[]]), clauses);
        if (clauses.Having is not null)
            relation = binders.Planting.Filter(relation, clauses.Having);
        (relation, clauses) = OverWindows(relation, clauses);
        if (clauses.Qualify is not null)
            relation = binders.Planting.Filter(relation, clauses.Qualify);
        return Finish(select, ending, relation, clauses, inside);
    }

    /// <summary>The items, and columns that ORDER BY needs besides; then DISTINCT, ORDER BY and LIMIT.</summary>
    private Relation Finish(SelectQuery select, Ending ending, Relation relation, Clauses clauses, Surroundings surroundings)
    {
        List<BoundExpression> values = [.. clauses.Outputs.Select(output => binders.Planting.Plant(ref relation, output.Value))];
        int count = values.Count;
        int PlaceOf(BoundExpression value, ref Relation below)
        {
            BoundExpression planted = binders.Planting.Plant(ref below, value);
            int found = values.FindIndex(known => known.IsSame(planted));
            if (found < 0)
                values.Add(planted);
            return found < 0 ? values.Count - 1 : found;
        }

        (OrderKey Key, int Place)[] order = new (OrderKey, int)[clauses.Order.Count];
        for (int at = 0; at < order.Length; at++)
            order[at] = (clauses.Order[at], PlaceOf(clauses.Order[at].Value, ref relation));
        int[] distinctOn = new int[clauses.DistinctOn.Count];
        for (int at = 0; at < distinctOn.Length; at++)
            distinctOn[at] = PlaceOf(clauses.DistinctOn[at], ref relation);
        if (select.IsDistinct && distinctOn.Length == 0 && values.Count > count)
        {
            throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                "With SELECT DISTINCT, rows are ordered by values that are selected.",
                ending.OrderBy[Array.FindIndex(order, key => key.Place >= count)].Span);
        }

        Relation projected = Projected(relation, values, clauses.Outputs);
        if (select.IsDistinct && distinctOn.Length == 0)
        {
            for (int at = 0; at < count; at++)
                Comparable(projected.Columns[at].Type, "DISTINCT", select);
            projected = new DistinctRelation(projected);
        }

        OrderKey[] keys = [.. order.Select(one => one.Key with { Value = projected.Column(one.Place, position: one.Key.Value.Position) })];
        if (distinctOn.Length > 0)
        {
            if (order.Length > 0 && !order.Take(distinctOn.Length).All(key => distinctOn.Contains(key.Place)))
            {
                throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                    "With DISTINCT ON, rows are ordered by its values first.", ending.OrderBy[0].Span);
            }

            projected = new LimitRelation(projected, [.. distinctOn.Select(place => projected.Column(place))], keys,
                new ConstantExpression(1L, SqlType.BigInt), null, withTies: false);
        }

        Relation ended = binders.Queries.Ended(projected, keys, ending, surroundings);
        return values.Count == count ? ended : ProjectRelation.Of(ended, Enumerable.Range(0, count));
    }

    private static ProjectRelation Projected(Relation relation, IReadOnlyList<BoundExpression> values, IReadOnlyList<Output> outputs)
    {
        var columns = new RelationColumn[values.Count];
        for (int at = 0; at < columns.Length; at++)
            columns[at] = ColumnOf(values[at], at < outputs.Count ? outputs[at].Name : $"order{at}", relation);
        return new ProjectRelation(relation, values, columns);
    }

    /// <summary>The column that a value makes: one that is passed on keeps what it is for time.</summary>
    public static RelationColumn ColumnOf(BoundExpression value, string name, Relation below) =>
        value is ColumnExpression { Input: 0 } column
        ? below.Columns[column.Ordinal] with { Name = name }
        : new RelationColumn(name, value.Type, value.IsNullable);

    private void Comparable(SqlType type, string word, SyntaxNode node)
    {
        if (!Resolve.HasEquality(type))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction,
                $"Values of type {type} cannot be compared, which {word} needs.", node.Span);
    }

    private Dictionary<string, WindowSpecification> Windows(SelectQuery select)
    {
        var windows = new Dictionary<string, WindowSpecification>(StringComparer.Ordinal);
        foreach (WindowDefinition definition in select.Windows)
        {
            // a window refines only those before it: so none refines itself
            if (definition.Window.Base is { } from && !windows.ContainsKey(from.Name))
                throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.UndefinedObject,
                    $"There is no window \"{from}\" before this one.", from.Span);
            if (!windows.TryAdd(definition.Name.Name, definition.Window))
                throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.WindowingError,
                    $"There are two windows \"{definition.Name}\".", definition.Name.Span);
        }

        return windows;
    }

    private List<Output> Outputs(SelectQuery select, ExpressionContext context)
    {
        var outputs = new List<Output>();
        foreach (SelectItem item in select.Items)
        {
            if (item is SelectStar star)
            {
                if (star.Qualifier is null && context.Surroundings.Scope.Entries.Count == 0)
                    throw _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError, "SELECT * needs a FROM clause.", star.Span);
                IEnumerable<(string Name, BoundExpression Value)> columns = star.Qualifier is null
                    ? context.Surroundings.Scope.Star(star.Span.Start)
                    : binders.Names.StarOf(star.Qualifier, context.Surroundings);
                outputs.AddRange(columns.Select(column => new Output(column.Name, column.Value, null, null)));
            }
            else
            {
                var value = (SelectExpression)item;
                BoundExpression bound = context.Surroundings.IsSide && value.Value is NullLiteral or StringLiteral
                    ? binders.Expressions.Bind(value.Value, context)
                    : binders.Expressions.BindSettled(value.Value, context);
                outputs.Add(new Output(value.Alias?.Name ?? NameOf(value.Value), bound, value.Value,
                    value.Alias?.Name ?? (value.Value as ColumnReference)?.Parts[^1].Name));
            }
        }

        return outputs;
    }

    /// <summary>The name of a column without an alias, as PostgreSQL gives it.</summary>
    private static string NameOf(Expression expression) => expression switch
    {
        ColumnReference column => column.Parts[^1].Name,
        FunctionCall call => call.Name.Last.Name,
        CurrentValue current => current.Name,
        Cast cast => NameOf(cast.Operand) is var name and not "?column?" ? name : cast.Type.Name.Last.Name,
        Syntax.Tree.CaseExpression => "case",
        ArrayConstructor or ArraySubquery => "array",
        ExistsTest => "exists",
        TypedLiteral typed => typed.Type.Name.Last.Name,
        Subscript subscript => NameOf(subscript.Operand),
        _ => "?column?",
    };

    /// <summary>In ORDER BY and DISTINCT ON a name is first that of an output column; a number is its place.</summary>
    private BoundExpression Key(Expression expression, IReadOnlyList<Output> outputs, ExpressionContext context, string clause)
    {
        int place = binders.Queries.Ordinal(expression, outputs.Count, clause);
        if (place < 0 && expression is ColumnReference { Parts.Count: 1 } named)
        {
            Output[] found = [.. outputs.Where(output => output.Name == named.Parts[0].Name)];
            if (found.Length > 1 && found.Skip(1).Any(output => !output.Value.IsSame(found[0].Value)))
                throw _session.Fault(SqlErrorCategory.AmbiguousColumn, SqlState.AmbiguousColumn,
                    $"Several columns of the result are called \"{named.Parts[0]}\".", expression.Span);
            if (found.Length > 0)
                return found[0].Value;
        }

        return place >= 0 ? outputs[place].Value : binders.Expressions.BindSettled(expression, context);
    }

    /// <summary>QUALIFY may name an output column, where no table has a column of the name.</summary>
    private static Expression Aliased(Expression expression, Scope scope, IReadOnlyList<Output> outputs) =>
        AliasReplacement.In(expression, name => scope.ColumnNames.Contains(name, StringComparer.Ordinal) ? null
            : outputs.FirstOrDefault(output => output.Alias == name)?.Syntax);

    /// <summary>The functions over windows, those of one window at a time.</summary>
    private (Relation Relation, Clauses Clauses) OverWindows(Relation relation, Clauses clauses)
    {
        List<OverExpression> all = [];
        foreach (OverExpression function in clauses.All().SelectMany(value => value.All()).OfType<OverExpression>())
        {
            if (!all.Exists(known => known.IsSame(function)))
                all.Add(function);
        }

        if (all.Count == 0)
            return (relation, clauses);
        var places = new Dictionary<string, (int Ordinal, RelationColumn Column)>(StringComparer.Ordinal);
        foreach (IGrouping<string, OverExpression> window in all.GroupBy(function => function.Window, StringComparer.Ordinal))
        {
            Relation below = relation;
            OverExpression[] functions = [.. window.Select(function => (OverExpression)binders.Planting.Plant(ref below, function))];
            RelationColumn[] columns = [.. functions.Select(function =>
                new RelationColumn(function.Signature.Name, function.Type, function.IsNullable))];
            foreach ((OverExpression function, int at) in window.Select((function, at) => (function, at)))
                places[function.ToString()] = (below.Columns.Count + at, columns[at]);
            relation = new OverRelation(below, functions, [.. below.Columns, .. columns]);
        }

        return (relation, clauses.Map(value => value.Rewrite(node => node is OverExpression function
            && places.TryGetValue(function.ToString(), out (int Ordinal, RelationColumn Column) place)
            ? new ColumnExpression(0, place.Ordinal, place.Column.Name, place.Column.Type, place.Column.IsNullable, function.Position)
            : node)));
    }
}

/// <summary>A column of the result.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Value">What it is.</param>
/// <param name="Syntax">As it was written; null: a star made it.</param>
/// <param name="Alias">The name by which GROUP BY may mean it; null: it has none.</param>
internal sealed record Output(string Name, BoundExpression Value, Expression? Syntax, string? Alias);

/// <summary>The expressions of all clauses that are computed after WHERE.</summary>
internal sealed record Clauses(
    IReadOnlyList<Output> Outputs, BoundExpression? Having, BoundExpression? Qualify, IReadOnlyList<BoundExpression> DistinctOn,
        IReadOnlyList<OrderKey> Order)
{
    public IEnumerable<BoundExpression> All() =>
    [
        .. Outputs.Select(output => output.Value), .. Having is null ? (BoundExpression[])[] : [Having], .. Qualify is null
            ? (BoundExpression[])[] : [Qualify],
        .. DistinctOn, .. Order.Select(key => key.Value),
    ];

    public Clauses Map(Func<BoundExpression, BoundExpression> map) =>
        new([.. Outputs.Select(output => output with { Value = map(output.Value) })],
        Having is null ? null : map(Having), Qualify is null ? null : map(Qualify), [.. DistinctOn.Select(map)],
            [.. Order.Select(key => key with { Value = map(key.Value) })]);
}
