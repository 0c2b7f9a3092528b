using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Writes the instructions of calls: arguments as the method takes them, and what it gives as an expression does.</summary>
/// <param name="il">Of the method.</param>
/// <param name="code">Writes the arguments.</param>
internal sealed class CallCode(ILGenerator il, ExpressionCode code)
{
    /// <summary>A function that is NULL where an argument is.</summary>
    public void Strict(CallExpression call, Label onNull)
    {
        IReadOnlyList<BoundExpression> arguments = call.Children;
        bool mayJump = arguments.Any(static one => one.IsNullable) || arguments.Skip(1).Any(static one => !IsStraight(one));
        if (!mayJump || (arguments.Count == 1 && !call.Function.IsVariadic))
        {
            Type[] types = ParameterTypes(call.Function, arguments.Count);
            if (call.Function.IsVariadic)
            {
                Variadic(call, [.. arguments.Select(argument => code.Spilled(argument, onNull))]);
            }
            else
            {
                for (int at = 0; at < arguments.Count; at++)
                {
                    code.Value(arguments[at], onNull);
                    Widen(arguments[at].Type.Clr, types[at]);
                }
            }
        }
        else
        {
            LocalBuilder[] values = Arguments(arguments, onNull);
            if (call.Function.IsVariadic)
                Variadic(call, values);
            else
                LoadAll(call.Function, values);
        }

        Invoke(call, onNull);
    }

    /// <summary>Whether its code has no jumps: then what is on the stack may stay there.</summary>
    private static bool IsStraight(BoundExpression expression) => !expression.IsNullable && expression switch
    {
        ConstantExpression or ColumnExpression or LocalExpression or NowExpression => true,
        RetypedExpression or CallExpression { Function: { IsStrict: true, IsVariadic: false } } => expression.Children.All(IsStraight),
        _ => false,
    };

    /// <summary>All arguments are computed, whether or not one is null: one that fails does so in any case.</summary>
    private LocalBuilder[] Arguments(IReadOnlyList<BoundExpression> arguments, Label onNull)
    {
        LocalBuilder[] values = [.. arguments.Select(one => il.DeclareLocal(one.Type.Clr))];
        int last = arguments.Count - 1;
        while (last >= 0 && !arguments[last].All().Any(static one => one.CanFail))
            last--;
        NullFlag? isNull = null;
        for (int at = 0; at < arguments.Count; at++)
        {
            if (at >= last || !arguments[at].IsNullable)
            {
                code.Value(arguments[at], onNull);
                il.Emit(OpCodes.Stloc, values[at]);
                continue;
            }

            isNull ??= new NullFlag(il);
            Label none = il.DefineLabel(), next = il.DefineLabel();
            code.Value(arguments[at], none);
            il.Emit(OpCodes.Stloc, values[at]);
            il.Emit(OpCodes.Br, next);
            il.MarkLabel(none);
            isNull.Set();
            il.MarkLabel(next);
        }

        isNull?.BranchIfSet(onNull);
        return values;
    }

    /// <summary>A function that takes NULL.</summary>
    public void WithNulls(CallExpression call, Label onNull)
    {
        Type[] types = ParameterTypes(call.Function, call.Children.Count);
        LocalBuilder[] values = [.. call.Children.Select((argument, at) => Wrapped(argument, types[at]))];
        if (call.Function.IsVariadic)
        {
            Variadic(call, values);
        }
        else
        {
            foreach (LocalBuilder value in values)
                il.Emit(OpCodes.Ldloc, value);
        }

        Invoke(call, onNull);
    }

    /// <summary>An argument that may be null, as the method takes it.</summary>
    private LocalBuilder Wrapped(BoundExpression argument, Type type)
    {
        LocalBuilder local = il.DeclareLocal(type);
        Label none = il.DefineLabel(), end = il.DefineLabel();
        code.Value(argument, none);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Nullable<>))
        {
            il.Emit(OpCodes.Newobj, type.GetConstructor([argument.Type.Clr])!);
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Maybe<>))
        {
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Newobj, type.GetConstructor([argument.Type.Clr, typeof(bool)])!);
        }

        il.Emit(OpCodes.Stloc, local);
        il.Emit(OpCodes.Br, end);
        il.MarkLabel(none);
        il.Emit(OpCodes.Ldloca, local);
        il.Emit(OpCodes.Initobj, type);
        il.MarkLabel(end);
        return local;
    }

    private void Variadic(CallExpression call, LocalBuilder[] values)
    {
        ParameterInfo[] parameters = call.Function.Method.GetParameters();
        int fixedCount = parameters.Length - 1;
        Type element = parameters[^1].ParameterType.GetElementType()!;
        for (int at = 0; at < fixedCount; at++)
            il.Emit(OpCodes.Ldloc, values[at]);
        il.Emit(OpCodes.Ldc_I4, values.Length - fixedCount);
        il.Emit(OpCodes.Newarr, element);
        for (int at = fixedCount; at < values.Length; at++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldc_I4, at - fixedCount);
            il.Emit(OpCodes.Ldloc, values[at]);
            il.Emit(OpCodes.Stelem, element);
        }
    }

    private void LoadAll(Function function, LocalBuilder[] values)
    {
        Type[] types = ParameterTypes(function, values.Length);
        for (int at = 0; at < values.Length; at++)
        {
            il.Emit(OpCodes.Ldloc, values[at]);
            Widen(values[at].LocalType, types[at]);
        }
    }

    private static Type[] ParameterTypes(Function function, int count)
    {
        ParameterInfo[] parameters = function.Method.GetParameters();
        var types = new Type[count];
        for (int at = 0; at < count; at++)
        {
            Type type = parameters[Math.Min(at, parameters.Length - 1)].ParameterType;
            types[at] = function.IsVariadic && at >= parameters.Length - 1 ? type.GetElementType()! : type;
        }

        return types;
    }

    private void Widen(Type from, Type to)
    {
        if (from == to)
            return;
        if (to == typeof(long))
            il.Emit(OpCodes.Conv_I8);
        else if (to == typeof(double))
            il.Emit(OpCodes.Conv_R8);
    }

    /// <summary>Calls with the arguments on the stack, and unwraps what may be null.</summary>
    private void Invoke(CallExpression call, Label onNull)
    {
        Function function = call.Function;
        if (!function.Instructions.IsDefaultOrEmpty)
        {
            foreach (OpCode instruction in function.Instructions)
                il.Emit(instruction);
            return;
        }

        il.Emit(OpCodes.Call, function.Method);
        Unwrap(function, onNull);
    }

    /// <summary>What is never null must not jump: the stack may hold arguments before it.</summary>
    private void Unwrap(Function function, Label onNull)
    {
        Type type = function.Method.ReturnType;
        if (!type.IsValueType)
        {
            if (function.MayBeNull)
                code.Require(onNull);
            return;
        }

        bool isNullable = Nullable.GetUnderlyingType(type) is not null;
        if (!isNullable && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Maybe<>)))
            return;
        LocalBuilder result = il.DeclareLocal(type);
        il.Emit(OpCodes.Stloc, result);
        il.Emit(OpCodes.Ldloca, result);
        il.Emit(OpCodes.Call, type.GetProperty("HasValue")!.GetMethod!);
        il.Emit(OpCodes.Brfalse, onNull);
        il.Emit(OpCodes.Ldloca, result);
        il.Emit(OpCodes.Call, isNullable ? type.GetMethod("GetValueOrDefault", Type.EmptyTypes)! : type.GetProperty("Value")!.GetMethod!);
    }
}
