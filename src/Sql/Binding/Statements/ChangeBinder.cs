using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Queries;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>INSERT, UPDATE and DELETE.</summary>
internal sealed class ChangeBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public BoundInsert Insert(InsertStatement insert)
    {
        CatalogTable table = Target(insert.Table, isChange: false);
        int[] places = insert.Columns.IsEmpty ? [.. Enumerable.Range(0, table.Columns.Count)]
            : [.. insert.Columns.Select(column => Place(column, table))];
        if (places.GroupBy(place => place).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateColumn,
                $"The column \"{table.Columns[twice.Key].Name}\" is named twice.", insert.Span);
        Relation rows = insert.Query switch
        {
            null => ValuesRelation.OneRow,
            ValuesQuery values => Values(values, places, table, insert),
            var query => binders.Queries.Bind(query, Surroundings.None),
        };
        int count = insert.Query is null ? 0 : rows.Columns.Count;
        if (count > places.Length || (!insert.Columns.IsEmpty && insert.Query is not null && count < places.Length))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"INSERT names {places.Length} columns, and {count} values are given.", insert.Query?.Span ?? insert.Span);
        var values2 = new BoundExpression[table.Columns.Count];
        for (int at = 0; at < values2.Length; at++)
        {
            int given = Array.IndexOf(places, at, 0, Math.Min(places.Length, count));
            if (given >= 0 && table.Generated[at] is not null)
                throw _session.Fault(SqlErrorCategory.Type, "428C9",
                    $"The column \"{table.Columns[at].Name}\" is computed: no value is given for it.", insert.Span);
            values2[at] = given >= 0 ? Assigned(rows.Column(given), table.Columns[at], insert.Query!.Span) : Unsaid(table, at);
        }

        return new BoundInsert(insert, table, new ProjectRelation(rows, values2, [.. table.Columns.Select(Plain)]), insert.Emit);
    }

    public BoundUpdate Update(UpdateStatement update)
    {
        CatalogTable table = Target(update.Table, isChange: true);
        (Relation relation, Surroundings surroundings) = Rows(update.Table, update.Alias, update.From, update.Where);
        var context = new ExpressionContext(surroundings, "UPDATE");
        BoundExpression[] values = [.. table.Columns.Select((_, at) => (BoundExpression)relation.Column(at))];
        var assigned = new HashSet<int>();
        foreach (Assignment assignment in update.Assignments)
        {
            int at = Place(assignment.Column, table);
            if (!assigned.Add(at))
                throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateColumn,
                    $"The column \"{assignment.Column}\" is set twice.", assignment.Column.Span);
            BoundExpression value = assignment.Value is DefaultValue ? Unsaid(table, at)
                : Assigned(binders.Expressions.Bind(assignment.Value, context), table.Columns[at], assignment.Value.Span);
            values[at] = binders.Planting.Plant(ref relation, value);
        }

        // what is computed from a row is computed from the new one
        for (int at = 0; at < values.Length; at++)
        {
            if (table.Generated[at] is { } generated)
                values[at] = generated.Rewrite(node => node is ColumnExpression column ? values[column.Ordinal] : node);
        }

        BoundExpression[] old = [.. table.Columns.Select((_, at) => (BoundExpression)relation.Column(at))];
        return new BoundUpdate(update, table, new ProjectRelation(relation, [.. old, .. values],
            [.. table.Columns.Select(Plain), .. table.Columns.Select(Plain)]));
    }

    public BoundDelete Delete(DeleteStatement delete)
    {
        CatalogTable table = Target(delete.Table, isChange: true);
        (Relation relation, _) = Rows(delete.Table, delete.Alias, delete.Using, delete.Where);
        return new BoundDelete(delete, table, ProjectRelation.Of(relation, Enumerable.Range(0, table.Columns.Count)));
    }

    /// <summary>The rows of the table that are meant, with those of other tables beside them.</summary>
    private (Relation Relation, Surroundings Surroundings) Rows(QualifiedName name, Identifier? alias, SyntaxList<TableReference> others,
        Expression? where)
    {
        var target = new NamedTable(name, null, alias is null ? null
            : new TableAlias(alias, []) { Span = alias.Span })
        { Span = name.Span };
        (Relation relation, Scope scope) = binders.Tables.Bind([target, .. others], Surroundings.None);
        Surroundings surroundings = Surroundings.None with { Scope = scope };
        if (where is not null)
            relation = binders.Planting.Filter(relation, binders.Expressions.BindCondition(where,
                new ExpressionContext(surroundings, "WHERE")));
        return (relation, surroundings);
    }

    private CatalogTable Target(QualifiedName name, bool isChange)
    {
        CatalogTable table = _session.Catalog.Find(name.Last.Name) ?? throw _session.Fault(SqlErrorCategory.UnknownTable,
            SqlState.UndefinedTable,
            $"There is no table \"{name}\".", name.Span, NearestName.Hint(name.Last.Name, _session.Catalog.Names));
        if (table.Kind is not (ObjectKind.Table or ObjectKind.Sink) || (isChange && table.Kind != ObjectKind.Table))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.WrongObjectType,
                $"\"{name}\" is a {StatementBinder.Words(table.Kind)}: its rows are not changed by statements.", name.Span);
        if (isChange && table.IsAppendOnly)
            throw _session.Fault(SqlErrorCategory.AppendOnly, SqlState.WrongObjectType,
                $"The table \"{name}\" is append-only: its rows are neither changed nor deleted.", name.Span);
        return table.Generated.Count == table.Columns.Count ? table
            : table with { Generated = new BoundExpression?[table.Columns.Count], Defaults = new BoundExpression?[table.Columns.Count] };
    }

    private int Place(Identifier name, CatalogTable table)
    {
        for (int at = 0; at < table.Columns.Count; at++)
        {
            if (table.Columns[at].Name == name.Name)
                return at;
        }

        throw _session.Fault(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn,
            $"The table \"{table.Name}\" has no column \"{name}\".", name.Span,
            NearestName.Hint(name.Name, table.Columns.Select(column => column.Name)));
    }

    /// <summary>Rows of the text: each value by the type of its column, DEFAULT for what the column says.</summary>
    private ValuesRelation Values(ValuesQuery values, int[] places, CatalogTable table, InsertStatement insert)
    {
        var context = new ExpressionContext(Surroundings.None, "VALUES") { AllowsQueries = false };
        int count = values.Rows[0].Items.Count;
        if (count > places.Length)
            throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"INSERT names {places.Length} columns, and {count} values are given.", values.Rows[0].Span);
        _ = insert;
        BoundExpression[][] rows =
        [
            .. values.Rows.Select(row => row.Items.Count != count
                ? throw _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError,
                    $"A row of VALUES has {row.Items.Count} values, and the first has {count}.", row.Span)
                : row.Items.Select((item, at) => item is DefaultValue ? Unsaid(table, places[at])
                    : Assigned(binders.Expressions.Bind(item, context), table.Columns[places[at]], item.Span)).ToArray()),
        ];
        return new ValuesRelation(
            [.. places.Take(count).Select(place => Plain(table.Columns[place]) with { IsNullable = true })], rows);
    }

    private BoundExpression Assigned(BoundExpression value, RelationColumn column, SourceSpan span)
    {
        try
        {
            return Resolve.Cast(value, column.Type, CastContext.Assignment, value.Position);
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, span);
        }
    }

    private static BoundExpression Unsaid(CatalogTable table, int at) =>
        table.Defaults[at] ?? new ConstantExpression(null, table.Columns[at].Type);

    private static RelationColumn Plain(RelationColumn column) => column with { Time = TimeRole.None, HasWatermark = false };
}
