using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>The functions of SQL that give rows.</summary>
internal static class RowsCatalogue
{
    private const string Unnest = "unnest";

    private static readonly ILookup<string, RowsFunction> s_known = typeof(RowsFunctions)
        .GetMethods(BindingFlags.Static | BindingFlags.Public)
        .SelectMany(static method => method.GetCustomAttributes<SqlFunctionAttribute>().Select(one => Of(one.Name, method)))
        .ToLookup(static one => one.Function.Name);

    /// <summary>The names of those that give rows, and of windows: to find the nearest one.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. s_known.Select(static one => one.Key), Unnest, "tumble", "hop", "cumulate", "session"];

    /// <summary>The function for arguments of such types; null: there is none.</summary>
    public static RowsFunction? Find(string name, IReadOnlyList<SqlType> types)
    {
        if (name == Unnest)
        {
            return types is not [{ Kind: SqlKind.Array, Element: { } element }] ? null
                : Of(Unnest, typeof(RowsFunctions).GetMethod(element.Clr.IsValueType ? nameof(RowsFunctions.ItemsOfValues)
                    : nameof(RowsFunctions.ItemsOfObjects))!.MakeGenericMethod(element.Clr));
        }

        return RowsFunction.Find([.. s_known[name]], types);
    }

    private static RowsFunction Of(string name, MethodInfo method)
    {
        Type item = method.ReturnType.GetGenericArguments()[0], bare = Nullable.GetUnderlyingType(item) ?? item;
        bool mayBeNull = bare != item || method.IsDefined(typeof(MayGiveNullAttribute));
        var column = new RowColumn(name, SqlType.Of(bare)!, mayBeNull);
        var items = new RowLayout(item, [column], [])
        {
            Reads = [new MemberRead(item, item.IsValueType ? il => il.Emit(OpCodes.Ldobj, item) : static _ => { }, null)],
        };
        return new RowsFunction(new Function(name, FunctionKind.Function,
            [.. method.GetParameters().Select(static one => SqlType.Of(one.ParameterType)!)],
            SqlType.Of(method.ReturnType, SqlKind.Record), method), items);
    }
}
