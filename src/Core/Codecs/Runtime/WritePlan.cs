using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>The statements of a compiled writer: values of fixed size gather into runs, and each run takes room once.</summary>
internal sealed class WritePlan(ParameterExpression writer)
{
    private readonly List<ParameterExpression> _locals = [];
    private readonly List<Expression> _statements = [];
    private readonly List<(Scalar Scalar, int At, Expression Value)> _run = [];
    private int _runBytes;

    public ParameterExpression Writer { get; } = writer;

    /// <summary>Adds a value of fixed size to the run.</summary>
    public void Put(Scalar scalar, Expression value)
    {
        _run.Add((scalar, _runBytes, value));
        _runBytes += scalar.SizeBytes;
    }

    /// <summary>Adds a statement after the run.</summary>
    public void Add(Expression statement)
    {
        EndRun();
        _statements.Add(statement);
    }

    /// <summary>Calls a static method with the writer and the value.</summary>
    public void Call(MethodInfo write, Expression value) => Add(Expression.Call(write, Writer, value));

    /// <summary>Calls <see cref="ValueWriter{T}.Write"/>.</summary>
    public void CallPart(object part, Expression value)
    {
        ParameterExpression local = Once(value);
        Add(Expression.Call(Expression.Constant(part), part.GetType().GetMethod(nameof(ValueWriter<>.Write))!, Writer, local));
    }

    /// <summary>A local that holds the value.</summary>
    public ParameterExpression Once(Expression value)
    {
        ParameterExpression local = Expression.Variable(value.Type);
        _locals.Add(local);
        _statements.Add(Expression.Assign(local, value));
        return local;
    }

    public BlockExpression ToBlock()
    {
        EndRun();
        return Expression.Block(typeof(void), _locals, _statements.Count == 0 ? [Expression.Empty()] : _statements);
    }

    private void EndRun()
    {
        if (_runBytes == 0)
            return;

        ParameterExpression start = Expression.Variable(typeof(int), "start");
        ParameterExpression bytes = Expression.Variable(typeof(byte[]), "bytes");
        _locals.AddRange([start, bytes]);
        _statements.Add(
            Expression.Assign(start,
            Expression.Call(Writer, typeof(BlobWriter).GetMethod(nameof(BlobWriter.Reserve), Parts.Any)!, Expression.Constant(_runBytes))));
        _statements.Add(
            Expression.Assign(bytes, Expression.Property(Writer, typeof(BlobWriter).GetProperty(nameof(BlobWriter.Bytes), Parts.Any)!)));
        foreach ((Scalar scalar, int at, Expression value) in _run)
            _statements.Add(scalar.Put(bytes, at == 0 ? start : Expression.Add(start, Expression.Constant(at)), value));
        _run.Clear();
        _runBytes = 0;
    }
}

/// <summary>Makes instances of generic parts.</summary>
internal static class Parts
{
    public const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static object Make(Type generic, Type[] arguments, params object[] parameters) =>
        Activator.CreateInstance(generic.MakeGenericType(arguments), BindingFlags.Instance | BindingFlags.Public, binder: null, parameters,
            culture: null)!;
}
