using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Queries: WITH, set operations, VALUES, and what stands after a query. SELECT has a binder of its own.</summary>
internal sealed class QueryBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    /// <summary>A query with all of its parts.</summary>
    public Relation Bind(QueryExpression query, Surroundings surroundings) => binders.Limits.Checked(query switch
    {
        Query whole => Whole(whole, surroundings),
        SetOperation operation => Set(operation, surroundings),
        ValuesQuery values => Values(values, surroundings),
        TableQuery table => binders.Tables.Named(table.Name, surroundings),
        _ => binders.Selects.Bind((SelectQuery)query, new Ending([], null, false, null), surroundings),
    }, query.Span);

    /// <summary>The number of LIMIT or OFFSET: a constant of type bigint; null: there is none.</summary>
    public BoundExpression? Number(Expression? expression, string clause, Surroundings surroundings)
    {
        if (expression is null)
            return null;
        var context = new ExpressionContext(new Surroundings(Scope.Empty, null) { CommonTables = surroundings.CommonTables },
            clause)
        { AllowsQueries = false };
        BoundExpression value = Resolve.Cast(binders.Expressions.Bind(expression, context), SqlType.BigInt, CastContext.Assignment,
            expression.Span.Start);
        return value switch
        {
            ConstantExpression { Value: null } => null,
            ConstantExpression { Value: < 0L } => throw _session.Fault(SqlErrorCategory.OutOfRange, "2201W", $"{clause} is not negative.",
                expression.Span),
            ConstantExpression constant => constant,
            _ => throw _session.Unsupported($"{clause} takes a constant.", expression.Span),
        };
    }

    /// <summary>The place of an output column that an item of ORDER BY or GROUP BY names by number; negative: it is no number.</summary>
    public int Ordinal(Expression expression, int count, string clause)
    {
        if (expression is not NumberLiteral number)
            return -1;
        return number.IsInteger && int.TryParse(number.Text, out int place) && place >= 1 && place <= count
            ? place - 1
            : throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                $"{clause} names column {number.Text}, and there are {count}.", expression.Span);
    }

    private Relation Whole(Query query, Surroundings surroundings)
    {
        // an order over literals of no type would have to be bound again
        surroundings = surroundings with { IsSide = surroundings.IsSide && query.OrderBy.IsEmpty };
        Surroundings inside = With(query, surroundings);
        var ending = new Ending(query.OrderBy, query.Limit, query.WithTies, query.Offset);
        if (query.Body is SelectQuery select)
            return binders.Selects.Bind(select, ending, inside);
        Relation body = Bind(query.Body, inside with { IsSide = false });
        OrderKey[] order = [.. query.OrderBy.Select(item => OutputKey(item, body))];
        return Ended(body, order, ending, inside);
    }

    /// <summary>An order and a limit over a relation.</summary>
    public Relation Ended(Relation body, IReadOnlyList<OrderKey> order, Ending ending, Surroundings surroundings)
    {
        BoundExpression? limit = Number(ending.Limit, "LIMIT", surroundings), offset = Number(ending.Offset, "OFFSET", surroundings);
        if (ending.WithTies && order.Count == 0)
            throw _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError, "WITH TIES needs ORDER BY.", ending.Limit!.Span);
        return order.Count == 0 && limit is null && offset is null ? body
            : new LimitRelation(body, [], order, limit, offset, ending.WithTies);
    }

    /// <summary>After a set operation rows are ordered by columns that it gives, by name or number.</summary>
    private OrderKey OutputKey(OrderItem item, Relation body)
    {
        int place = Ordinal(item.Value, body.Columns.Count, "ORDER BY");
        if (place < 0 && item.Value is ColumnReference { Parts.Count: 1 } named)
        {
            int[] found = [.. Enumerable.Range(0, body.Columns.Count).Where(at => body.Columns[at].Name == named.Parts[0].Name)];
            place = found.Length switch
            {
                1 => found[0],
                0 => throw _session.Fault(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn,
                    $"The query gives no column \"{named.Parts[0]}\".", item.Span,
                    NearestName.Hint(named.Parts[0].Name, body.Columns.Select(column => column.Name))),
                _ => throw _session.Fault(SqlErrorCategory.AmbiguousColumn, SqlState.AmbiguousColumn,
                    $"The query gives several columns \"{named.Parts[0]}\".", item.Span),
            };
        }

        if (place < 0)
        {
            throw _session.Unsupported("After UNION, INTERSECT, EXCEPT or VALUES rows are ordered by columns of the result, not by expressions.", item.Span,
                "Put the set operation into FROM, and order the query around it.");
        }

        return binders.Calls.KeyOf(item, body.Column(place, position: item.Span.Start));
    }

    private Surroundings With(Query query, Surroundings surroundings)
    {
        if (query.With.IsEmpty)
            return surroundings;
        var tables = new Dictionary<string, (SharedRelation Relation, int Depth)>(surroundings.CommonTables, StringComparer.Ordinal);
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (CommonTable table in query.With)
        {
            if (!own.Add(table.Name.Name))
                throw _session.Fault(SqlErrorCategory.DuplicateAlias, SqlState.DuplicateAlias, $"WITH has two queries \"{table.Name}\".",
                    table.Name.Span);
            Surroundings sight = surroundings with
            {
                CommonTables = new Dictionary<string,
                (SharedRelation, int)>(tables, StringComparer.Ordinal)
            };
            if (query.IsRecursive && NamesItself(table))
                throw _session.Unsupported("A query does not name itself: recursion is not supported.", table.Name.Span);
            // bound as a query of its own, so that its outer columns are one level away wherever it is named
            Relation relation = Bind(table.Query, new Surroundings(Scope.Empty, surroundings) { CommonTables = sight.CommonTables });
            tables[table.Name.Name] = (new SharedRelation(table.Name.Name, Renamed(relation, table.Columns, table.Name)),
                surroundings.Depth);
        }

        return surroundings with { CommonTables = tables };
    }

    /// <summary>Whether the name stands in the text of the query: only then recursion can be meant.</summary>
    private bool NamesItself(CommonTable table)
    {
        var tokens = new Syntax.Lexing.TokenStream(_session.Text.Substring(table.Query.Span.Start, table.Query.Span.Length),
            Syntax.SqlLimits.Default, null);
        for (; tokens.Current.Kind != Syntax.Lexing.TokenKind.End; tokens.Advance())
        {
            if (tokens.Current.Word is Syntax.Lexing.Keyword.From or Syntax.Lexing.Keyword.Join && tokens.Peek().Text == table.Name.Name)
                return true;
        }

        return false;
    }

    /// <summary>The relation with other names of its first columns.</summary>
    public Relation Renamed(Relation relation, SyntaxList<Identifier> names, Identifier of)
    {
        if (names.IsEmpty)
            return relation;
        if (names.Count > relation.Columns.Count)
        {
            throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.InvalidColumnReference,
                $"\"{of}\" has {relation.Columns.Count} columns, and {names.Count} names are given.",
                names[relation.Columns.Count].Span);
        }

        return new ProjectRelation(relation, [.. relation.Columns.Select((_, at) => relation.Column(at))],
            [.. relation.Columns.Select((column, at) => at < names.Count ? column with { Name = names[at].Name } : column)]);
    }

    private SetRelation Set(SetOperation operation, Surroundings surroundings)
    {
        Surroundings side = surroundings with { IsSide = true };
        Relation left = Bind(operation.Left, side), right = Bind(operation.Right, side);
        string word = operation.Operator.ToString().ToUpperInvariant();
        if (left.Columns.Count != right.Columns.Count)
        {
            throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"The sides of {word} give {left.Columns.Count} and {right.Columns.Count} columns.", operation.Right.Span);
        }

        try
        {
            SqlType[] types =
            [
                .. left.Columns.Select((column, at) => Resolve.CommonType([(column.Type, operation.Left.Span.Start),
                    (right.Columns[at].Type, operation.Right.Span.Start)], word)),
            ];
            if (!operation.IsAll && types.FirstOrDefault(type => !Resolve.HasEquality(type)) is { } wrong)
                throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction,
                    $"Values of type {wrong} cannot be compared, which {word} needs.", operation.Span);
            RelationColumn[] columns =
            [
                .. left.Columns.Select((column, at) => column with
                {
                    Type = types[at],
                    IsNullable = column.IsNullable || right.Columns[at].IsNullable,
                    Time = column.Time == right.Columns[at].Time ? column.Time : TimeRole.None,
                    HasWatermark = column.HasWatermark && right.Columns[at].HasWatermark,
                }),
            ];
            return new SetRelation(Typed(left, types), Typed(right, types), operation.Operator, operation.IsAll, columns);
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, operation.Span);
        }
    }

    /// <summary>The relation with its values by these types. A literal whose type was open becomes one where it stands.</summary>
    private static Relation Typed(Relation relation, IReadOnlyList<SqlType> types)
    {
        if (relation.Columns.Select(column => column.Type).SequenceEqual(types))
            return relation;
        bool isOpen = relation.Columns.Any(column => column.Type.Kind == SqlKind.Unknown);
        switch (relation)
        {
            case DistinctRelation distinct when isOpen:
                return new DistinctRelation(Typed(distinct.Input, types));
            case LimitRelation { Order: [], PartitionBy: [] } limit when isOpen:
                return limit.With([Typed(limit.Input, types)], limit.Expressions);
            case ProjectRelation project when isOpen:
                return new ProjectRelation(project.Input,
                    [.. project.Expressions.Select((value, at) => Resolve.Cast(value, types[at], CastContext.Implicit))],
                    [.. project.Columns.Select((column, at) => column with { Type = types[at] })]);
        }

        return new ProjectRelation(relation, [.. types.Select((type, at) => Resolve.Cast(relation.Column(at), type, CastContext.Implicit))],
            [.. relation.Columns.Select((column, at) => column with { Type = types[at] })]);
    }

    private ValuesRelation Values(ValuesQuery values, Surroundings surroundings)
    {
        int count = values.Rows[0].Items.Count;
        var context = new ExpressionContext(surroundings, "VALUES");
        BoundExpression[][] rows =
        [
            .. values.Rows.Select(row => row.Items.Count == count
                ? row.Items.Select(item => binders.Expressions.Bind(item, context)).ToArray()
                : throw _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError,
                    $"A row of VALUES has {row.Items.Count} values, and the first has {count}.", row.Span)),
        ];
        if (rows.SelectMany(row => row).Any(value => value.All().Any(node => node is Nodes.SubqueryExpression)))
            throw _session.Unsupported("A query does not stand in VALUES.", values.Span, "Say SELECT.");
        try
        {
            var columns = new RelationColumn[count];
            for (int at = 0; at < count; at++)
            {
                SqlType type = Resolve.CommonType([.. rows.Select(row => row[at])], "VALUES");
                foreach (BoundExpression[] row in rows)
                    row[at] = Resolve.Cast(row[at], type, CastContext.Implicit);
                columns[at] = new RelationColumn($"column{at + 1}", type, rows.Any(row => row[at].IsNullable));
            }

            return new ValuesRelation(columns, rows);
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, values.Span);
        }
    }
}

/// <summary>What stands after a query.</summary>
internal sealed record Ending(SyntaxList<OrderItem> OrderBy, Expression? Limit, bool WithTies, Expression? Offset);
