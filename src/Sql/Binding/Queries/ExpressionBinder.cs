using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Expressions: names, operators, tests, subqueries. What operators and functions mean for types, <see cref="Resolve"/>
/// knows.</summary>
internal sealed class ExpressionBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    /// <summary>An expression with a type of its own: a text whose type nothing has said is text.</summary>
    public BoundExpression BindSettled(Expression expression, ExpressionContext context) =>
        Guarded(expression, () => Resolve.Settled(Bind(expression, context)));

    /// <summary>A condition.</summary>
    public BoundExpression BindCondition(Expression expression, ExpressionContext context) =>
        Guarded(expression, () => Resolve.Condition(Bind(expression, context), context.Clause));

    public BoundExpression Bind(Expression expression, ExpressionContext context) =>
        binders.Limits.Checked(Guarded(expression, () => Unlimited(expression, context)), expression.Span);

    private BoundExpression Unlimited(Expression expression, ExpressionContext context) => expression switch
    {
        NullLiteral => Resolve.Null(expression.Span.Start),
        BooleanLiteral boolean => Resolve.Boolean(boolean.Value, expression.Span.Start),
        NumberLiteral number => Resolve.Number(number.Text, expression.Span.Start),
        StringLiteral text => Resolve.Quoted(text.Value, expression.Span.Start),
        TypedLiteral typed => Typed(typed),
        ColumnReference column => context.Match is null ? binders.Names.Column(column, context.Surroundings)
            : binders.Matches.Column(column, context),
        CurrentValue current => Current(current),
        UnaryOperation unary => Unary(unary, context),
        BinaryOperation binary => Binary(binary, context),
        Negation negation => Resolve.Not(Bind(negation.Operand, context), negation.Span.Start),
        LogicalOperation logical => Logical(logical, context),
        IsTest test => Is(test, context),
        DistinctTest test => Distinct(test, context),
        BetweenTest test => Resolve.Between(Bind(test.Operand, context), Bind(test.Low, context), Bind(test.High, context),
            test.IsSymmetric, test.IsNegated,
            test.Span.Start),
        InList test => In(test, context),
        LikeTest test => Like(test, context),
        Syntax.Tree.CaseExpression choice => Case(choice, context),
        Cast cast => Resolve.Cast(Bind(cast.Operand, context), binders.Types.Bind(cast.Type), CastContext.Explicit, cast.Span.Start),
        FunctionCall call => binders.Calls.Bind(call, context),
        AtTimeZone zoned => Resolve.Function("timezone",
            [zoned.Zone is null ? Resolve.Quoted("UTC") : Bind(zoned.Zone, context), Bind(zoned.Operand, context)], zoned.Span.Start),
        ArrayConstructor array => Resolve.Array([.. array.Items.Select(item => Bind(item, context))], array.Span.Start),
        Subscript subscript => Resolve.Element(Bind(subscript.Operand, context), Bind(subscript.Index, context), subscript.Span.Start),
        ScalarSubquery or ExistsTest or InQuery or QuantifiedTest { Query: not null } => Subquery(expression, context),
        QuantifiedTest test => Resolve.Quantified(test.Operator, Bind(test.Operand, context), Bind(test.Array!, context), test.IsAll,
            test.Span.Start),
        _ => Unsupported(expression),
    };

    /// <summary>What fails below without a place fails here.</summary>
    private T Guarded<T>(Expression expression, Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (SqlFault fault)
        {
            throw _session.Placed(fault, expression.Span);
        }
    }

    private BoundExpression Unsupported(Expression expression) => throw (expression switch
    {
        ParameterReference => _session.Fault(SqlErrorCategory.InvalidReference, SqlState.UndefinedParameter,
            "The statement has no parameters.", expression.Span),
        DefaultValue => _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError,
            "DEFAULT stands only in the rows of INSERT and in UPDATE.", expression.Span),
        BitStringLiteral => _session.Unsupported("Strings of bits are not supported.", expression.Span),
        RowConstructor => _session.Unsupported("A row value stands only in a comparison and in IN.", expression.Span,
            "Name its fields one by one."),
        FieldSelection => _session.Unsupported("There are no row values with fields.", expression.Span),
        Collation => _session.Unsupported("Texts are compared by their code points: COLLATE is not supported.", expression.Span),
        ArraySlice => _session.Unsupported("Slices of arrays are not supported.", expression.Span),
        ArraySubquery => _session.Unsupported("ARRAY of a query is not supported.", expression.Span, "Say array_agg."),
        _ => _session.Unsupported("This expression is not supported.", expression.Span),
    });

    private ConstantExpression Typed(TypedLiteral typed)
    {
        SqlType type = binders.Types.Bind(typed.Type);
        if (type.Kind == SqlKind.Interval)
            return Resolve.Interval(typed.Value, TypeBinder.UnitOf(typed.Type.Fields), typed.Span.Start);
        BoundExpression value = Resolve.Cast(Resolve.Quoted(typed.Value, typed.Span.Start), type, CastContext.Explicit, typed.Span.Start);
        return (ConstantExpression)value;
    }

    private BoundExpression Current(CurrentValue current)
    {
        if (current.Name is "current_user" or "session_user" or "user")
            throw _session.Unsupported("There are no users.", current.Span);
        return Resolve.Function(current.Name, [], current.Span.Start);
    }

    private BoundExpression Unary(UnaryOperation unary, ExpressionContext context)
    {
        // -9223372036854775808 is a bigint, though 9223372036854775808 is none
        if (unary is { Operator: "-", Operand: NumberLiteral { Text: "9223372036854775808" } })
            return new ConstantExpression(long.MinValue, SqlType.BigInt, unary.Span.Start);
        if (unary is { Operator: "-", Operand: NumberLiteral { Text: "2147483648" } })
            return new ConstantExpression(int.MinValue, SqlType.Integer, unary.Span.Start);
        return Resolve.Operator(unary.Operator, null, Bind(unary.Operand, context), unary.Span.Start);
    }

    private BoundExpression Binary(BinaryOperation binary, ExpressionContext context)
    {
        if (binary.Left is RowConstructor left && binary.Right is RowConstructor right)
            return Rows(binary.Operator, [.. left.Items.Select(item => Bind(item, context))],
                [.. right.Items.Select(item => Bind(item, context))], binary);
        return Resolve.Operator(binary.Operator, Bind(binary.Left, context), Bind(binary.Right, context), binary.Span.Start);
    }

    /// <summary>Rows are equal if all their fields are; the first that differ decide which comes first.</summary>
    private BoundExpression Rows(string name, IReadOnlyList<BoundExpression> left, IReadOnlyList<BoundExpression> right, Expression place)
    {
        int position = place.Span.Start;
        if (left.Count != right.Count || left.Count == 0)
            throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"A row of {left.Count} values is compared with one of {right.Count}.", place.Span);
        if (name is "=" or "<>")
            return All(isAnd: name == "=", left.Select((one, at) => Resolve.Operator(name, one, right[at], position)), position);
        if (name is not ("<" or "<=" or ">" or ">="))
            throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction, $"There is no operator {name} of rows.", place.Span);
        string strict = name[..1];
        BoundExpression result = Resolve.Operator(name, left[^1], right[^1], position);
        for (int at = left.Count - 2; at >= 0; at--)
        {
            BoundExpression isEqual = Resolve.Operator("=", left[at], right[at], position);
            result = Resolve.Logic(isAnd: false, Resolve.Operator(strict, left[at], right[at], position),
                Resolve.Logic(isAnd: true, isEqual, result, position), position);
        }

        return result;
    }

    /// <summary>One node for all, however many there are.</summary>
    private static BoundExpression All(bool isAnd, IEnumerable<BoundExpression> conditions, int position)
    {
        BoundExpression[] all = [.. conditions.SelectMany(one => one is LogicExpression logic && logic.IsAnd == isAnd ? logic.Children
            : [one])];
        return all.Length == 1 ? all[0] : Folding.Fold(new LogicExpression(isAnd, all, position));
    }

    private BoundExpression Logical(LogicalOperation logical, ExpressionContext context)
    {
        string what = logical.IsAnd ? "AND" : "OR";
        return All(logical.IsAnd, logical.Operands.Select(operand => BindCondition(operand, context with { Clause = what })),
            logical.Span.Start);
    }

    private BoundExpression Is(IsTest test, ExpressionContext context)
    {
        int position = test.Span.Start;
        if (test is { What: IsWhat.Null, Operand: RowConstructor row })
            return All(isAnd: true, row.Items.Select(item => Resolve.IsNull(Bind(item, context), test.IsNegated, position)), position);
        BoundExpression operand = Bind(test.Operand, context);
        return test.What switch
        {
            IsWhat.Null => Resolve.IsNull(operand, test.IsNegated, position),
            IsWhat.True => Resolve.IsBoolean(operand, true, test.IsNegated, position),
            IsWhat.False => Resolve.IsBoolean(operand, false, test.IsNegated, position),
            _ => Resolve.IsBoolean(operand, null, test.IsNegated, position),
        };
    }

    private BoundExpression Distinct(DistinctTest test, ExpressionContext context)
    {
        int position = test.Span.Start;
        if (test.Left is RowConstructor left && test.Right is RowConstructor right && left.Items.Count == right.Items.Count)
        {
            return All(isAnd: test.IsNegated,
                left.Items.Select((item, at) => Resolve.Distinct(Bind(item, context), Bind(right.Items[at], context), test.IsNegated,
                    position)).ToArray(), position);
        }

        return Resolve.Distinct(Bind(test.Left, context), Bind(test.Right, context), test.IsNegated, position);
    }

    private BoundExpression In(InList test, ExpressionContext context)
    {
        int position = test.Span.Start;
        if (test.Operand is not RowConstructor row)
            return Resolve.In(Bind(test.Operand, context), [.. test.Items.Select(item => Bind(item, context))], test.IsNegated, position);
        BoundExpression[] left = [.. row.Items.Select(item => Bind(item, context))];
        BoundExpression any = All(isAnd: false, test.Items.Select(item => item is RowConstructor other
            ? Rows("=", left, [.. other.Items.Select(one => Bind(one, context))], item)
            : throw _session.Fault(SqlErrorCategory.Type, SqlState.DatatypeMismatch, "A row is compared with a value.",
                item.Span)).ToArray(), position);
        return test.IsNegated ? Resolve.Not(any, position) : any;
    }

    private BoundExpression Like(LikeTest test, ExpressionContext context)
    {
        BoundExpression operand = Bind(test.Operand, context), pattern = Bind(test.Pattern, context);
        int position = test.Span.Start;
        BoundExpression[] arguments = test.Escape is null ? [operand, pattern] : [operand, pattern, Bind(test.Escape, context)];
        string name = test.Kind switch
        {
            LikeKind.Like => "like",
            LikeKind.Ilike => "ilike",
            _ => "similar_to",
        };
        BoundExpression result = Resolve.Function(name, arguments, position);
        return test.IsNegated ? Resolve.Not(result, position) : result;
    }

    private BoundExpression Case(Syntax.Tree.CaseExpression choice, ExpressionContext context)
    {
        BoundExpression? operand = choice.Operand is null ? null : Resolve.Settled(Bind(choice.Operand, context));
        (BoundExpression Condition, BoundExpression Result)[] branches =
        [
            .. choice.Whens.Select(when =>
            {
                BoundExpression condition = Bind(when.Condition, context);
                return (operand is null ? condition : Resolve.Operator("=", operand, condition, when.Span.Start),
                    Bind(when.Result, context));
            }),
        ];
        return Resolve.Case(branches, choice.Else is null ? null : Bind(choice.Else, context), choice.Span.Start);
    }

    private BoundExpression Subquery(Expression expression, ExpressionContext context)
    {
        if (!context.AllowsQueries || context.Match is not null)
            throw _session.Unsupported($"A query does not stand in {context.Clause}.", expression.Span);
        int position = expression.Span.Start;
        switch (expression)
        {
            case ScalarSubquery scalar:
                Relation one = Query(scalar.Query, context);
                if (one.Columns.Count != 1)
                    throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                        $"A query that stands for a value gives one column, not {one.Columns.Count}.", expression.Span);
                return new SubqueryExpression(SubqueryKind.Scalar, one, null, one.Columns[0].Type, position);
            case ExistsTest exists:
                return new SubqueryExpression(SubqueryKind.Exists, Query(exists.Query, context), null, SqlType.Boolean, position);
            case InQuery test:
                SubqueryExpression any = Quantified(test.Operand, "=", isAll: false, test.Query, expression, context);
                return test.IsNegated ? Resolve.Not(any, position) : any;
            default:
                var quantified = (QuantifiedTest)expression;
                return Quantified(quantified.Operand, quantified.Operator, quantified.IsAll, quantified.Query!, expression, context);
        }
    }

    private SubqueryExpression Quantified(
        Expression operand, string name, bool isAll, QueryExpression query, Expression place, ExpressionContext context)
    {
        BoundExpression[] left = operand is RowConstructor row
            ? [.. row.Items.Select(item => Resolve.Settled(Bind(item, context)))]
            : [Resolve.Settled(Bind(operand, context))];
        Relation relation = Query(query, context);
        if (relation.Columns.Count != left.Length)
        {
            throw _session.Fault(SqlErrorCategory.Type, SqlState.SyntaxError,
                $"The query gives {relation.Columns.Count} columns, and {left.Length} are compared.", place.Span);
        }

        BoundExpression[] right = [.. relation.Columns.Select((_, at) => relation.Column(at, input: 1, place.Span.Start))];
        BoundExpression condition = left.Length == 1 ? Resolve.Operator(name, left[0], right[0], place.Span.Start)
            : Rows(name, left, right, place);
        if (condition.Type.Kind != SqlKind.Boolean)
            throw _session.Fault(SqlErrorCategory.Type, SqlState.WrongObjectType, "The operator before ANY or ALL gives no truth value.",
                place.Span);
        return new SubqueryExpression(isAll ? SubqueryKind.All : SubqueryKind.Any, relation, condition, SqlType.Boolean, place.Span.Start);
    }

    private Relation Query(QueryExpression query, ExpressionContext context) => binders.Queries.Bind(query, context.Surroundings.Inside());
}
