using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Compiles expressions over rows into methods. They are freed with the delegates that are made of them.</summary>
internal static class RowCompiler
{
    /// <summary>A filter and a projection as one loop: <see cref="RowLoop{TIn, TOut}"/>.</summary>
    /// <param name="input">What comes in.</param>
    /// <param name="output">What goes out: a row, or a change of one.</param>
    /// <param name="filter">Which rows are kept; null: all are.</param>
    /// <param name="columns">What each column of the output is.</param>
    /// <param name="context">What now() reads.</param>
    public static Delegate Loop(
        RowCarrier input, RowCarrier output, BoundExpression? filter, IReadOnlyList<BoundExpression> columns, RowContext context)
    {
        Type rows = typeof(ReadOnlySpan<>).MakeGenericType(input.Type), made = typeof(Span<>).MakeGenericType(output.Type);
        DynamicMethod method = Method("loop", typeof(void),
            [typeof(object[]), rows, made, typeof(Span<int>), typeof(int).MakeByRefType(), typeof(int).MakeByRefType()]);
        ILGenerator il = method.GetILGenerator();
        var pool = new ConstantPool(context);
        pool.Load(il, filter is null ? columns : columns.Prepend(filter));

        LocalBuilder firstIn = il.DeclareLocal(input.Type.MakeByRefType()), firstOut = il.DeclareLocal(output.Type.MakeByRefType());
        LocalBuilder firstKept = il.DeclareLocal(typeof(int).MakeByRefType());
        LocalBuilder current = il.DeclareLocal(input.Type.MakeByRefType()), target = il.DeclareLocal(output.Type.MakeByRefType());
        LocalBuilder at = il.DeclareLocal(typeof(int)), to = il.DeclareLocal(typeof(int)), length = il.DeclareLocal(typeof(int));
        Reference(il, 1, typeof(ReadOnlySpan<>), input.Type, firstIn);
        Reference(il, 2, typeof(Span<>), output.Type, firstOut);
        Reference(il, 3, typeof(Span<>), typeof(int), firstKept);
        il.Emit(OpCodes.Ldarga_S, (byte)1);
        il.Emit(OpCodes.Call, rows.GetProperty("Length")!.GetMethod!);
        il.Emit(OpCodes.Stloc, length);
        LoadIndirect(il, 4, at);
        LoadIndirect(il, 5, to);

        var code = new ExpressionCode(il, [.. input.Rows.Select(row => Carried(row, current))], pool);
        bool isSelectedFirst = filter is not null && !filter.All().Any(static one => one.CanFail || one is NowExpression);
        LocalBuilder end = isSelectedFirst ? Select(il, code, filter!, input, (firstIn, firstKept), (at, to, length, current)) : length;

        Label test = il.DefineLabel(), body = il.DefineLabel(), next = il.DefineLabel(), keep = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        if (isSelectedFirst)
        {
            Offset(il, firstKept, to, typeof(int));
            il.Emit(OpCodes.Ldind_I4);
            il.Emit(OpCodes.Stloc, at);
        }

        il.Emit(OpCodes.Ldarg_S, (byte)4);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Stind_I4);
        Offset(il, firstIn, at, input.Type);
        il.Emit(OpCodes.Stloc, current);
        if (filter is not null && !isSelectedFirst)
            code.Branch(filter, keep, next, next);
        il.MarkLabel(keep);
        Offset(il, firstOut, to, output.Type);
        il.Emit(OpCodes.Stloc, target);
        InputRow written = Carried(output.Rows[0], target);
        if (written.Layout.Maker is { } maker)
        {
            LocalBuilder whole = maker.Make(il, [.. maker.Parts.Select((part, column) => code.Part(columns[column], part))]);
            written.Address(il);
            il.Emit(OpCodes.Ldloc, whole);
            il.Emit(OpCodes.Stobj, whole.LocalType);
        }
        else
        {
            for (int column = 0; column < columns.Count; column++)
                code.Store(columns[column], written.Layout.Fields[column], written.Address);
        }

        Weight(il, input, current, output, target);
        if (!isSelectedFirst)
        {
            Offset(il, firstKept, to, typeof(int));
            il.Emit(OpCodes.Ldloc, at);
            il.Emit(OpCodes.Stind_I4);
        }

