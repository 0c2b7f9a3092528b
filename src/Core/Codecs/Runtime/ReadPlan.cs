using System.Linq.Expressions;
using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>The statements of a compiled reader: bytes of fixed size gather into runs, and each run is checked once.</summary>
internal sealed class ReadPlan(ParameterExpression reader)
{
    /// <summary>Runs end here, so that no schema makes the places in them wrap around.</summary>
    private const int MaxRunBytes = 1 << 20;
    private readonly List<ParameterExpression> _locals = [];
    private readonly List<Expression> _statements = [];
    private readonly List<Expression> _run = [];
    private int _runBytes;

    public ParameterExpression Reader { get; } = reader;

    /// <summary>The local that will hold a value of fixed size, converted.</summary>
    public Expression Peek(Scalar scalar, Type type)
    {
        ParameterExpression local = Local(type);
        Expression value = scalar.Peek(Reader, _runBytes);
        _run.Add(Expression.Assign(local, value.Type == type ? value : Expression.Convert(value, type)));
        _runBytes += scalar.SizeBytes;
        return local;
    }

    /// <summary>Steps over bytes of the run.</summary>
    public void Skip(int bytes)
    {
        _runBytes += bytes;
        if (_runBytes > MaxRunBytes)
            EndRun();
    }

    /// <summary>Adds a statement after the run.</summary>
    public void Add(Expression statement)
    {
        EndRun();
        _statements.Add(statement);
    }

    /// <summary>The local that will hold what a static method reads.</summary>
    public Expression Call(MethodInfo read) => Result(Expression.Call(read, Reader));

    /// <summary>The local that will hold what a <see cref="ValueReader{T}"/> reads.</summary>
    public Expression CallPart(object part) =>
        Result(Expression.Call(Expression.Constant(part), part.GetType().GetMethod(nameof(ValueReader<>.Read))!, Reader));

    /// <summary>The statements, and the value made of what they read.</summary>
    public BlockExpression ToBlock(Expression value)
    {
        EndRun();
        return Expression.Block(value.Type, _locals, [.. _statements, value]);
    }

    private ParameterExpression Local(Type type)
    {
        ParameterExpression local = Expression.Variable(type);
        _locals.Add(local);
        return local;
    }

    private ParameterExpression Result(Expression value)
    {
        ParameterExpression local = Local(value.Type);
        Add(Expression.Assign(local, value));
        return local;
    }

    private void EndRun()
    {
        if (_runBytes == 0)
            return;

        ConstantExpression bytes = Expression.Constant(_runBytes);
        _statements.Add(Expression.Call(s_require, Reader, bytes));
        _statements.AddRange(_run);
        _statements.Add(Expression.Call(s_advance, Reader, bytes));
        _run.Clear();
        _runBytes = 0;
    }

    private static readonly MethodInfo s_require = typeof(ReadPlan).GetMethod(nameof(Require),
        BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_advance = typeof(ReadPlan).GetMethod(nameof(Advance),
        BindingFlags.Static | BindingFlags.NonPublic)!;

    private static void Require(ref BlobReader reader, int bytes) => reader.Require(bytes);

    private static void Advance(ref BlobReader reader, int bytes) => reader.Take(bytes);
}
