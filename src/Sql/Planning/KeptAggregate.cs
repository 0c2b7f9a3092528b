using System.Reflection;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>An aggregate that keeps the rows of its group in an order: what is read of a row, and what is made of all of them.</summary>
internal sealed class KeptAggregate
{
    private readonly AggregateExpression _aggregate;
    private readonly RowLayout _row;
    private readonly RowContext _context;
    private readonly BoundExpression[] _values;

    public KeptAggregate(AggregateExpression aggregate, RowTypes types, RowContext context)
    {
        (_aggregate, _context) = (aggregate, context);
        _values = [.. aggregate.Order.Select(static key => key.Value), .. aggregate.Arguments];
        _row = types.Of([.. _values.Select(static (value, at) => new RowColumn($"k{at}", AggregatePlan.Stored(value.Type), true))]);
    }

    /// <param name="aggregate">The aggregate.</param>
    /// <param name="inputChanges">Whether rows that came may go.</param>
    public static bool Is(AggregateExpression aggregate, bool inputChanges) => aggregate.Signature.Own is { } own
        ? aggregate.IsDistinct || aggregate.Order.Count > 0 || (inputChanges && !own.CanRetract)
        : !aggregate.Signature.IsOrderedSet && aggregate.Signature.Name is "string_agg"
        or "array_agg" or "first_value" or "last_value" or "any_value" or "json_agg" or "jsonb_agg" or "corr" or "covar_pop"
        or "covar_samp" or "regr_avgx" or "regr_avgy" or "regr_intercept" or "regr_r2" or "regr_slope"
        && !(aggregate.Signature.Name == "string_agg" && aggregate.Type.Kind == SqlKind.Bytea);

    /// <summary>The row that is kept; of an aggregate of the application's own NULL where an argument is that it does not take.</summary>
    public BoundExpression Row
    {
        get
        {
            var row = new RowExpression(_row, _values);
            BoundExpression[] there = _aggregate.Signature.Own is not { } own ? []
                : [.. _aggregate.Arguments.Where((value, at) => value.IsNullable && !own.TakesNull[at])
                    .Select(static value => Resolve.IsNull(value, isNegated: true))];
            return LogicExpression.And(there) is { } condition ? Resolve.Case([(condition, row)], null) : row;
        }
    }

    /// <summary>What is kept for a group.</summary>
    public SqlType Type => SqlType.Of(typeof(SqlArray<>).MakeGenericType(_row.Row), SqlKind.Array);

    public BoundExpression Added(BoundExpression state, BoundExpression row) => Changed(nameof(KeptRows.With), state, row);

    public BoundExpression Removed(BoundExpression state, BoundExpression row) => Changed(nameof(KeptRows.Without), state, row);

    public BoundExpression Result(BoundExpression state)
    {
        string name = _aggregate.Signature.Name;
        if (_aggregate.Signature.Own is { } own)
            return new OwnCalls(own, Fold(own)).OfAll(state, Distinct());
        if (name.StartsWith("regr", StringComparison.Ordinal) || name is "corr" or "covar_pop" or "covar_samp")
        {
            return Call(typeof(RegressionFunctions).GetMethod(nameof(RegressionFunctions.Of))!, [_row.Row], _aggregate.Type,
                state, Read(0), Read(1), new ConstantExpression(name, SqlType.Text));
        }

        (string method, SqlType result) = name switch
        {
            "string_agg" => (nameof(KeptRows.Join), SqlType.Text),
            "array_agg" => (nameof(KeptRows.ToArray), SqlType.ArrayOf(AggregatePlan.Stored(_aggregate.Arguments[0].Type))),
            "last_value" => (nameof(KeptRows.Last), AggregatePlan.Stored(_aggregate.Type)),
            "json_agg" => (nameof(KeptRows.ToJson), SqlType.Json),
            "jsonb_agg" => (nameof(KeptRows.ToJsonb), SqlType.Jsonb),
            _ => (nameof(KeptRows.First), AggregatePlan.Stored(_aggregate.Type)),
        };
        BoundExpression[] arguments = name == "string_agg" ? [state, Read(0), Distinct(), Read(1)] : [state, Read(0), Distinct()];
        Type[] types = name == "string_agg" ? [_row.Row] : [_row.Row, _aggregate.Arguments[0].Type.Clr];
        return Call(typeof(KeptRows).GetMethod(method)!, types, result, arguments);
    }

    /// <summary>What computes an aggregate of the application's own over such rows.</summary>
    public OwnFold Fold(OwnAggregate own) => own.FoldOf(_row, _aggregate.Order.Count, _context);

    private BoundExpression Changed(string name, BoundExpression state, BoundExpression row) =>
        Call(typeof(KeptRows).GetMethod(name)!, [_row.Row], Type, state, row,
            Constant(Order(), typeof(IComparer<>).MakeGenericType(_row.Row)));

    private BoundExpression Distinct() =>
        Constant(_aggregate.IsDistinct ? Order() : null, typeof(IComparer<>).MakeGenericType(_row.Row));

    /// <summary>As ORDER BY says; where only distinct values count, by these then, so that equal ones stand together.</summary>
    private object? Order()
    {
        IEnumerable<OrderKey> keys = _aggregate.Order.Select((key, at) => key with { Value = _row.Column(at) });
        if (_aggregate.IsDistinct)
        {
            keys = keys.Concat(Enumerable.Range(_aggregate.Order.Count, _aggregate.Arguments.Count)
                .Select(at => new OrderKey(_row.Column(at), false, false)));
        }

        return RowOrder.Of(_row, [.. keys], _context);
    }

    /// <summary>Reads an argument of a row that is kept: a RowFunction of <see cref="Maybe{T}"/>.</summary>
    private BoundExpression Read(int argument)
    {
        Delegate read = MaybeReads.Of(_row, _row.Column(_aggregate.Order.Count + argument), _context);
        return Constant(read, read.GetType());
    }

    private static ConstantExpression Constant(object? value, Type type) => new(value, SqlType.Of(type, SqlKind.Record));

    private static CallExpression Call(MethodInfo method, Type[] types, SqlType result, params BoundExpression[] arguments) => new(
        new Function(method.Name, FunctionKind.Function, [.. arguments.Select(static one => one.Type)], result,
            method.MakeGenericMethod(types))
        { IsStrict = false, MayBeNull = true, CanFail = false }, arguments, result);
}
