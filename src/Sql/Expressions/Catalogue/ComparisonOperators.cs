using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>The six comparisons of every type that has an order, also of numbers of different length.</summary>
internal static class ComparisonOperators
{
    public static readonly string[] Names = ["=", "<>", "<", "<=", ">", ">="];

    private static readonly string[] s_methods = ["Equal", "NotEqual", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"];

    private static readonly SqlType[] s_ordered =
    [
        SqlType.Boolean, SqlType.SmallInt, SqlType.Integer, SqlType.BigInt, SqlType.Real, SqlType.Double, SqlType.Numeric, SqlType.Text,
        SqlType.Date, SqlType.Time, SqlType.Timestamp, SqlType.TimestampTz, SqlType.Interval, SqlType.Bytea,
    ];

    private static readonly SqlType[][] s_mixed = [[SqlType.SmallInt, SqlType.Integer, SqlType.BigInt], [SqlType.Real, SqlType.Double]];

    public static IEnumerable<Function> All()
    {
        foreach (string name in Names)
        {
            foreach (SqlType type in s_ordered)
                yield return Make(name, type, type, type);
            foreach (SqlType[] group in s_mixed)
            {
                foreach (SqlType left in group)
                {
                    foreach (SqlType right in group.Where(right => right != left))
                        yield return Make(name, left, right, left.Kind > right.Kind ? left : right);
                }
            }

            if (name is "=" or "<>")
                yield return Make(name, SqlType.Jsonb, SqlType.Jsonb, SqlType.Jsonb);
        }
    }

    /// <summary>A comparison of two values of one type; null if the type has no such.</summary>
    public static Function? Of(string name, SqlType type)
    {
        type = type.Kind is SqlKind.Varchar or SqlKind.Unknown ? SqlType.Text : type.Plain;
        if (type.Kind == SqlKind.Array)
            return Of(name, type.Element!) is null ? null : Make(name, type, type, type);
        return FunctionCatalogue.Shared.Operators(name).Select(static one => one.Known)
            .FirstOrDefault(one => one is { Parameters.Length: 2 } && one.Parameters[0] == type && one.Parameters[1] == type);
    }

    private static Function Make(string name, SqlType left, SqlType right, SqlType common)
    {
        MethodInfo open = typeof(Comparisons).GetMethod(s_methods[Array.IndexOf(Names, name)])!;
        return new Function(name, FunctionKind.Operator, [left, right], SqlType.Boolean, open.MakeGenericMethod(common.Clr))
        {
            CanFail = false,
            Instructions = common.Kind is SqlKind.Boolean or SqlKind.SmallInt or SqlKind.Integer or SqlKind.BigInt ? Whole(name)
                : [],
        };
    }

    private static System.Collections.Immutable.ImmutableArray<OpCode> Whole(string name) => name switch
    {
        "=" => [OpCodes.Ceq],
        "<>" => [OpCodes.Ceq, OpCodes.Ldc_I4_0, OpCodes.Ceq],
        "<" => [OpCodes.Clt],
        ">" => [OpCodes.Cgt],
        "<=" => [OpCodes.Cgt, OpCodes.Ldc_I4_0, OpCodes.Ceq],
        _ => [OpCodes.Clt, OpCodes.Ldc_I4_0, OpCodes.Ceq],
    };
}
