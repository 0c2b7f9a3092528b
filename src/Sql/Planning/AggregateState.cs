using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>The state of a group, column by column, and how a row more or less changes it: as expressions, compiled like all
/// others.</summary>
/// <remarks>In what is added and removed, input 0 is the state and input 1 the row of arguments; in results, input 0 is the
/// state.</remarks>
/// <param name="types">Makes row types.</param>
/// <param name="context">What now() reads.</param>
/// <param name="onlyAdds">No row is ever taken back: less need be kept, and what is said to be removed means nothing.</param>
internal sealed class AggregateState(RowTypes types, RowContext context, bool onlyAdds = false)
{
    private readonly List<BoundExpression> _added = [], _removed = [], _results = [];
    private readonly List<BoundExpression?> _merged = [], _unmerged = [];
    private readonly List<RowColumn> _columns = [];

    /// <summary>Whether rows that came may go.</summary>
    public bool InputChanges { get; init; }

    /// <summary>Whether a row that was added can be removed.</summary>
    public bool CanRemove { get; private set; } = true;

    public IReadOnlyList<RowColumn> Columns => _columns;

    public IReadOnlyList<BoundExpression> Added => _added;

    public IReadOnlyList<BoundExpression> Removed => _removed;

    public IReadOnlyList<BoundExpression> Results => _results;

    /// <summary>The state (input 0) with all that another one (input 1) has; null where a column cannot.</summary>
    public IReadOnlyList<BoundExpression?> Merged => _merged;

    /// <summary>The state (input 0) less another one (input 1), exactly; null where a column cannot.</summary>
    public IReadOnlyList<BoundExpression?> Unmerged => _unmerged;

    /// <summary>What an aggregate reads of a row: null where the row does not count.</summary>
    public BoundExpression ArgumentOf(AggregateExpression aggregate)
    {
        BoundExpression argument = aggregate.Signature.Own is not null || KeptAggregate.Is(aggregate, InputChanges)
            ? new KeptAggregate(aggregate, types, context).Row
            : aggregate.Signature.IsOrderedSet ? aggregate.Order[0].Value
            : aggregate.Arguments.Count > 0 ? aggregate.Arguments[0]
            : Resolve.Boolean(true);
        argument = aggregate.Signature.Name switch
        {
            "sum" or "avg" when aggregate.IsDistinct && argument.Type.IsInteger => Resolve.Cast(argument, SqlType.Numeric),
            "bit_and" or "bit_or" or "bit_xor" => Resolve.Cast(argument, SqlType.BigInt),
            _ => argument,
        };
        return aggregate.Filter is null ? argument : Resolve.Case([(aggregate.Filter, argument)], null);
    }

