using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Calls: of functions, aggregates, functions over windows, and what is called like a function.</summary>
internal sealed class CallBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public BoundExpression Bind(FunctionCall call, ExpressionContext context)
    {
        string name = call.Name.Last.Name;
        if (call.Name.Parts.Count > 1 && call.Name.Parts[0].Name != "pg_catalog")
            throw _session.Unsupported("Functions have no schemas.", call.Name.Span);
        if (call.Arguments.FirstOrDefault(argument => argument.Name is not null) is { } named)
            throw _session.Unsupported("Arguments of functions have no names here.", named.Span, "Say them in their order.");
        if (call.IsVariadic)
            throw _session.Unsupported("VARIADIC is not supported.", call.Span);
        if (context.Match is not null)
            return binders.Matches.Call(call, name, context) ?? Plain(call, name, context);
        if (call.Semantics != MatchSemantics.Unsaid || call.StarOf is not null)
            throw _session.Fault(SqlErrorCategory.Syntax, SqlState.SyntaxError,
                "RUNNING, FINAL and a star of a variable stand in MATCH_RECOGNIZE only.", call.Span);
        if (call.Over is not null)
            return binders.Windows.Bind(call, name, context);
        if (name == "grouping")
            return Grouping(call, context);
        return _session.IsAggregate(name) ? Aggregate(call, name, context) : Plain(call, name, context);
    }

    /// <summary>The arguments of an aggregate, or of a function over a window, its filter and its order.</summary>
    public AggregateExpression Signed(FunctionCall call, string name, ExpressionContext inside)
    {
        BoundExpression[] arguments = call.HasStar ? [] : [.. call.Arguments.Select(argument =>
            binders.Expressions.Bind(argument.Value, inside))];
        if (!call.HasStar && name == "count" && arguments.Length == 0)
            throw _session.Fault(SqlErrorCategory.Type, SqlState.WrongObjectType, "count without an argument is written count(*).",
                call.Span);
        if (call.HasStar && name != "count")
            throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction, $"Only count takes a star, not {name}.", call.Span);
        OrderKey[] within = Keys(call.WithinGroup, inside), order = Keys(call.OrderBy, inside);
        if (within.Length > 1)
            throw _session.Unsupported("WITHIN GROUP takes one value.", call.Span);
        (AggregateSignature signature, IReadOnlyList<BoundExpression> bound, IReadOnlyList<BoundExpression> values) =
            Resolve.Aggregate(name, arguments, [.. within.Select(key => key.Value)], call.Span.Start,
                _session.Catalog.Own.Aggregates(name));
        if (within.Length > 0)
            order = [within[0] with { Value = values[0] }];
        BoundExpression? filter = call.Filter is null ? null : binders.Expressions.BindCondition(call.Filter,
            inside with { Clause = "FILTER" });
        return new AggregateExpression(signature, bound, call.IsDistinct, filter, order, call.Span.Start);
    }

    public OrderKey[] Keys(SyntaxList<OrderItem> items, ExpressionContext context) =>
        [.. items.Select(item => KeyOf(item, binders.Expressions.BindSettled(item.Value, context)))];

    public OrderKey KeyOf(OrderItem item, BoundExpression value) => !Resolve.HasOrder(value.Type)
        ? throw _session.Fault(SqlErrorCategory.Type, SqlState.UndefinedFunction, $"Values of type {value.Type} have no order.", item.Span)
        : new OrderKey(value, item.IsDescending, item.Nulls == NullOrder.Unsaid ? item.IsDescending : item.Nulls == NullOrder.First);

    private BoundExpression Plain(FunctionCall call, string name, ExpressionContext context)
    {
        if (call.HasStar || call.IsDistinct || !call.OrderBy.IsEmpty || !call.WithinGroup.IsEmpty || call.Filter is not null
            || call.Nulls != NullTreatment.Unsaid)
        {
            bool isKnown = _session.IsFunction(name);
            throw _session.Fault(isKnown ? SqlErrorCategory.Type : SqlErrorCategory.UnknownFunction, isKnown ? SqlState.WrongObjectType
                : SqlState.UndefinedFunction,
                isKnown ? $"{name} is no aggregate: it takes no star, DISTINCT, ORDER BY, FILTER and no treatment of NULLs."
                    : $"There is no aggregate {name}.",
                call.Span, isKnown ? null : NearestName.Hint(name, _session.FunctionNames));
        }

        BoundExpression[] arguments = [.. call.Arguments.Select(argument => binders.Expressions.Bind(argument.Value, context))];
        int position = call.Span.Start;
        return name switch
        {
            "coalesce" when arguments.Length > 0 => Resolve.Coalesce(arguments, position),
            "nullif" when arguments.Length == 2 => Resolve.NullIf(arguments[0], arguments[1], position),
            "greatest" or "least" when arguments.Length > 0 => Resolve.Extreme(name == "greatest", arguments, position),
            _ => Resolve.Function(name, arguments, position, _session.Catalog.Own.Scalars(name)),
        };
    }

    private AggregateExpression Aggregate(FunctionCall call, string name, ExpressionContext context)
    {
        if (!context.AllowsAggregates)
            throw _session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError, $"An aggregate does not stand in {context.Clause}.",
                call.Span, context.Clause == "WHERE" ? "Say it in HAVING." : null);
        if (call.Nulls != NullTreatment.Unsaid)
            throw _session.Unsupported("IGNORE NULLS stands before OVER only.", call.Span);
        AggregateExpression aggregate = Signed(call, name, context with
        {
            AllowsAggregates = false,
            AllowsOver = false,
            Clause = "an aggregate"
        });
        if (aggregate.Signature.NeedsOver)
            throw _session.Fault(SqlErrorCategory.Grouping, SqlState.WrongObjectType, $"{name} needs OVER.", call.Span);
        return aggregate;
    }

    private GroupingExpression Grouping(FunctionCall call, ExpressionContext context)
    {
        if (!context.AllowsAggregates)
            throw _session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError, $"GROUPING does not stand in {context.Clause}.",
                call.Span);
        return new GroupingExpression([.. call.Arguments.Select(argument =>
            binders.Expressions.BindSettled(argument.Value, context with { AllowsAggregates = false }))], call.Span.Start);
    }
}