        Increment(il, to);
        il.Emit(OpCodes.Ldarg_S, (byte)5);
        il.Emit(OpCodes.Ldloc, to);
        il.Emit(OpCodes.Stind_I4);
        il.MarkLabel(next);
        Increment(il, at);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, isSelectedFirst ? to : at);
        il.Emit(OpCodes.Ldloc, end);
        il.Emit(OpCodes.Blt, body);
        il.Emit(OpCodes.Ret);
        Delegate loop = method.CreateDelegate(typeof(RowLoop<,>).MakeGenericType(input.Type, output.Type), pool.ToArray());
        return RowGuard.Of(nameof(RowGuard.Loop), loop, filter is null ? columns : columns.Prepend(filter), context, output.Rows[0].Layout);
    }

    /// <summary>Lists the rows that are kept, before any is made: without a branch on the data, which no processor foresees. What cannot
    /// fail may be computed ahead.</summary>
    /// <returns>Where the list ends; it begins where the output stands.</returns>
    private static LocalBuilder Select(
        ILGenerator il, ExpressionCode code, BoundExpression filter, RowCarrier input, (LocalBuilder In, LocalBuilder Kept) first,
        (LocalBuilder At, LocalBuilder To, LocalBuilder Length, LocalBuilder Current) place)
    {
        LocalBuilder found = il.DeclareLocal(typeof(int));
        Label test = il.DefineLabel(), body = il.DefineLabel(), next = il.DefineLabel();
        il.Emit(OpCodes.Ldloc, place.To);
        il.Emit(OpCodes.Stloc, found);
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        Offset(il, first.In, place.At, input.Type);
        il.Emit(OpCodes.Stloc, place.Current);
        Offset(il, first.Kept, found, typeof(int));
        il.Emit(OpCodes.Ldloc, place.At);
        il.Emit(OpCodes.Stind_I4);
        code.Value(filter, next);
        il.Emit(OpCodes.Ldloc, found);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, found);
        il.MarkLabel(next);
        Increment(il, place.At);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, place.At);
        il.Emit(OpCodes.Ldloc, place.Length);
        il.Emit(OpCodes.Blt, body);
        return found;
    }

    /// <summary>A row made of each row: <see cref="RowFunction{TIn, TOut}"/>.</summary>
    public static Delegate Row(RowLayout input, RowLayout output, IReadOnlyList<BoundExpression> columns, RowContext context) =>
        Row([input], output, columns, context, typeof(RowFunction<,>).MakeGenericType(input.Row, output.Row));

    /// <summary>A row made of the row in what moves: a function of what moves itself, as operators ask for keys.</summary>
    /// <param name="input">What moves, with one row in it.</param>
    /// <param name="output">The row that is made.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="context">What now() reads.</param>
    public static Delegate Key(RowCarrier input, RowLayout output, IReadOnlyList<BoundExpression> columns, RowContext context)
    {
        CarriedRow row = input.Rows[0];
        var carried = new InputRow(row.Layout, il =>
        {
            il.Emit(OpCodes.Ldarga_S, (byte)1);
            row.Follow(il);
        });
        Type type = typeof(Func<,>).MakeGenericType(input.Type, output.Row);
        return RowGuard.Of(nameof(RowGuard.Key), Row([carried], [input.Type], output, columns, context, type), columns, context);
    }

    /// <summary>A row made of two rows: <see cref="PairFunction{TLeft, TRight, TOut}"/>.</summary>
    public static Delegate Pair(
        RowLayout left, RowLayout right, RowLayout output, IReadOnlyList<BoundExpression> columns, RowContext context) =>
        Row([left, right], output, columns, context, typeof(PairFunction<,,>).MakeGenericType(left.Row, right.Row, output.Row));

    /// <summary>Whether a condition is true for a row: <see cref="RowFunction{TIn, TOut}"/> of bool.</summary>
    public static Delegate Condition(RowLayout input, BoundExpression condition, RowContext context) =>
        Condition([input], condition, context, typeof(RowFunction<,>).MakeGenericType(input.Row, typeof(bool)));

    /// <summary>Whether a condition is true for two rows: <see cref="PairFunction{TLeft, TRight, TOut}"/> of bool.</summary>
    public static Delegate PairCondition(RowLayout left, RowLayout right, BoundExpression condition, RowContext context) =>
        Condition([left, right], condition, context, typeof(PairFunction<,,>).MakeGenericType(left.Row, right.Row, typeof(bool)));

    /// <summary>A value made of each row: <see cref="RowFunction{TIn, TOut}"/> of the field type of a column of its type.</summary>
    /// <param name="input">The row.</param>
    /// <param name="value">The value.</param>
    /// <param name="context">What now() reads.</param>
    /// <param name="isNullable">The result is of a type that can be null, also where the value never is.</param>
    public static Delegate Value(RowLayout input, BoundExpression value, RowContext context, bool isNullable = false) =>
        Value([input], value, context, isNullable, static (types, result) => typeof(RowFunction<,>).MakeGenericType(types[0], result));

    /// <summary>A value made of two rows: <see cref="PairFunction{TLeft, TRight, TOut}"/> of the field type of a column of its
    /// type.</summary>
    public static Delegate PairValue(
        RowLayout left, RowLayout right, BoundExpression value, RowContext context, bool isNullable = false) =>
        Value([left, right], value, context, isNullable,
            static (types, result) => typeof(PairFunction<,,>).MakeGenericType(types[0], types[1], result));

    private static Delegate Value(
        RowLayout[] inputs, BoundExpression value, RowContext context, bool isNullable, Func<Type[], Type, Type> type)
    {
        Type result = RowLayout.FieldType(new RowColumn("", value.Type, isNullable || value.IsNullable));
        DynamicMethod method =
            Method("value", result, [typeof(object[]), .. inputs.Select(static one => one.Row.MakeByRefType())]);
        ILGenerator il = method.GetILGenerator();
        var pool = new ConstantPool(context);
        pool.Load(il, [value]);
        var code = new ExpressionCode(il, Arguments(inputs), pool);
        Label onNull = il.DefineLabel();
        code.Value(value, onNull);
        if (Nullable.GetUnderlyingType(result) is { } bare)
            il.Emit(OpCodes.Newobj, result.GetConstructor([bare])!);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(onNull);
        LocalBuilder none = il.DeclareLocal(result);
        il.Emit(OpCodes.Ldloca, none);
        il.Emit(OpCodes.Initobj, result);
        il.Emit(OpCodes.Ldloc, none);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate(type([.. inputs.Select(static one => one.Row)], result), pool.ToArray());
    }

    private static Delegate Row(
        RowLayout[] inputs, RowLayout output, IReadOnlyList<BoundExpression> columns, RowContext context, Type type) =>
        Guarded(inputs, Row(Arguments(inputs), References(inputs), output, columns, context, type), columns, context);

    /// <summary>A row made of any rows.</summary>
    /// <param name="inputs">How each input of the expressions is found.</param>
    /// <param name="parameters">Of the method.</param>
    /// <param name="output">The row.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="context">What now() reads.</param>
    /// <param name="type">The delegate.</param>
    public static Delegate Row(
        InputRow[] inputs, Type[] parameters, RowLayout output, IReadOnlyList<BoundExpression> columns, RowContext context, Type type)
    {
        DynamicMethod method = Method("row", output.Row, [typeof(object[]), .. parameters]);
        ILGenerator il = method.GetILGenerator();
        var pool = new ConstantPool(context);
        pool.Load(il, columns);
        var code = new ExpressionCode(il, inputs, pool);
        LocalBuilder made = output.Maker is { } maker
            ? maker.Make(il, [.. maker.Parts.Select((part, column) => code.Part(columns[column], part))]) : il.DeclareLocal(output.Row);
        for (int column = 0; output.Maker is null && column < columns.Count; column++)
            code.Store(columns[column], output.Fields[column], to => to.Emit(OpCodes.Ldloca, made));
        il.Emit(OpCodes.Ldloc, made);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate(type, pool.ToArray());
    }

    private static Type[] References(RowLayout[] inputs) => [.. inputs.Select(static one => one.Row.MakeByRefType())];

    private static Delegate Guarded(
        RowLayout[] inputs, Delegate function, IEnumerable<BoundExpression> expressions, RowContext context) =>
        RowGuard.Of(inputs.Length == 1 ? nameof(RowGuard.Row) : nameof(RowGuard.Pair), function, expressions, context);

    private static Delegate Condition(RowLayout[] inputs, BoundExpression condition, RowContext context, Type type) =>
        Guarded(inputs, Condition(Arguments(inputs), References(inputs), condition, context, type), [condition], context);

    /// <summary>Whether a condition is true for any rows.</summary>
    /// <param name="inputs">How each input of the condition is found.</param>
    /// <param name="parameters">Of the method.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="context">What now() reads.</param>
    /// <param name="type">The delegate.</param>
    public static Delegate Condition(
        InputRow[] inputs, Type[] parameters, BoundExpression condition, RowContext context, Type type)
    {
        DynamicMethod method = Method("condition", typeof(bool), [typeof(object[]), .. parameters]);
        ILGenerator il = method.GetILGenerator();
        var pool = new ConstantPool(context);
        pool.Load(il, [condition]);
        var code = new ExpressionCode(il, inputs, pool);
        Label yes = il.DefineLabel(), no = il.DefineLabel();
        code.Branch(condition, yes, no, no);
        il.MarkLabel(yes);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(no);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate(type, pool.ToArray());
    }

    private static InputRow[] Arguments(RowLayout[] inputs) =>
        [.. inputs.Select(static (layout, at) => new InputRow(layout, il => il.Emit(OpCodes.Ldarg, (short)(at + 1))))];

    /// <summary>A row inside of what moves, whose address stands in a local.</summary>
    private static InputRow Carried(CarriedRow row, LocalBuilder carrier) => new(row.Layout,
        il =>
        {
            il.Emit(OpCodes.Ldloc, carrier);
            row.Follow(il);
        },
        row.Has is not { } has ? null : il =>
        {
            il.Emit(OpCodes.Ldloc, carrier);
            foreach (FieldInfo field in has.Take(has.Count - 1))
                il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Ldfld, has[^1]);
        });

    private static void Weight(ILGenerator il, RowCarrier input, LocalBuilder current, RowCarrier output, LocalBuilder target)
    {
        if (output.Weight is null)
            return;
        il.Emit(OpCodes.Ldloc, target);
        if (input.Weight is null)
        {
            il.Emit(OpCodes.Ldc_I4_1);
        }
        else
        {
            il.Emit(OpCodes.Ldloc, current);
            il.Emit(OpCodes.Ldfld, input.Weight);
        }

        il.Emit(OpCodes.Stfld, output.Weight);
    }

    /// <summary>It may use what is internal.</summary>
    private static DynamicMethod Method(string name, Type result, Type[] parameters) =>
        new($"sql-{name}", result, parameters, typeof(RowCompiler).Module, skipVisibility: true);

    private static void Reference(ILGenerator il, byte argument, Type span, Type row, LocalBuilder into)
    {
        MethodInfo reference = typeof(MemoryMarshal).GetMethods().Single(one => one.Name == "GetReference" &&
            one.GetParameters()[0].ParameterType.GetGenericTypeDefinition() == span);
        il.Emit(OpCodes.Ldarg_S, argument);
        il.Emit(OpCodes.Call, reference.MakeGenericMethod(row));
        il.Emit(OpCodes.Stloc, into);
    }

    private static void LoadIndirect(ILGenerator il, byte argument, LocalBuilder into)
    {
        il.Emit(OpCodes.Ldarg_S, argument);
        il.Emit(OpCodes.Ldind_I4);
        il.Emit(OpCodes.Stloc, into);
    }

    private static void Offset(ILGenerator il, LocalBuilder first, LocalBuilder index, Type row)
    {
        il.Emit(OpCodes.Ldloc, first);
        il.Emit(OpCodes.Ldloc, index);
        MethodInfo add = typeof(Unsafe).GetMethods().Single(static one => one is { Name: "Add", IsGenericMethod: true } &&
            one.GetParameters() is [{ ParameterType.IsByRef: true }, { ParameterType: var offset }] && offset == typeof(int));
        il.Emit(OpCodes.Call, add.MakeGenericMethod(row));
    }

    private static void Increment(ILGenerator il, LocalBuilder local)
    {
        il.Emit(OpCodes.Ldloc, local);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, local);
    }
}
