using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>FROM: tables, queries, functions and joins, and the names that they bring into sight.</summary>
internal sealed class TableBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    /// <summary>All items: each with each, as their commas say.</summary>
    public (Relation Relation, Scope Scope) Bind(SyntaxList<TableReference> items, Surroundings surroundings)
    {
        (Relation relation, Scope scope) = Bind(items[0], Scope.Empty, surroundings);
        relation = OuterColumns.Lower(relation);
        foreach (TableReference item in items.Skip(1))
        {
            (Relation right, Scope named) = Bind(item, scope, surroundings);
            Scope both = Together(scope, named, JoinShape.Inner, relation, right, item.Span);
            relation = binders.Limits.Checked(Cross(relation, right), item.Span);
            scope = both;
        }

        return (relation, scope);
    }

    /// <summary>All of a table, a view, or a query of WITH.</summary>
    public Relation Named(QualifiedName name, Surroundings surroundings)
    {
        if (name.Parts.Count > 1 && name.Parts[0].Name is not "public")
            throw _session.Unsupported("Tables have no schemas.", name.Span);
        string known = name.Last.Name;
        if (name.Parts.Count == 1 && surroundings.CommonTables.TryGetValue(known, out (SharedRelation Relation, int Depth) common))
            return OuterColumns.Lower(common.Relation, common.Depth - surroundings.Depth + 1);
        if (_session.Catalog.Find(known) is { } table)
            return table.Kind == ObjectKind.View ? table.Query! : new ScanRelation(table);
        throw _session.Fault(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable, $"There is no table or view \"{known}\".", name.Span,
            NearestName.Hint(known, _session.Catalog.Names.Concat(surroundings.CommonTables.Keys)));
    }

    /// <summary>A query inside of this one.</summary>
    public Relation Derived(QueryExpression query, Scope lateral, Surroundings surroundings) =>
        binders.Queries.Bind(query, (surroundings with { Scope = lateral }).Inside());

    private Relation Cross(Relation left, Relation right) => OuterColumns.IsCorrelated(right)
        ? binders.Planting.Lateral(left, right, JoinShape.Inner, null)
        : new JoinRelation(left, OuterColumns.Lower(right), JoinShape.Inner, null);

    /// <summary>An item as if it were a query inside of this one: what it names of this one are outer columns of level 1.</summary>
    private (Relation Relation, Scope Scope) Bind(TableReference item, Scope before, Surroundings surroundings)
    {
        switch (item)
        {
            case NamedTable named:
                if (named.AsOf is not null)
                    throw _session.Unsupported("FOR SYSTEM_TIME AS OF stands at the right side of a join.", named.Span);
                return OfTable(named, surroundings);
            case DerivedTable derived:
                Relation query = Derived(derived.Query, derived.IsLateral ? before : Scope.Empty, surroundings);
                return Aliased(query, derived.Alias, null, []);
            case TableFunction function:
                return binders.Functions.Bind(function, before, surroundings);
            case JoinedTable join:
                (Relation joined, Scope scope) = Join(join, before, surroundings);
                return (OuterColumns.Lower(binders.Limits.Checked(joined, join.Span), -1), scope);
            case AliasedJoin aliased:
                (Relation inside, Scope names) = Bind(aliased.Table, before, surroundings);
                (string Name, BoundExpression Value)[] star = [.. names.Star(aliased.Span.Start)];
                var flat = new ProjectRelation(inside, [.. star.Select(one => one.Value)],
                    [.. star.Select(one => SelectBinder.ColumnOf(one.Value, one.Name, inside))]);
                return Aliased(flat, aliased.Alias, null, []);
            default:
                return binders.Matches.Bind((MatchRecognize)item, input => Bind(input, before, surroundings), surroundings);
        }
    }

    private (Relation Relation, Scope Scope) OfTable(NamedTable named, Surroundings surroundings)
    {
        Relation relation = OuterColumns.Lower(Named(named.Name, surroundings), -1);
        return Aliased(relation, named.Alias, named.Name.Last.Name, relation is ScanRelation scan ? scan.Table.Key : []);
    }

    /// <summary>The relation by its name in the query, with the names of its columns.</summary>
    public (Relation Relation, Scope Scope) Aliased(Relation relation, TableAlias? alias, string? name, IReadOnlyList<int> key)
    {
        if (alias is { Columns.IsEmpty: false })
            relation = binders.Queries.Renamed(relation, alias.Columns, alias.Name);
        var entry = new RangeEntry(alias?.Name.Name ?? name, [.. relation.Columns.Select((column, at) => (column.Name, at))], key);
        return (relation, new Scope([entry], relation.Columns));
    }

    /// <summary>The names of both sides over one row of all their columns.</summary>
    private Scope Together(Scope left, Scope right, JoinShape type, Relation leftRelation, Relation rightRelation, SourceSpan span)
    {
        string[] twice = [.. left.Entries.Select(entry => entry.Name).OfType<string>().Intersect(right.Entries.Select(entry =>
            entry.Name).OfType<string>(), StringComparer.Ordinal)];
        if (twice.Length > 0)
            throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateAlias,
                $"Two tables of FROM are called \"{twice[0]}\".", span, "Give one of them an alias of its own.");
        int shift = leftRelation.Columns.Count;
        return new Scope(
            [.. left.Entries, .. right.Entries.Select(entry =>
                entry with { Columns = [.. entry.Columns.Select(column => (column.Name, column.Ordinal + shift))] })],
            JoinRelation.ColumnsOf(leftRelation, rightRelation, type))
        {
            Merged = [.. left.Merged, .. right.Merged.Select(merged => merged with { Value = Shifted(merged.Value, shift) })],
            Hidden = left.Hidden.Concat(right.Hidden.Select(ordinal => ordinal + shift)).ToHashSet(),
        };
    }

    private static BoundExpression Shifted(BoundExpression value, int shift) => value.Rewrite(node =>
        node is ColumnExpression { Input: 0 } column ? new ColumnExpression(0, column.Ordinal + shift, column.Name, column.Type,
            column.IsNullable, column.Position) : node);

    private (Relation Relation, Scope Scope) Join(JoinedTable join, Scope before, Surroundings surroundings)
    {
        (Relation left, Scope leftNames) = Bind(join.Left, before, surroundings);
        if (OuterColumns.IsCorrelated(left))
            throw _session.Unsupported("The left side of a join names no table of FROM before the join.", join.Left.Span);
        left = OuterColumns.Lower(left);
        NamedTable? asOf = join.Right as NamedTable is { AsOf: not null } versioned ? versioned : null;
        (Relation right, Scope rightNames) = asOf is not null ? OfTable(asOf, surroundings) : Bind(join.Right, leftNames, surroundings);
        JoinShape type = join.Kind switch
        {
            JoinKind.Left => JoinShape.Left,
            JoinKind.Right => JoinShape.Right,
            JoinKind.Full => JoinShape.Full,
            _ => JoinShape.Inner,
        };
        if (join.IsAsOf && type is not (JoinShape.Inner or JoinShape.Left))
            throw _session.Unsupported("ASOF joins are inner or left joins.", join.Span);
        Scope both = Together(leftNames, rightNames, type, left, right, join.Right.Span);
        (BoundExpression? onRow, both) = Condition(join, type, left, leftNames, rightNames, both, surroundings);
        if (SubqueryPlanting.HasQuery(onRow))
        {
            if (type != JoinShape.Inner || asOf is not null || join.IsAsOf || OuterColumns.IsCorrelated(right))
                throw _session.Unsupported("A query stands in ON of ordinary inner joins only.", join.On!.Span);
            var crossed = new JoinRelation(left, OuterColumns.Lower(right), JoinShape.Inner, null);
            return (binders.Planting.Filter(crossed, onRow!), both);
        }

        BoundExpression? condition = onRow is null ? null : TwoRows(onRow, left.Columns.Count);
        if (asOf is not null)
            return (Temporal(join, asOf, left, leftNames, right, type, condition, surroundings), both);
        if (join.IsAsOf)
            return (Nearest(join, left, right, type, condition), both);
        if (OuterColumns.IsCorrelated(right))
        {
            if (type is JoinShape.Right or JoinShape.Full)
                throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                    "The right side of a RIGHT or FULL join names no column of the left side.", join.Right.Span);
            return (binders.Planting.Lateral(left, right, type, condition), both);
        }

        return (new JoinRelation(left, OuterColumns.Lower(right), type, condition), both);
    }

    /// <summary>The condition over one row of both sides, and the names with what USING merges.</summary>
    private (BoundExpression? Condition, Scope Scope) Condition(
        JoinedTable join, JoinShape type, Relation left, Scope leftNames, Scope rightNames, Scope both, Surroundings surroundings)
    {
        int shift = left.Columns.Count;
        if (join.On is not null)
        {
            var context = new ExpressionContext(surroundings with { Scope = both }, "JOIN/ON");
            return (binders.Expressions.BindCondition(join.On, context), both);
        }

        IEnumerable<Identifier> columns = join.IsNatural
            ? leftNames.Star(-1).Select(column => column.Name).Intersect(rightNames.Star(-1).Select(column => column.Name),
                StringComparer.Ordinal).Select(name => new Identifier(name) { Span = join.Right.Span })
            : join.Using;
        List<BoundExpression> equal = [];
        List<MergedColumn> merged = [];
        var hidden = both.Hidden.ToHashSet();
        foreach (Identifier column in columns)
        {
            var reference = new ColumnReference([column]) { Span = column.Span };
            BoundExpression one = Side(leftNames, reference, "left"), two = Shifted(Side(rightNames, reference, "right"), shift);
            try
            {
                equal.Add(Resolve.Operator("=", one, two, column.Span.Start));
                BoundExpression value = type switch
                {
                    JoinShape.Right => two,
                    JoinShape.Full => Resolve.Coalesce([Nullable(one, both), Nullable(two, both)], column.Span.Start),
                    _ => one,
                };
                merged.Add(new MergedColumn(column.Name, value));
            }
            catch (SqlFault fault)
            {
                throw _session.Placed(fault, column.Span);
            }

            hidden.UnionWith(one.All().Concat(two.All()).OfType<ColumnExpression>().Select(used => used.Ordinal));
        }

        MergedColumn[] all = [.. merged, .. both.Merged.Where(old => !merged.Exists(one => one.Name == old.Name))];
        return (LogicExpression.And(equal), new Scope(both.Entries, both.Columns) { Merged = all, Hidden = hidden });
    }

    private static BoundExpression Nullable(BoundExpression value, Scope both) => value.Rewrite(node =>
        node is ColumnExpression column ? both.Column(column.Ordinal, column.Name, column.Position) : node);

    private BoundExpression Side(Scope names, ColumnReference column, string side) =>
        binders.Names.Find(names, null, column.Parts[0].Name, column)
        ?? throw _session.Fault(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn,
            $"The {side} side of the join has no column \"{column.Parts[0]}\".", column.Span,
            NearestName.Hint(column.Parts[0].Name, names.ColumnNames));

    /// <summary>Columns of one row of both sides as columns of two.</summary>
    private static BoundExpression TwoRows(BoundExpression value, int shift) =>
        value.Rewrite(node => node is ColumnExpression { Input: 0 } column && column.Ordinal >= shift
        ? new ColumnExpression(1, column.Ordinal - shift, column.Name, column.Type, column.IsNullable, column.Position) : node);

    private JoinRelation Temporal(JoinedTable join, NamedTable asOf, Relation left, Scope leftNames, Relation right, JoinShape type,
        BoundExpression? condition, Surroundings surroundings)
    {
        if (type is not (JoinShape.Inner or JoinShape.Left))
            throw _session.Unsupported("Joins as of a time are inner or left joins.", join.Span);
        BoundExpression time = binders.Expressions.Bind(asOf.AsOf!,
            new ExpressionContext(surroundings with { Scope = leftNames }, "FOR SYSTEM_TIME AS OF") { AllowsQueries = false });
        Relation lowered = OuterColumns.Lower(right);
        if (time is NowExpression)
            return new JoinRelation(left, lowered, type, condition, JoinTime.AsOfProcessingTime);
        if (time.Type.Kind is not (SqlKind.Timestamp or SqlKind.TimestampTz))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.DatatypeMismatch,
                $"FOR SYSTEM_TIME AS OF takes a time, not {time.Type}.", asOf.AsOf!.Span);
        if (lowered is ScanRelation { Table: { Kind: ObjectKind.Table or ObjectKind.Source } table })
            CheckVersions(table, condition, asOf);
        return new JoinRelation(left, lowered, type, condition, JoinTime.AsOfEventTime, time);
    }

    /// <summary>A table has versions if it has a key, which the condition names, and an event time.</summary>
    private void CheckVersions(CatalogTable table, BoundExpression? condition, NamedTable asOf)
    {
        if (table.Key.Count == 0)
            throw Key($"The table \"{table.Name}\" has no primary key, so its rows have no versions.",
                "Give it one, or join a view that keeps the last row of each key.");
        if (table.Watermarks.Count == 0)
            throw Key($"The table \"{table.Name}\" has no event time, so its rows have no versions.",
                "Say WATERMARK FOR in its definition, or AS OF PROCTIME().");
        HashSet<int> compared =
        [
            .. (condition is LogicExpression { IsAnd: true } all ? all.Children : condition is null ? [] : [condition])
                .OfType<CallExpression>().Where(call => call.Function is { Name: "=", Kind: FunctionKind.Operator })
                .SelectMany(call => call.Children).SelectMany(Plain).Where(column => column.Input == 1).Select(column => column.Ordinal),
        ];
        if (table.Key.FirstOrDefault(key => !compared.Contains(key), -1) is var missing and >= 0)
            throw Key($"The condition does not compare the key \"{table.Columns[missing].Name}\" of \"{table.Name}\" by =.", null);

        SqlException Key(string fault, string? hint) => _session.Fault(SqlErrorCategory.TemporalKey, SqlState.InvalidColumnReference,
            fault, asOf.Span, hint);
    }

    /// <summary>The column of a side of an equality, under casts.</summary>
    private static IEnumerable<ColumnExpression> Plain(BoundExpression side) => side switch
    {
        ColumnExpression column => [column],
        CallExpression { Function.Kind: FunctionKind.Cast, Children: [var value] } => Plain(value),
        RetypedExpression { Children: [var value] } => Plain(value),
        _ => [],
    };

    private JoinRelation Nearest(JoinedTable join, Relation left, Relation right, JoinShape type, BoundExpression? condition)
    {
        int unequal = (condition is LogicExpression { IsAnd: true } all ? all.Children : condition is null ? [] : [condition])
            .Count(part => part is CallExpression { Function: { Name: "<" or "<=" or ">" or ">=", Kind: FunctionKind.Operator } });
        return unequal == 1
            ? new JoinRelation(left, OuterColumns.Lower(right), type, condition, JoinTime.Nearest)
            : throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                $"The condition of an ASOF join has one inequality, by which the nearest is found; this one has {unequal}.",
                    join.On?.Span ?? join.Span);
    }
}
