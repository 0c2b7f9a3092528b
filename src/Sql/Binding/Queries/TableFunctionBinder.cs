using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Catalogue;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Functions in FROM: those of windows, and those that give rows.</summary>
internal sealed class TableFunctionBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public (Relation Relation, Scope Scope) Bind(TableFunction function, Scope before, Surroundings surroundings)
    {
        string name = function.Name.Last.Name;
        WindowKind? kind = name switch
        {
            "tumble" => WindowKind.Tumble,
            "hop" => WindowKind.Hop,
            "cumulate" => WindowKind.Cumulate,
            "session" => WindowKind.Session,
            _ => null,
        };
        Relation relation = kind is null ? Rows(function, name, before, surroundings) : Window(function, kind.Value, surroundings);
        if (function.Alias is { Columns.IsEmpty: true } alias && kind is null && relation.Columns.Count == 1)
        {
            // a function that gives one column calls it by its alias, as PostgreSQL does
            relation = new ProjectRelation(relation, [relation.Column(0)],
                [relation.Columns[0] with { Name = alias.Name.Name }]) is var named && relation is FunctionRelation rows
                ? new FunctionRelation(rows.Function, rows.Expressions, rows.WithOrdinality, named.Columns) : named;
        }
        else if (function.Alias is { Columns.IsEmpty: false } full && relation is FunctionRelation made
            && full.Columns.Count <= made.Columns.Count)
        {
            relation = new FunctionRelation(made.Function, made.Expressions, made.WithOrdinality,
                [.. made.Columns.Select((column, at) => at < full.Columns.Count ? column with { Name = full.Columns[at].Name } : column)]);
            return binders.Tables.Aliased(relation, full with { Columns = [] }, name, []);
        }

        return binders.Tables.Aliased(relation, function.Alias, name, []);
    }

    private FunctionRelation Rows(TableFunction function, string name, Scope before, Surroundings surroundings)
    {
        if (function.Arguments.FirstOrDefault(argument => argument is not ScalarArgument { Name: null }) is { } wrong)
            throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction,
                $"{name} takes no tables, no descriptors and no names of arguments.", wrong.Span);
        var context = new ExpressionContext((surroundings with { Scope = before }).Inside(), "FROM") { AllowsQueries = false };
        BoundExpression[] arguments = [.. function.Arguments.Select(argument =>
            binders.Expressions.Bind(((ScalarArgument)argument).Value, context))];
        try
        {
            RowsFunction made = Find(name, [.. arguments.Select(static one => one.Type.Plain)], function);
            RelationColumn[] columns = [.. made.Items.Columns.Select(one =>
                new RelationColumn(made.Items.Columns.Count == 1 ? ColumnOf(name) : one.Name, one.Type, one.IsNullable))];
            return new FunctionRelation(made, made.Taken(arguments), function.WithOrdinality, function.WithOrdinality
                ? [.. columns, new RelationColumn("ordinality", SqlType.BigInt, IsNullable: false)] : columns);
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, function.Span);
        }
    }

    /// <summary>A function of one column calls it by its own name; those of JSON call it a value.</summary>
    private static string ColumnOf(string name) => name.StartsWith("json", StringComparison.Ordinal) ? "value" : name;

    private RowsFunction Find(string name, SqlType[] types, TableFunction function)
    {
        IReadOnlyList<RowsFunction>? own = _session.Catalog.Own.Rows(name);
        if ((own is null ? null : RowsFunction.Find(own, types)) is { } found || (found = RowsCatalogue.Find(name, types)) is not null)
            return found;
        bool isKnown = own is not null || RowsCatalogue.Names.Contains(name, StringComparer.Ordinal);
        bool isScalar = !isKnown && (Resolve.IsFunction(name) || _session.Catalog.Own.Scalars(name) is not null);
        throw _session.Fault(SqlErrorCategory.UnknownFunction, SqlState.UndefinedFunction,
            $"There is no function {name}({string.Join(", ", types.Select(static type => type))}) that gives rows.", function.Name.Span,
            isKnown ? "There are functions of this name, for other arguments: a cast may help."
                : isScalar ? $"{name} gives one value: it stands in SELECT or WHERE."
                : NearestName.Hint(name, RowsCatalogue.Names.Concat(_session.Catalog.Own.RowsNames)));
    }

    private WindowRelation Window(TableFunction function, WindowKind kind, Surroundings surroundings)
    {
        string name = kind.ToString().ToUpperInvariant();
        if (function.Arguments.Count < 2 || function.Arguments[0] is not TableInput input)
            throw Wrong($"{name} takes a table first: {name}(TABLE t, DESCRIPTOR(time), …).", function.Arguments.IsEmpty ? function.Span
                : function.Arguments[0].Span);
        if (function.Arguments[1] is not DescriptorArgument { Columns.Count: 1 } descriptor)
            throw Wrong($"{name} takes the column of the time second: DESCRIPTOR(time).", function.Arguments[1].Span);
        if (!input.OrderBy.IsEmpty)
            throw _session.Unsupported($"{name} takes its rows by time: ORDER BY is not said.", input.Span);
        if (!input.PartitionBy.IsEmpty && kind != WindowKind.Session)
            throw _session.Unsupported("Only SESSION has partitions.", input.Span, "GROUP BY comes after the window.");
        (Relation relation, Scope scope) = input.Table is not null
            ? binders.Tables.Aliased(OuterColumns.Lower(binders.Tables.Named(input.Table, surroundings), -1), null, input.Table.Last.Name,
                [])
            : binders.Tables.Aliased(binders.Tables.Derived(input.Query!, Scope.Empty, surroundings), null, null, []);
        var context = new ExpressionContext(new Surroundings(scope, null), $"{name}") { AllowsQueries = false };
        BoundExpression time = Time(descriptor, relation, context);
        BoundExpression[] partitions = [.. input.PartitionBy.Select(value => binders.Expressions.BindSettled(value, context))];
        long[] sizes = Sizes(function, kind, name, context);
        (long size, long step, long offset) = kind switch
        {
            WindowKind.Tumble => (sizes[0], sizes[0], sizes[1]),
            WindowKind.Session => (sizes[0], sizes[0], 0L),
            _ => (sizes[1], sizes[0], sizes[2]),
        };
        Check(function, kind, name, size, step);
        if (time is NowExpression && kind == WindowKind.Session)
            throw _session.Unsupported("SESSION takes the event time of its rows, not PROCTIME().", descriptor.Span);
        // Nothing says that a window of processing time is complete.
        bool hasWatermark = time is ColumnExpression column && IsEventTime(relation.Columns[column.Ordinal]);
        SqlType type = time.Type.Kind == SqlKind.Date ? SqlType.Timestamp : time.Type;
        return new WindowRelation(relation, kind, time, size, step, offset, partitions,
        [
            .. relation.Columns,
            new RelationColumn("window_start", type, IsNullable: false, TimeRole.WindowStart) { HasWatermark = hasWatermark },
            new RelationColumn("window_end", type, IsNullable: false, TimeRole.WindowEnd) { HasWatermark = hasWatermark },
            new RelationColumn("window_time", type, IsNullable: false, hasWatermark ? TimeRole.EventTime
                : TimeRole.None) { HasWatermark = hasWatermark },
        ]);
    }

    private static bool IsEventTime(RelationColumn column) => column.Time == TimeRole.EventTime
        || (column.Time != TimeRole.None && column.HasWatermark);

    private BoundExpression Time(DescriptorArgument descriptor, Relation relation, ExpressionContext context)
    {
        BoundExpression time = binders.Expressions.Bind(descriptor.Columns[0], context);
        if (time is not (ColumnExpression or NowExpression))
            throw _session.Unsupported("DESCRIPTOR names a column of the table, or PROCTIME().", descriptor.Span);
        if (time.Type.Kind is SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Date)
            return time;
        RelationColumn? other = relation.Columns.FirstOrDefault(column => column.Type.Kind is SqlKind.Timestamp or SqlKind.TimestampTz);
        throw _session.Fault(SqlErrorCategory.Type, SqlState.DatatypeMismatch,
            $"DESCRIPTOR names a time; \"{((ColumnExpression)time).Name}\" is of type {time.Type}.", descriptor.Columns[0].Span,
            other is null ? null : $"\"{other.Name}\" is one.");
    }

    /// <summary>The intervals in the order of the function, then the offset: 0 where it is not said.</summary>
    private long[] Sizes(TableFunction function, WindowKind kind, string name, ExpressionContext context)
    {
        string[] names = kind switch
        {
            WindowKind.Tumble => ["size", "offset"],
            WindowKind.Hop => ["slide", "size", "offset"],
            WindowKind.Cumulate => ["step", "size", "offset"],
            _ => ["gap"],
        };
        int needed = kind == WindowKind.Session || names.Length == 2 ? 1 : 2;
        var sizes = new long?[names.Length];
        for (int at = 2; at < function.Arguments.Count; at++)
        {
            if (function.Arguments[at] is not ScalarArgument argument)
                throw Wrong($"{name} takes {string.Join(", ", names)} after the time.", function.Arguments[at].Span);
            int place = argument.Name is null ? at - 2 : Array.IndexOf(names, argument.Name.Name);
            if (place < 0 || place >= names.Length || sizes[place] is not null)
                throw Wrong($"{name} takes {string.Join(", ", names)} after the time, each once.", argument.Span);
            sizes[place] = Micros(argument.Value, context);
        }

        int missing = Array.IndexOf(sizes, null);
        if (missing >= 0 && missing < needed)
            throw Wrong($"{name} needs its {names[missing]}: an interval.", function.Span);
        return [.. sizes.Select(size => size ?? 0)];
    }

    /// <summary>A constant interval in microseconds; months have no length of their own.</summary>
    public long Micros(Expression expression, ExpressionContext context)
    {
        BoundExpression value = Resolve.Cast(binders.Expressions.Bind(expression, context with { AllowsQueries = false }),
            SqlType.Interval, CastContext.Implicit, expression.Span.Start);
        if (value is not ConstantExpression { Value: SqlInterval interval })
            throw _session.Fault(SqlErrorCategory.WindowParameter, SqlState.InvalidParameterValue, "A constant interval is expected.",
                expression.Span);
        if (interval.Months != 0)
            throw _session.Fault(SqlErrorCategory.WindowParameter, SqlState.InvalidParameterValue,
                "Months and years differ in length: say days.", expression.Span);
        Int128 micros = ((Int128)interval.Days * 86_400_000_000) + interval.Micros;
        return micros > long.MaxValue / 4 || micros < long.MinValue / 4
            ? throw _session.Fault(SqlErrorCategory.OutOfRange, SqlState.IntervalFieldOverflow, "The interval is too long.",
                expression.Span)
            : (long)micros;
    }

    private void Check(TableFunction function, WindowKind kind, string name, long size, long step)
    {
        string? fault = (kind, size, step) switch
        {
            (WindowKind.Session, <= 0, _) => "The gap of a session is positive.",
            (_, <= 0, _) => $"The size of {name} is positive.",
            (WindowKind.Hop, _, <= 0) => "The slide of HOP is positive.",
            (WindowKind.Cumulate, _, <= 0) => "The step of CUMULATE is positive.",
            (WindowKind.Cumulate, _, _) when size % step != 0 => "The size of CUMULATE is a multiple of its step.",
            (WindowKind.Hop, _, _) when size / step > 100_000 => "Each row would be in more than 100,000 windows of HOP.",
            (WindowKind.Cumulate, _, _) when size / step > 100_000 => "Each row would be in more than 100,000 windows of CUMULATE.",
            _ => null,
        };
        if (fault is not null)
            throw _session.Fault(SqlErrorCategory.WindowParameter, SqlState.InvalidParameterValue, fault, function.Arguments[2].Span);
    }

    private SqlException Wrong(string fault, SourceSpan span) =>
        _session.Fault(SqlErrorCategory.WindowParameter, SqlState.InvalidParameterValue, fault, span);
}
