using ActorStreams.Operators.Stateless;
using System.Reflection;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>An expression over a row of columns, compiled, to be asked for single rows.</summary>
internal sealed class CompiledExpression
{
    private static readonly RowTypes s_types = new();

    private readonly RowLayout _layout;
    private readonly Delegate _function;
    private readonly Caller _caller;

    public CompiledExpression(IReadOnlyList<SqlType> columns, Func<IReadOnlyList<BoundExpression>, BoundExpression> make)
    {
        lock (s_types)
            _layout = s_types.Of([.. columns.Select(static (type, at) => new RowColumn($"c{at}", type, true))]);
        Bound = Resolve.Settled(make([.. columns.Select((_, at) => _layout.Column(at))]));
        _function = RowCompiler.Value(_layout, Bound, new RowContext());
        _caller = (Caller)Activator.CreateInstance(
            typeof(Caller<,>).MakeGenericType(_layout.Row, RowLayout.FieldType(new RowColumn("", Bound.Type, Bound.IsNullable))))!;
    }

    public BoundExpression Bound { get; }

    /// <summary>The text of the value for a row, <c>NULL</c>, or <c>error</c> and the code.</summary>
    public string Evaluate(IReadOnlyList<object?> values)
    {
        object row = Activator.CreateInstance(_layout.Row)!;
        for (int at = 0; at < values.Count; at++)
            _layout.Fields[at].SetValue(row, values[at]);
        try
        {
            return _caller.Call(_function, row) is { } value ? ValueText.Of(value) : "NULL";
        }
        catch (Exception error) when (RowFault.Of(error) is { } fault)
        {
            return $"error {fault.State}";
        }
    }

    private abstract class Caller
    {
        public abstract object? Call(Delegate function, object row);
    }

    private sealed class Caller<TIn, TOut> : Caller
    {
        public override object? Call(Delegate function, object row) => ((RowFunction<TIn, TOut>)function)((TIn)row);
    }
}
