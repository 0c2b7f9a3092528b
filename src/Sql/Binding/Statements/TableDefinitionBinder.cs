using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Queries;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Statements;

/// <summary>CREATE TABLE and CREATE SOURCE.</summary>
internal sealed class TableDefinitionBinder(Binders binders)
{
    /// <summary>As many as a row of PostgreSQL has at most.</summary>
    private const int MostColumns = 1600;

    private readonly BindingSession _session = binders.Session;

    public BoundCreate Bind(CreateTable create)
    {
        if (create.Name.Parts.Count > 1)
            throw _session.Unsupported("Names have no schemas.", create.Name.Span);
        string name = create.Name.Last.Name;
        if (_session.Catalog.Find(name) is not null)
        {
            return create.IfNotExists ? new BoundCreate(create, null, Replaces: false)
                : throw _session.Fault(SqlErrorCategory.DuplicateTable, SqlState.DuplicateTable, $"\"{name}\" exists already.",
                    create.Name.Span);
        }

        if (create.Columns.Count > MostColumns)
            throw _session.Fault(SqlErrorCategory.Limit, SqlState.TooManyColumns, $"A table has at most {MostColumns} columns.",
                create.Span);
        var columns = new List<RelationColumn>();
        foreach (ColumnDefinition column in create.Columns)
        {
            if (columns.Exists(known => known.Name == column.Name.Name))
                throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateColumn,
                    $"Two columns are called \"{column.Name}\".", column.Name.Span);
            columns.Add(new RelationColumn(column.Name.Name, binders.Types.Bind(column.Type), !(column.IsNotNull || column.IsPrimaryKey)));
        }

        IReadOnlyList<int> key = Key(create, columns);
        foreach (int at in key)
            columns[at] = columns[at] with { IsNullable = false };
        // columns are named with their types as yet; which is the time is known after them
        var rows = new ExpressionContext(new Surroundings(new Scope([new RangeEntry(name,
            [.. columns.Select((column, at) => (column.Name, at))], [])], columns), null), "a table")
        {
            AllowsQueries = false,
        };
        CatalogWatermark[] watermarks = [.. create.Watermarks.Select(watermark => Watermark(watermark, columns, rows))];
        foreach (CatalogWatermark watermark in watermarks)
            columns[watermark.Column] = columns[watermark.Column] with { Time = TimeRole.EventTime, HasWatermark = true };
        return new BoundCreate(create, new CatalogTable(create.IsSource ? ObjectKind.Source : ObjectKind.Table, name, columns)
        {
            Key = key,
            UniqueKeys =
            [
                .. create.Columns.Select((column, at) => (column, at)).Where(one => one.column.IsUnique).Select(one =>
                    (IReadOnlyList<int>)[one.at]),
                .. create.Keys.Where(one => !one.IsPrimary).Select(one => Places(one.Columns, columns)),
            ],
            IsAppendOnly = create.IsAppendOnly,
            Watermarks = watermarks,
            Defaults = [.. create.Columns.Select((column, at) => Default(column, columns[at].Type))],
            Generated = [.. create.Columns.Select((column, at) => Generated(column, columns[at].Type, rows))],
            Checks =
            [
                .. create.Checks.Concat(create.Columns.Select(column => column.Check).OfType<Expression>()).Select(check =>
                    binders.Expressions.BindCondition(check, rows with { Clause = "CHECK" })),
            ],
            Options = Settings.Of(create.Options, binders),
            Definition = create,
        }, Replaces: false);
    }

    private IReadOnlyList<int> Key(CreateTable create, List<RelationColumn> columns)
    {
        List<IReadOnlyList<int>> keys =
        [
            .. create.Columns.Select((column, at) => (column, at)).Where(one => one.column.IsPrimaryKey).Select(one =>
                (IReadOnlyList<int>)[one.at]),
            .. create.Keys.Where(key => key.IsPrimary).Select(key => Places(key.Columns, columns)),
        ];
        if (keys.Count > 1)
            throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.InvalidTableDefinition, "A table has one primary key.",
                create.Span, "Say PRIMARY KEY (a, b) for a key of several columns.");
        foreach (int at in keys.SelectMany(key => key).Where(at => !Resolve.HasEquality(columns[at].Type)))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction,
                $"Values of type {columns[at].Type} cannot be compared, so they are no key.", create.Span);
        return keys.Count == 0 ? [] : keys[0];
    }

    private int[] Places(SyntaxList<Identifier> names, List<RelationColumn> columns) => [.. names.Select(name => Place(name, columns))];

    private int Place(Identifier name, List<RelationColumn> columns) =>
        columns.FindIndex(column => column.Name == name.Name) is var found and >= 0 ? found
        : throw _session.Fault(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn, $"There is no column \"{name}\".", name.Span,
            NearestName.Hint(name.Name, columns.Select(column => column.Name)));

    private CatalogWatermark Watermark(WatermarkDefinition watermark, List<RelationColumn> columns, ExpressionContext rows)
    {
        int at = Place(watermark.Column, columns);
        SqlType type = columns[at].Type;
        if (type.Kind is not (SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Date))
            throw _session.Fault(SqlErrorCategory.Watermark, SqlState.DatatypeMismatch,
                $"A watermark is of a time; \"{watermark.Column}\" is of type {type}.", watermark.Column.Span);
        BoundExpression value = binders.Expressions.Bind(watermark.Value, rows with { Clause = "WATERMARK" });
        if (value.Type.Kind is not (SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Date))
            throw _session.Fault(SqlErrorCategory.Watermark, SqlState.DatatypeMismatch,
                $"A watermark is a time, not of type {value.Type}.", watermark.Value.Span);
        return new CatalogWatermark(at, value, Delay(value, at));
    }

    private static long? Delay(BoundExpression value, int column) => value switch
    {
        ColumnExpression one when one.Ordinal == column => 0,
        CallExpression
        {
            Function.Name: "-", Children: [ColumnExpression one,
            ConstantExpression { Value: SqlInterval { Months: 0 } delay }]
        } when one.Ordinal == column =>
            (delay.Days * 86_400_000_000L) + delay.Micros,
        _ => null,
    };

    private BoundExpression? Default(ColumnDefinition column, SqlType type)
    {
        if (column.Default is null)
            return null;
        var context = new ExpressionContext(Surroundings.None, "DEFAULT") { AllowsQueries = false };
        return Resolve.Cast(binders.Expressions.Bind(column.Default, context), type, CastContext.Assignment, column.Default.Span.Start);
    }

    private BoundExpression? Generated(ColumnDefinition column, SqlType type, ExpressionContext rows) => column.Generated is null ? null
        : Resolve.Cast(binders.Expressions.Bind(column.Generated, rows with { Clause = "GENERATED" }), type, CastContext.Assignment,
            column.Generated.Span.Start);
}
