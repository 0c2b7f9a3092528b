using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>Arithmetic of two whole numbers, or of two floating ones, of different length: done in the longer one.</summary>
internal static class WideningOperators
{
    private static readonly SqlType[] s_whole = [SqlType.SmallInt, SqlType.Integer, SqlType.BigInt];
    private static readonly SqlType[] s_floating = [SqlType.Real, SqlType.Double];

    private static readonly Dictionary<string, (string Method, OpCode Code)> s_operators = new()
    {
        ["+"] = ("Add", OpCodes.Add_Ovf),
        ["-"] = ("Subtract", OpCodes.Sub_Ovf),
        ["*"] = ("Multiply", OpCodes.Mul_Ovf),
        ["/"] = ("Divide", OpCodes.Nop),
    };

    public static IEnumerable<Function> All() =>
        Of(s_whole, typeof(WholeNumbers)).Concat(Of(s_floating, typeof(FloatingNumbers)));

    private static IEnumerable<Function> Of(SqlType[] types, Type home) =>
        from name in s_operators.Keys
        from left in types
        from right in types
        select Make(name, left, right, left.Kind > right.Kind ? left : right, home);

    private static Function Make(string name, SqlType left, SqlType right, SqlType result, Type home)
    {
        (string method, OpCode code) = s_operators[name];
        MethodInfo known = home.GetMethod(method, [result.Clr, result.Clr])
            ?? throw new InvalidOperationException($"{home.Name} has no {method} of {result}.");
        bool isPlain = home == typeof(WholeNumbers) && result.Kind != SqlKind.SmallInt && code != OpCodes.Nop;
        return new Function(name, FunctionKind.Operator, [left, right], result, known) { Instructions = isPlain ? [code] : [] };
    }
}
