using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Functions over windows: their window, by name or in place, and their frame.</summary>
internal sealed class OverBinder(Binders binders)
{
    private readonly BindingSession _session = binders.Session;

    public OverExpression Bind(FunctionCall call, string name, ExpressionContext context)
    {
        if (!context.AllowsOver)
            throw Wrong($"A function over a window does not stand in {context.Clause}.", call, context.Clause is "WHERE" or "HAVING"
                ? "Say it in QUALIFY, or in a query around this one." : null);
        if (!_session.IsAggregate(name))
        {
            throw _session.IsFunction(name)
                ? Wrong($"{name} is neither an aggregate nor a function over a window, so it takes no OVER.", call, null)
                : _session.Fault(SqlErrorCategory.UnknownFunction, SqlState.UndefinedFunction, $"There is no function {name}.", call.Span,
                    NearestName.Hint(name, _session.FunctionNames));
        }

        if (call.IsDistinct || !call.OrderBy.IsEmpty || !call.WithinGroup.IsEmpty)
            throw _session.Unsupported("DISTINCT and ORDER BY do not stand in the brackets of a function with OVER.", call.Span);
        ExpressionContext inside = context with { AllowsOver = false, Clause = "a function over a window" };
        AggregateExpression signed = binders.Calls.Signed(call, name, inside);
        WindowSpecification window = Whole(call.Over!, context.Surroundings);
        BoundExpression[] partitions = [.. window.PartitionBy.Select(value => binders.Expressions.BindSettled(value, inside))];
        foreach (BoundExpression partition in partitions.Where(value => !Resolve.HasEquality(value.Type)))
            throw Wrong($"Values of type {partition.Type} cannot be compared, so they make no partitions.", call, null);
        OrderKey[] order = binders.Calls.Keys(window.OrderBy, inside);
        bool ignoresNulls = call.Nulls == NullTreatment.Ignore;
        if (ignoresNulls && name is not ("lag" or "lead" or "first_value" or "last_value" or "nth_value"))
            throw _session.Unsupported($"{name} takes no IGNORE NULLS.", call.Span);
        return new OverExpression(signed.Signature, signed.Arguments, false, signed.Filter, partitions, order,
            Frame(window.Frame, order, inside), ignoresNulls,
            call.Span.Start);
    }

    /// <summary>The window with all that it takes from others by name.</summary>
    private WindowSpecification Whole(OverClause over, Surroundings surroundings)
    {
        if (over is NamedWindow named)
            return Whole(Named(named.Name, surroundings), surroundings);
        var window = (WindowSpecification)over;
        if (window.Base is null)
            return window;
        WindowSpecification from = Whole(Named(window.Base, surroundings), surroundings);
        if (!window.PartitionBy.IsEmpty)
            throw Windowing($"The window \"{window.Base}\" has its partitions: they cannot be said again.", window);
        if (!window.OrderBy.IsEmpty && !from.OrderBy.IsEmpty)
            throw Windowing($"The window \"{window.Base}\" has its order: it cannot be said again.", window);
        if (from.Frame is not null)
            throw Windowing($"The window \"{window.Base}\" has a frame, so it cannot be refined.", window);
        return window with
        {
            Base = null,
            PartitionBy = from.PartitionBy,
            OrderBy = window.OrderBy.IsEmpty ? from.OrderBy
            : window.OrderBy
        };
    }

    private WindowSpecification Named(Identifier name, Surroundings surroundings) =>
        surroundings.Windows.TryGetValue(name.Name, out WindowSpecification? window)
        ? window
        : throw _session.Fault(SqlErrorCategory.InvalidReference, SqlState.UndefinedObject, $"There is no window \"{name}\".", name.Span,
            NearestName.Hint(name.Name, surroundings.Windows.Keys));

    private OverFrame Frame(WindowFrame? frame, IReadOnlyList<OrderKey> order, ExpressionContext context)
    {
        if (frame is null)
            return OverFrame.Default;
        FrameBoundKind start = frame.Start.Kind, end = frame.End?.Kind ?? FrameBoundKind.CurrentRow;
        if (start == FrameBoundKind.UnboundedFollowing)
            throw Windowing("A frame does not begin with UNBOUNDED FOLLOWING.", frame);
        if (end == FrameBoundKind.UnboundedPreceding)
            throw Windowing("A frame does not end with UNBOUNDED PRECEDING.", frame);
        if (start > end)
            throw Windowing("A frame begins before it ends.", frame);
        if (frame.Unit == FrameUnit.Groups && order.Count == 0)
            throw Windowing("GROUPS needs ORDER BY.", frame);
        bool hasDistance = frame.Start.Offset is not null || frame.End?.Offset is not null;
        if (frame.Unit == FrameUnit.Range && hasDistance && order.Count != 1)
            throw Windowing("RANGE with a distance needs ORDER BY one value.", frame);
        return new OverFrame(frame.Unit, start, Offset(frame.Start, frame.Unit, order, context), end, frame.End is null ? null
            : Offset(frame.End, frame.Unit, order, context),
            frame.Exclusion == FrameExclusion.Unsaid ? FrameExclusion.NoOthers : frame.Exclusion);
    }

    private BoundExpression? Offset(FrameBound bound, FrameUnit unit, IReadOnlyList<OrderKey> order, ExpressionContext context)
    {
        if (bound.Offset is null)
            return null;
        SqlType type = unit != FrameUnit.Range ? SqlType.BigInt : OffsetType(order[0].Value.Type, bound);
        BoundExpression value = Resolve.Cast(binders.Expressions.Bind(bound.Offset,
            context with { AllowsAggregates = false, AllowsQueries = false, Clause = "a frame" }), type, CastContext.Assignment,
            bound.Offset.Span.Start);
        if (value is not ConstantExpression constant)
            throw _session.Unsupported("The distance of a frame is a constant.", bound.Offset.Span);
        if (constant.Value is null || IsNegative(constant.Value))
            throw _session.Fault(SqlErrorCategory.WindowParameter, "22013", "The distance of a frame is neither NULL nor negative.",
                bound.Offset.Span);
        return value;
    }

    private SqlType OffsetType(SqlType ordered, FrameBound bound) => ordered.Kind switch
    {
        SqlKind.SmallInt or SqlKind.Integer or SqlKind.BigInt => SqlType.BigInt,
        SqlKind.Real or SqlKind.Double => SqlType.Double,
        SqlKind.Numeric => SqlType.Numeric,
        SqlKind.Date or SqlKind.Time or SqlKind.Timestamp or SqlKind.TimestampTz or SqlKind.Interval => SqlType.Interval,
        _ => throw _session.Unsupported($"RANGE with a distance is not supported for an order by {ordered}.", bound.Span),
    };

    private static bool IsNegative(object value) => value switch
    {
        long number => number < 0,
        double number => number < 0 || double.IsNaN(number),
        Numeric number => ((IComparable<Numeric>)number).CompareTo(default) < 0,
        SqlInterval interval => interval.CompareTo(default) < 0,
        _ => false,
    };

    private SqlException Wrong(string fault, FunctionCall call, string? hint) =>
        _session.Fault(SqlErrorCategory.Grouping, SqlState.WindowingError, fault, call.Span, hint);

    private SqlException Windowing(string fault, SyntaxNode node) =>
        _session.Fault(SqlErrorCategory.WindowParameter, SqlState.WindowingError, fault, node.Span);
}