    /// <param name="aggregate">What is computed.</param>
    /// <param name="argument">The column of its argument in the row of arguments: input 1.</param>
    public void Add(AggregateExpression aggregate, BoundExpression argument)
    {
        if (KeptAggregate.Is(aggregate, InputChanges))
        {
            var kept = new KeptAggregate(aggregate, types, context);
            ColumnExpression rows = State(kept.Type, true, state => (kept.Added(state, argument), kept.Removed(state, argument)));
            _results.Add(kept.Result(rows));
            return;
        }

        if (aggregate.Signature.Own is { } own)
        {
            var calls = new OwnCalls(own, new KeptAggregate(aggregate, types, context).Fold(own));
            CanRemove &= own.CanRetract;
            _results.Add(calls.Result(State(calls.State, false, state => (calls.Added(state, argument), calls.Removed(state, argument)))));
            return;
        }

        AggregateSignature signature = aggregate.Signature;
        bool isSorted = aggregate.IsDistinct && signature.Name is not ("min" or "max" or "bool_and" or "bool_or" or "every");
        switch (signature.Name)
        {
            case "count" when !isSorted:
                _results.Add(Counter(argument));
                break;
            case "sum" or "avg" when !isSorted:
                Sum(signature, argument);
                break;
            case "stddev" or "stddev_samp" or "stddev_pop" or "variance" or "var_samp" or "var_pop":
                Spread(signature, argument);
                break;
            case "bool_and" or "every":
                _results.Add(Truth(argument, isAnd: true));
                break;
            case "bool_or":
                _results.Add(Truth(argument, isAnd: false));
                break;
            case "count":
                _results.Add(OfSorted(argument, nameof(SortedAggregates.CountDistinct), SqlType.BigInt, orZero: true, isDistinct: true));
                break;
            case "sum" when argument.Type.Kind == SqlKind.Numeric:
                _results.Add(Resolve.Cast(
                    OfSorted(argument, nameof(SortedAggregates.SumDistinct), SqlType.Numeric, isDistinct: true), signature.Result));
                break;
            case "avg" when argument.Type.Kind == SqlKind.Numeric:
                var sum = (CallExpression)OfSorted(argument, nameof(SortedAggregates.SumDistinct), SqlType.Numeric, isDistinct: true);
                var count = new CallExpression(
                    SortedAggregates.Function(nameof(SortedAggregates.CountDistinct), SqlType.Numeric, SqlType.BigInt), [sum.Children[0]],
                    SqlType.BigInt);
                _results.Add(Resolve.Operator("/", sum, Resolve.Cast(count, SqlType.Numeric)));
                break;
            case "min" or "max" when onlyAdds:
                _results.Add(Extreme(argument, signature.Name == "min" ? nameof(Extremes.Lesser) : nameof(Extremes.Greater)));
                break;
            case "min":
                _results.Add(OfSorted(argument, nameof(SortedAggregates.Least), signature.Result));
                break;
            case "max":
                _results.Add(OfSorted(argument, nameof(SortedAggregates.Greatest), signature.Result));
                break;
            case "mode":
                _results.Add(OfSorted(argument, nameof(SortedAggregates.Mode), signature.Result));
                break;
            case "bit_and" or "bit_or" or "bit_xor" when !aggregate.IsDistinct:
                string name = signature.Name switch
                {
                    "bit_and" => nameof(SortedAggregates.BitAnd),
                    "bit_or" =>
                    nameof(SortedAggregates.BitOr),
                    _ => nameof(SortedAggregates.BitXor)
                };
                _results.Add(Resolve.Cast(OfSorted(argument, name, SqlType.BigInt), signature.Result));
                break;
            case "percentile_cont" or "percentile_disc" when aggregate.Arguments[0] is ConstantExpression { Value: double } fraction &&
                (signature.Name == "percentile_disc" || argument.Type.Kind == SqlKind.Double) && !aggregate.Order[0].IsDescending:
                string percentile = signature.Name == "percentile_cont" ? nameof(SortedAggregates.PercentileContinuous)
                    : nameof(SortedAggregates.PercentileDiscrete);
                _results.Add(OfSorted(argument, percentile, signature.Result, false, fraction));
                break;
            default:
                throw new SqlFault(SqlState.FeatureNotSupported, $"the aggregate {aggregate} cannot be run yet", aggregate.Position);
        }
    }

    private ColumnExpression State(
        SqlType type, bool isNullable, Func<ColumnExpression, (BoundExpression Added, BoundExpression Removed)> change,
        Func<ColumnExpression, ColumnExpression, BoundExpression>? merge = null,
        Func<ColumnExpression, ColumnExpression, BoundExpression>? unmerge = null)
    {
        var column = new ColumnExpression(0, _columns.Count, $"s{_columns.Count}", type, isNullable);
        _columns.Add(new RowColumn(column.Name, type, isNullable));
        (BoundExpression added, BoundExpression removed) = change(column);
        _added.Add(added);
        _removed.Add(removed);
        var other = new ColumnExpression(1, column.Ordinal, column.Name, type, isNullable);
        _merged.Add(merge?.Invoke(column, other));
        _unmerged.Add(unmerge?.Invoke(column, other));
        return column;
    }

    /// <summary>How many arguments are not null, and fulfil a condition.</summary>
    private ColumnExpression Counter(BoundExpression argument, BoundExpression? condition = null)
    {
        BoundExpression one =
            Resolve.Case([(condition ?? Resolve.IsNull(argument, isNegated: true), Resolve.Integer(1))], Resolve.Integer(0));
        return State(
            SqlType.BigInt, false, count => (Resolve.Operator("+", count, one), Resolve.Operator("-", count, one)), Sum, Difference);
    }

    private ColumnExpression Total(BoundExpression value, SqlType type)
    {
        BoundExpression term = Resolve.Cast(value, type);
        if (term.IsNullable)
            term = Resolve.Coalesce([term, Zero(type)]);
        bool isExact = type.Kind is not (SqlKind.Double or SqlKind.Real);
        return State(type, false, total => (Resolve.Operator("+", total, term), Resolve.Operator("-", total, term)), Sum,
            isExact ? Difference : null);
    }

