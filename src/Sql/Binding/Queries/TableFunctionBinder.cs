using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Functions in FROM: those of windows, and those that give rows.</summary>
internal sealed class TableFunctionBinder(Binders binders)
{
    private static readonly string[] s_known = ["tumble", "hop", "cumulate", "session", "generate_series", "unnest",
        "regexp_split_to_table", "string_to_table", "json_array_elements", "jsonb_array_elements", "json_array_elements_text",
            "jsonb_array_elements_text"];

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
                ? new FunctionRelation(rows.Name, rows.Expressions, rows.WithOrdinality, named.Columns) : named;
        }
        else if (function.Alias is { Columns.IsEmpty: false } full && relation is FunctionRelation made
            && full.Columns.Count <= made.Columns.Count)
        {
            relation = new FunctionRelation(made.Name, made.Expressions, made.WithOrdinality,
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
            (BoundExpression[] bound, RelationColumn column) = Signature(name, arguments, function);
            RelationColumn[] columns = function.WithOrdinality
                ? [column, new RelationColumn("ordinality", SqlType.BigInt, IsNullable: false)] : [column];
            return new FunctionRelation(name, bound, function.WithOrdinality, columns);
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, function.Span);
        }
    }

    private (BoundExpression[] Arguments, RelationColumn Column) Signature(string name, BoundExpression[] arguments, TableFunction function)
    {
        switch (name)
        {
            case "generate_series" when arguments.Length is 2 or 3:
                SqlType type = Resolve.CommonType([arguments[0], arguments[1]], name);
                if (type.Kind == SqlKind.Date)
                    type = SqlType.Timestamp;
                if (type.Kind == SqlKind.SmallInt)
                    type = SqlType.Integer;
                SqlType? step = type.Kind switch
                {
                    SqlKind.Integer or SqlKind.BigInt or SqlKind.Numeric => type,
                    SqlKind.Timestamp or SqlKind.TimestampTz when arguments.Length == 3 => SqlType.Interval,
                    _ => null,
                };
                if (step is null)
                    break;
                return ([.. arguments.Take(2).Select(one => Resolve.Cast(one, type, CastContext.Implicit)),
                    .. arguments.Skip(2).Select(one => Resolve.Cast(one, step, CastContext.Implicit))],
                    new RelationColumn(name, type, IsNullable: false));
            case "unnest" when arguments is [{ Type.Kind: SqlKind.Array }]:
                return (arguments, new RelationColumn(name, arguments[0].Type.Element!));
            case "string_to_table" or "regexp_split_to_table" when arguments.Length is 2 or 3:
                return ([.. arguments.Select(one => Resolve.Cast(one, SqlType.Text, CastContext.Implicit))],
                    new RelationColumn(name, SqlType.Text));
            case "json_array_elements" or "json_array_elements_text" when arguments.Length == 1:
                return ([Resolve.Cast(arguments[0], SqlType.Json, CastContext.Implicit)],
                    new RelationColumn("value", name.EndsWith("text", StringComparison.Ordinal) ? SqlType.Text : SqlType.Json));
            case "jsonb_array_elements" or "jsonb_array_elements_text" when arguments.Length == 1:
                return ([Resolve.Cast(arguments[0], SqlType.Jsonb, CastContext.Implicit)],
                    new RelationColumn("value", name.EndsWith("text", StringComparison.Ordinal) ? SqlType.Text : SqlType.Jsonb));
        }

        throw _session.Fault(SqlErrorCategory.UnknownFunction, SqlState.UndefinedFunction,
            $"There is no function {name}({string.Join(", ", arguments.Select(one => one.Type))}) that gives rows.", function.Name.Span,
            s_known.Contains(name, StringComparer.Ordinal) ? null : NearestName.Hint(name, s_known));
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
