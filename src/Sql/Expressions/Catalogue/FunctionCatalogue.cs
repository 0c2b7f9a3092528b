using System.Reflection;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>All functions, operators and casts there are: each is a method that says by an attribute what it is.</summary>
internal sealed class FunctionCatalogue
{
    private static readonly Type[] s_homes =
    [
        typeof(WholeNumbers), typeof(FloatingNumbers), typeof(NumericFunctions), typeof(MathFunctions), typeof(Comparisons),
        typeof(TextFunctions), typeof(TextPatterns), typeof(TextFormats), typeof(DateTimeArithmetic), typeof(DateTimeParts),
        typeof(DateTimeMakers), typeof(DateTimeFormats), typeof(JsonFunctions), typeof(JsonMakers), typeof(ArrayFunctions),
            typeof(ByteFunctions), typeof(NumberCasts),
        typeof(TimeCasts), typeof(TextCasts),
    ];

    private static readonly Lazy<FunctionCatalogue> s_shared = new(static () => new FunctionCatalogue());

    private readonly Dictionary<string, List<FunctionTemplate>> _functions = [];
    private readonly Dictionary<string, List<FunctionTemplate>> _operators = [];
    private readonly Dictionary<(SqlKind From, SqlKind To), (Function Function, CastContext Context)> _casts = [];

    private FunctionCatalogue()
    {
        foreach (MethodInfo method in s_homes.SelectMany(static home => home.GetMethods(BindingFlags.Static | BindingFlags.Public)))
        {
            foreach (Attribute attribute in method.GetCustomAttributes())
                Add(method, attribute);
        }

        foreach (Function function in WideningOperators.All())
            Add(_operators, function.Name, new FunctionTemplate(function));
        foreach (Function function in ComparisonOperators.All())
            Add(_operators, function.Name, new FunctionTemplate(function));
    }

    public static FunctionCatalogue Shared => s_shared.Value;

    /// <summary>The names of all functions, to find the nearest one.</summary>
    public IEnumerable<string> Names => _functions.Keys;

    public IEnumerable<string> OperatorNames => _operators.Keys;

    public IReadOnlyList<FunctionTemplate> Functions(string name) => _functions.GetValueOrDefault(name) ?? [];

    public IReadOnlyList<FunctionTemplate> Operators(string name) => _operators.GetValueOrDefault(name) ?? [];

    /// <summary>The cast from one type to another, lengths left out; null if there is none in that context.</summary>
    public Function? Cast(SqlType from, SqlType to, CastContext context)
    {
        if (_casts.TryGetValue((from.Kind, to.Kind), out (Function Function, CastContext Context) cast))
            return cast.Context <= context ? cast.Function : null;
        return null;
    }

    private static void Add(Dictionary<string, List<FunctionTemplate>> into, string name, FunctionTemplate template)
    {
        if (!into.TryGetValue(name, out List<FunctionTemplate>? known))
            into[name] = known = [];
        known.Add(template);
    }

    private void Add(MethodInfo method, Attribute attribute)
    {
        switch (attribute)
        {
            case SqlFunctionAttribute function:
                Add(_functions, function.Name, new FunctionTemplate(function.Name, FunctionKind.Function, method)
                {
                    IsStrict = !function.TakesNull,
                    MayBeNull = function.MayBeNull,
                    CanFail = !function.IsSafe,
                    IsVariadic = function.IsVariadic,
                    Volatility = function.Volatility,
                });
                break;
            case SqlOperatorAttribute signs:
                Add(_operators, signs.Name, new FunctionTemplate(signs.Name, FunctionKind.Operator, method)
                {
                    MayBeNull = signs.MayBeNull,
                    CanFail = !signs.IsSafe,
                });
                break;
            case SqlCastAttribute cast:
                Function made = new FunctionTemplate("cast", FunctionKind.Cast, method) { CanFail = !cast.IsSafe }.Known!;
                _casts.Add((made.Parameters[0].Kind, made.Result.Kind), (made, cast.Context));
                break;
        }
    }
}