    private static BoundExpression Sum(ColumnExpression one, ColumnExpression other) => Resolve.Operator("+", one, other);

    private static BoundExpression Difference(ColumnExpression one, ColumnExpression other) => Resolve.Operator("-", one, other);

    private void Sum(AggregateSignature signature, BoundExpression argument)
    {
        SqlType type = signature.Name == "sum" && signature.Result.Kind != SqlKind.Real ? signature.Result
            : argument.Type.Kind is SqlKind.Real or SqlKind.Double ? SqlType.Double
            : argument.Type.Kind == SqlKind.Interval ? SqlType.Interval : SqlType.Numeric;
        ColumnExpression count = Counter(argument), total = Total(argument, type);
        BoundExpression result = signature.Name == "sum" ? Resolve.Cast(total, signature.Result)
            : Resolve.Operator("/", total, Resolve.Cast(count, type.Kind == SqlKind.Interval ? SqlType.Double : type));
        _results.Add(Resolve.Case([(Resolve.Operator("<>", count, Resolve.Integer(0)), result)], null));
    }

    private void Spread(AggregateSignature signature, BoundExpression argument)
    {
        bool isPopulation = signature.Name.EndsWith("_pop", StringComparison.Ordinal);
        SqlType type = signature.Result;
        BoundExpression value = Resolve.Cast(argument, type);
        ColumnExpression count = Counter(argument), sum = Total(value, type), squares = Total(Resolve.Operator("*", value, value), type);
        BoundExpression n = Resolve.Cast(count, type), zero = Zero(type);
        BoundExpression over = Resolve.Operator("-", Resolve.Operator("*", n, squares), Resolve.Operator("*", sum, sum));
        BoundExpression under =
            Resolve.Operator("*", n, isPopulation ? n : Resolve.Operator("-", n, Resolve.Cast(Resolve.Integer(1), type)));
        BoundExpression variance = Resolve.Case([(Resolve.Operator(">", over, zero), Resolve.Operator("/", over, under))], zero);
        BoundExpression result = signature.Name.StartsWith("stddev", StringComparison.Ordinal) ? Resolve.Function("sqrt", [variance])
            : variance;
        _results.Add(Resolve.Case([(Resolve.Operator(">", count, Resolve.Integer(isPopulation ? 0 : 1)), result)], null));
    }

    private BoundExpression Truth(BoundExpression argument, bool isAnd)
    {
        ColumnExpression yes = Counter(argument, argument), no = Counter(argument, Resolve.Not(argument));
        BoundExpression any = Resolve.Operator("<>", Resolve.Operator("+", yes, no), Resolve.Integer(0));
        return Resolve.Case([(any, isAnd ? Resolve.Operator("=", no, Resolve.Integer(0))
            : Resolve.Operator(">", yes, Resolve.Integer(0)))], null);
    }

    private ColumnExpression Extreme(BoundExpression argument, string name)
    {
        SqlType type = AggregatePlan.Stored(argument.Type);
        Function extreme = Extremes.Function(name, type);
        return State(type, true, state => (new CallExpression(extreme, [state, argument], type), state),
            (state, other) => new CallExpression(extreme, [state, other], type));
    }

    private BoundExpression OfSorted(
        BoundExpression argument, string name, SqlType result, bool orZero = false, BoundExpression? further = null,
        bool isDistinct = false)
    {
        SqlType element = argument.Type.Kind == SqlKind.Varchar ? SqlType.Text : argument.Type.Plain;
        SqlType array = SortedAggregates.Of(element);
        string with = onlyAdds && isDistinct ? nameof(SortedAggregates.WithNew) : nameof(SortedAggregates.With);
        CallExpression Changed(string how, ColumnExpression state) =>
            new(SortedAggregates.Function(how, element, array, element), [state, argument], array);
        ColumnExpression values =
            State(array, true, state => (Changed(with, state), Changed(nameof(SortedAggregates.Without), state)));
        SqlType[] others = further is null ? [] : [further.Type];
        BoundExpression[] arguments = further is null ? [values] : [values, further];
        var call = new CallExpression(SortedAggregates.Function(name, element, result, others), arguments, result);
        return orZero ? Resolve.Coalesce([call, new ConstantExpression(0L, SqlType.BigInt)]) : call;
    }

    private static ConstantExpression Zero(SqlType type) => new(Activator.CreateInstance(type.Clr), type.Plain);
}
