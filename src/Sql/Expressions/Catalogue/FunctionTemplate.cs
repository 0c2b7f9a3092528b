using System.Collections.Immutable;
using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>A function whose signature is known, or one for elements of any type, which arguments make known.</summary>
internal sealed class FunctionTemplate
{
    private readonly MethodInfo? _open;
    private readonly string _name;
    private readonly FunctionKind _kind;
    private readonly Lazy<Function?> _known;

    public FunctionTemplate(Function function)
    {
        (_name, _kind, ParameterCount) = (function.Name, function.Kind, function.Parameters.Length);
        _known = new Lazy<Function?>(function);
    }

    public FunctionTemplate(string name, FunctionKind kind, MethodInfo method)
    {
        (_name, _kind) = (name, kind);
        ParameterCount = method.GetParameters().Length;
        _open = method.IsGenericMethodDefinition ? method : null;
        _known = new Lazy<Function?>(() => _open is null ? Make(method) : null);
    }

    public bool IsStrict { get; init; } = true;

    public bool MayBeNull { get; init; }

    public bool CanFail { get; init; } = true;

    public bool IsVariadic { get; init; }

    public Volatility Volatility { get; init; }

    public int ParameterCount { get; }

    /// <summary>The function where its types are fixed; null: they follow from the arguments.</summary>
    public Function? Known => _known.Value;

    /// <summary>The function for arguments of such types; null if it cannot take so many, or they do not go together.</summary>
    public Function? For(IReadOnlyList<SqlType> arguments)
    {
        bool fits = IsVariadic ? arguments.Count >= ParameterCount : arguments.Count == ParameterCount;
        if (!fits)
            return null;
        if (_open is null)
            return Known;
        Type[] bindings = new Type[_open.GetGenericArguments().Length];
        ParameterInfo[] parameters = _open.GetParameters();
        for (int at = 0; at < arguments.Count; at++)
        {
            if (arguments[at].Kind != SqlKind.Unknown &&
                !Bind(parameters[Math.Min(at, parameters.Length - 1)].ParameterType, arguments[at].Clr, bindings))
                return null;
        }

        return Array.TrueForAll(bindings, static binding => binding is not null) ? Make(_open.MakeGenericMethod(bindings)) : null;
    }

    private static bool Bind(Type parameter, Type argument, Type[] bindings)
    {
        if (parameter.IsGenericMethodParameter)
        {
            Type? bound = bindings[parameter.GenericParameterPosition];
            bindings[parameter.GenericParameterPosition] = argument;
            return bound is null || bound == argument;
        }

        if (!parameter.IsGenericType || !parameter.ContainsGenericParameters)
            return true;
        if (parameter.GetGenericTypeDefinition() == typeof(Maybe<>))
            return Bind(parameter.GetGenericArguments()[0], argument, bindings);
        return argument.IsGenericType && argument.GetGenericTypeDefinition() == parameter.GetGenericTypeDefinition() &&
            Bind(parameter.GetGenericArguments()[0], argument.GetGenericArguments()[0], bindings);
    }

    private Function Make(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        Type result = Bare(method.ReturnType);
        return new Function(_name, _kind,
            [.. parameters.Select((one, at) => TypeOf(one.ParameterType, IsVariadic && at == parameters.Length - 1))],
            SqlType.Of(result) ?? throw new InvalidOperationException($"{_name}: {result} is no type of SQL."), method)
        {
            IsStrict = IsStrict,
            MayBeNull = MayBeNull || !IsStrict || result != method.ReturnType,
            CanFail = CanFail,
            IsVariadic = IsVariadic,
            Volatility = Volatility,
        };
    }

    private SqlType TypeOf(Type parameter, bool isRest)
    {
        Type type = isRest && parameter.IsArray ? parameter.GetElementType()! : parameter;
        return SqlType.Of(Bare(type)) ?? throw new InvalidOperationException($"{_name}: {type} is no type of SQL.");
    }

    private static Type Bare(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(Nullable<>) || open == typeof(Maybe<>))
            ? type.GetGenericArguments()[0]
            : type;
}
