using System.Reflection;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>Aggregates of C# as aggregates of SQL: the arguments are the row, or what its constructor takes.</summary>
internal static class UserAggregate
{
    /// <param name="name">In lower case.</param>
    /// <param name="aggregate">How it is computed.</param>
    /// <exception cref="PipelineException">SQL has no type for an argument, or for the result.</exception>
    public static OwnAggregate Of<TIn, TOut>(string name, Aggregate<TIn, TOut> aggregate) => aggregate.Use(new Made<TIn, TOut>(name));

    private sealed class Made<TIn, TOut>(string name) : IAggregateUse<TIn, TOut, OwnAggregate>
    {
        public OwnAggregate Of<TAgg, TAcc>(Aggregate<TIn, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<TIn, TAcc, TOut> => new UserAggregate<TIn, TAgg, TAcc, TOut>(name, aggregate);
    }
}

/// <inheritdoc/>
internal sealed class UserAggregate<TIn, TAgg, TAcc, TOut> : OwnAggregate
    where TAgg : struct, IAggregator<TIn, TAcc, TOut>
{
    private readonly Aggregate<TIn, TAgg, TAcc, TOut> _aggregate;
    private readonly RowLayout _result;
    private readonly string[] _names;

    public UserAggregate(string name, Aggregate<TIn, TAgg, TAcc, TOut> aggregate)
        : base(name)
    {
        _aggregate = aggregate;
        (string Name, Type Type)[] arguments = ClrTypes.In(Bare(typeof(TIn))) is not null ? [(MemberColumns.OnlyColumn, typeof(TIn))]
            : [.. Parts(typeof(TIn)).Select(static one => (ColumnNames.Of(one.Name!), one.ParameterType))];
        if (arguments.Length == 0)
            throw Wrong($"{typeof(TIn).Name} is no value of SQL, and no public constructor says what it is made of");
        _names = [.. arguments.Select(static one => one.Name)];
        Parameters = [.. arguments.Select((one, at) => TypeOf(one.Type, $"argument {at + 1}"))];
        TakesNull = [.. arguments.Select(static one => Nullable.GetUnderlyingType(one.Type) is not null)];
        if (ClrTypes.In(Bare(typeof(TOut))) is not { } result)
            throw Wrong($"SQL has no type for its result, {typeof(TOut).Name}: choose one value of it by Into(…)");
        Result = result.Type;
        _result = MemberColumns.Of(typeof(TOut), $"result of {name}");
    }

    public override IReadOnlyList<SqlType> Parameters { get; }

    public override IReadOnlyList<bool> TakesNull { get; }

    public override SqlType Result { get; }

    public override bool MayBeNull => !typeof(TOut).IsValueType || Nullable.GetUnderlyingType(typeof(TOut)) is not null;

    public override bool CanRetract => _aggregate.CanRetract;

    public override object? OfNoRows
    {
        get
        {
            var none = default(TAcc)!;
            object? boxed = _aggregate.Aggregator.Result(none);
            return boxed is null || _result.Reads![0].Convert is not { } convert ? boxed : convert.Invoke(null, [boxed]);
        }
    }

    public override OwnFold FoldOf(RowLayout row, int from, RowContext context)
    {
        RowColumn[] columns = [.. _names.Select((name, at) => row.Columns[from + at] with { Name = name })];
        RowLayout input = ResultType.Of(typeof(TIn), columns, $"Aggregate '{Name}'");
        Delegate read = RowCompiler.Row(row, input, [.. _names.Select((_, at) => row.Column(from + at))], context);
        return (OwnFold)Activator.CreateInstance(typeof(OwnFold<,,,,,>).MakeGenericType(row.Row, typeof(TIn), typeof(TAgg), typeof(TAcc),
            typeof(TOut), Result.Clr), _aggregate.Aggregator, read, MaybeReads.Of(_result, _result.Column(0), context))!;
    }

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static ParameterInfo[] Parts(Type type) => type.GetConstructors()
        .OrderByDescending(static one => one.GetParameters().Length).FirstOrDefault()?.GetParameters() ?? [];

    private SqlType TypeOf(Type type, string what) =>
        ClrTypes.In(Bare(type)) is { } known && ClrTypes.Out(known.Type, Bare(type), out _) ? known.Type
            : throw Wrong($"SQL has no type for its {what}, {type.Name}");

    private PipelineException Wrong(string why) => new($"Aggregate '{Name}': {why}. " +
        "Take and give numbers, texts, truth values, dates and times; several arguments as a tuple or a record.");
}
