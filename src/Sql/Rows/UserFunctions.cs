using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>Functions of C# as functions of SQL: each becomes a static method by the types of SQL, which calls it.</summary>
internal static class UserFunctions
{
    private const string Held = "Held";
    private static int s_made;

    /// <param name="name">In lower case.</param>
    /// <param name="function">What is called.</param>
    /// <exception cref="PipelineException">SQL has no type for a parameter, or for the result.</exception>
    public static Function Of(string name, Delegate function)
    {
        Type returned = Invoke(function).ReturnType;
        (SqlType result, MethodInfo? convert) = TypeOf(returned, name, "its result");
        Type given = Nullable.GetUnderlyingType(returned) is null ? result.Clr : returned;
        return Made(name, function, result, given, convert) with { MayBeNull = !returned.IsValueType || given != result.Clr };
    }

    /// <summary>A function that gives rows.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="function">Gives an <see cref="IEnumerable{T}"/>.</param>
    /// <exception cref="PipelineException">SQL has no type for a parameter, or the result is no sequence of rows.</exception>
    public static RowsFunction RowsOf(string name, Delegate function)
    {
        Type returned = Invoke(function).ReturnType;
        Type? sequence = returned == typeof(string) ? null
            : returned.GetInterfaces().Prepend(returned).FirstOrDefault(static one =>
                one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>));
        if (sequence is null)
        {
            throw new PipelineException($"Function '{name}' gives {returned.Name}, which is no sequence of rows. Give an IEnumerable of " +
                $"values or records; a function that gives one value is added by {nameof(SqlFunctions)}.{nameof(SqlFunctions.Add)}.");
        }

        Function made = Made(name, function, SqlType.Of(sequence, SqlKind.Record), sequence, null) with { MayBeNull = true };
        return new RowsFunction(made, MemberColumns.Of(sequence.GetGenericArguments()[0], $"rows of function '{name}'"));
    }

    private static MethodInfo Invoke(Delegate function) => function.GetType().GetMethod("Invoke")!;

    /// <param name="name">In lower case.</param>
    /// <param name="function">What is called.</param>
    /// <param name="result">What it gives, for SQL.</param>
    /// <param name="given">What the method gives.</param>
    /// <param name="convert">What makes that of what the function gives; null: nothing needs to.</param>
    private static Function Made(string name, Delegate function, SqlType result, Type given, MethodInfo? convert)
    {
        MethodInfo invoke = Invoke(function);
        Type[] parameters = [.. invoke.GetParameters().Select(static one => one.ParameterType)];
        SqlType[] taken = [.. parameters.Select((type, at) => TypeOf(type, name, $"parameter {at + 1}").Type)];
        string assembly = string.Create(CultureInfo.InvariantCulture, $"ActorStreams.Sql.Function{Interlocked.Increment(ref s_made)}");
        TypeBuilder type = OpenModule.Define(assembly, [given, function.GetType()]).DefineType("Function", TypeAttributes.Public
            | TypeAttributes.Abstract | TypeAttributes.Sealed, typeof(object));
        FieldBuilder field = type.DefineField(Held, typeof(Delegate), FieldAttributes.Public | FieldAttributes.Static);
        MethodBuilder method = type.DefineMethod("Call", MethodAttributes.Public | MethodAttributes.Static, given,
            [.. taken.Select(static one => one.Clr)]);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldsfld, field);
        il.Emit(OpCodes.Castclass, function.GetType());
        for (int at = 0; at < parameters.Length; at++)
        {
            il.Emit(OpCodes.Ldarg, (short)at);
            ClrTypes.Out(taken[at], parameters[at], out MethodInfo? makes);
            if (makes is not null)
                il.Emit(OpCodes.Call, makes);
        }

        il.Emit(OpCodes.Callvirt, invoke);
        if (convert is not null)
            il.Emit(OpCodes.Call, convert);
        il.Emit(OpCodes.Ret);
        Type made = type.CreateType();
        made.GetField(Held)!.SetValue(null, function);
        return new Function(name, FunctionKind.Function, [.. taken.Select(static one => one.Plain)], result, made.GetMethod("Call")!)
        {
            Volatility = Volatility.Volatile,
        };
    }

    private static (SqlType Type, MethodInfo? Convert) TypeOf(Type type, string name, string what)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        bool isResult = what == "its result";
        if (ClrTypes.In(bare) is { } known && (bare == type || (isResult && known.Convert is null))
            && (isResult || ClrTypes.Out(known.Type, type, out _)))
            return known;
        throw new PipelineException(
            $"Function '{name}': SQL has no type for {what}, {type.Name}. Take and give numbers, texts, truth values, dates and times; " +
            "NULL as an argument gives NULL without a call, so parameters are not nullable.");
    }
}
