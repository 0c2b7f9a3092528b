using System.Reflection;
using System.Reflection.Emit;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Writes the instructions of expressions. A value that is not null is left on the stack by its own type; NULL is a jump, never a
/// value: nothing is boxed, and what cannot be null costs nothing.</summary>
/// <remarks>
/// At every label that is jumped to for NULL the stack is as it was before the expression. So an argument whose follower may be null is
/// kept in a local, not on the stack.
/// </remarks>
/// <param name="il">Of the method.</param>
/// <param name="rows">The row of each input.</param>
/// <param name="pool">The constants; loaded before.</param>
internal sealed class ExpressionCode(ILGenerator il, IReadOnlyList<InputRow> rows, ConstantPool pool)
{
    /// <summary>Leaves the value on the stack, or jumps.</summary>
    public void Value(BoundExpression expression, Label onNull)
    {
        switch (expression)
        {
            case ConstantExpression constant:
                Constant(constant, onNull);
                break;
            case ColumnExpression column:
                Column(column, onNull);
                break;
            case LocalExpression local:
                il.Emit(OpCodes.Ldloc, local.Local);
                break;
            case RetypedExpression retyped:
                Value(retyped.Children[0], onNull);
                break;
            case CallExpression { Function.IsStrict: true } call:
                StrictCall(call, onNull);
                break;
            case CallExpression call:
                CallWithNulls(call, onNull);
                break;
            case CaseExpression branches:
                Case(branches, onNull);
                break;
            case CoalesceExpression coalesce:
                Coalesce(coalesce, onNull);
                break;
            case NullIfExpression nullIf:
                NullIf(nullIf, onNull);
                break;
            case ExtremeExpression extreme:
                Extreme(extreme, onNull);
                break;
            case ArrayExpression array:
                Array(array);
                break;
            case NowExpression:
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Ldelem_Ref);
                il.Emit(OpCodes.Castclass, typeof(RowContext));
                il.Emit(OpCodes.Callvirt, typeof(RowContext).GetProperty(nameof(RowContext.Now))!.GetMethod!);
                break;
            default:
                Truth(expression, onNull);
                break;
        }
    }

    /// <summary>Jumps by the truth of a condition.</summary>
    public void Branch(BoundExpression condition, Label ifTrue, Label ifFalse, Label ifNull)
    {
        switch (condition)
        {
            case LogicExpression logic:
                Logic(logic, ifTrue, ifFalse, ifNull);
                break;
            case NotExpression not:
                Branch(not.Children[0], ifFalse, ifTrue, ifNull);
                break;
            case IsNullExpression test:
                IsNull(test, test.IsNegated ? ifFalse : ifTrue, test.IsNegated ? ifTrue : ifFalse);
                break;
            case IsBooleanExpression test:
                (Label yes, Label no) = test.IsNegated ? (ifFalse, ifTrue) : (ifTrue, ifFalse);
                Branch(test.Children[0], test.Value ? yes : no, test.Value ? no : yes, no);
                break;
            case DistinctExpression distinct:
                Distinct(distinct, distinct.IsNegated ? ifFalse : ifTrue, distinct.IsNegated ? ifTrue : ifFalse);
                break;
            case InExpression list:
                In(list, list.IsNegated ? ifFalse : ifTrue, list.IsNegated ? ifTrue : ifFalse, ifNull);
                break;
            case QuantifiedArrayExpression quantified:
                Quantified(quantified, ifTrue, ifFalse, ifNull);
                break;
            case RetypedExpression retyped:
                Branch(retyped.Children[0], ifTrue, ifFalse, ifNull);
                break;
            default:
                Value(condition, ifNull);
                il.Emit(OpCodes.Brtrue, ifTrue);
                il.Emit(OpCodes.Br, ifFalse);
                break;
        }
    }

    /// <summary>Puts a value, or NULL, into a field of the row whose address <paramref name="address"/> loads.</summary>
    public void Store(BoundExpression expression, FieldInfo field, Action<ILGenerator> address)
    {
        Label onNull = il.DefineLabel(), end = il.DefineLabel();
        LocalBuilder value = il.DeclareLocal(expression.Type.Clr);
        Value(expression, onNull);
        il.Emit(OpCodes.Stloc, value);
        address(il);
        il.Emit(OpCodes.Ldloc, value);
        if (Nullable.GetUnderlyingType(field.FieldType) is not null)
            il.Emit(OpCodes.Newobj, field.FieldType.GetConstructor([expression.Type.Clr])!);
        il.Emit(OpCodes.Stfld, field);
        il.Emit(OpCodes.Br, end);
        il.MarkLabel(onNull);
        address(il);
        if (field.FieldType.IsValueType)
        {
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Initobj, field.FieldType);
        }
        else
        {
            il.Emit(OpCodes.Ldnull);
            il.Emit(OpCodes.Stfld, field);
        }

        il.MarkLabel(end);
    }

    private void Constant(ConstantExpression constant, Label onNull)
    {
        switch (constant.Value)
        {
            case null:
                // What is never reached leaves a value, too: the stack is the same however the code is read.
                il.Emit(OpCodes.Br, onNull);
                il.Emit(OpCodes.Ldloc, il.DeclareLocal(constant.Type.Clr));
                break;
            case bool flag:
                il.Emit(flag ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
                break;
            case short number:
                il.Emit(OpCodes.Ldc_I4, (int)number);
                break;
            case int number:
                il.Emit(OpCodes.Ldc_I4, number);
                break;
            case long number:
                il.Emit(OpCodes.Ldc_I8, number);
                break;
            case float number:
                il.Emit(OpCodes.Ldc_R4, number);
                break;
            case double number:
                il.Emit(OpCodes.Ldc_R8, number);
                break;
            case string text:
                il.Emit(OpCodes.Ldstr, text);
                break;
            default:
                il.Emit(OpCodes.Ldloc, pool.LocalOf(constant));
                break;
        }
    }

    private void Column(ColumnExpression column, Label onNull)
    {
        (RowLayout layout, Action<ILGenerator> address, Action<ILGenerator>? has) = rows[column.Input];
        if (has is not null)
        {
            has(il);
            il.Emit(OpCodes.Brfalse, onNull);
        }

        FieldInfo field = layout.Fields[column.Ordinal];
        address(il);
        if (Nullable.GetUnderlyingType(field.FieldType) is not null)
        {
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Call, field.FieldType.GetProperty("HasValue")!.GetMethod!);
            il.Emit(OpCodes.Brfalse, onNull);
            address(il);
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Call, field.FieldType.GetMethod("GetValueOrDefault", Type.EmptyTypes)!);
            return;
        }

        il.Emit(OpCodes.Ldfld, field);
        if (layout.Columns[column.Ordinal].IsNullable)
            Require(onNull);
    }

    /// <summary>Of an object on the stack: jumps if it is null.</summary>
    private void Require(Label onNull)
    {
        Label has = il.DefineLabel();
        il.Emit(OpCodes.Dup);
        il.Emit(OpCodes.Brtrue, has);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Br, onNull);
        il.MarkLabel(has);
    }

    private void StrictCall(CallExpression call, Label onNull)
    {
        IReadOnlyList<BoundExpression> arguments = call.Children;
        bool mayJump = arguments.Any(static one => one.IsNullable) || arguments.Skip(1).Any(static one => !IsStraight(one));
        if (!mayJump || (arguments.Count == 1 && !call.Function.IsVariadic))
        {
            Type[] types = ParameterTypes(call.Function, arguments.Count);
            if (call.Function.IsVariadic)
            {
                Variadic(call, [.. arguments.Select(argument => Spilled(argument, onNull))]);
            }
            else
            {
                for (int at = 0; at < arguments.Count; at++)
                {
                    Value(arguments[at], onNull);
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
        LocalBuilder? isNull = null;
        for (int at = 0; at < arguments.Count; at++)
        {
            if (at >= last || !arguments[at].IsNullable)
            {
                Value(arguments[at], onNull);
                il.Emit(OpCodes.Stloc, values[at]);
                continue;
            }

            if (isNull is null)
            {
                isNull = il.DeclareLocal(typeof(bool));
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Stloc, isNull);
            }

            Label none = il.DefineLabel(), next = il.DefineLabel();
            Value(arguments[at], none);
            il.Emit(OpCodes.Stloc, values[at]);
            il.Emit(OpCodes.Br, next);
            il.MarkLabel(none);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Stloc, isNull);
            il.MarkLabel(next);
        }

        if (isNull is not null)
        {
            il.Emit(OpCodes.Ldloc, isNull);
            il.Emit(OpCodes.Brtrue, onNull);
        }

        return values;
    }

    private LocalBuilder Spilled(BoundExpression argument, Label onNull)
    {
        LocalBuilder value = il.DeclareLocal(argument.Type.Clr);
        Value(argument, onNull);
        il.Emit(OpCodes.Stloc, value);
        return value;
    }

    private void CallWithNulls(CallExpression call, Label onNull)
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
        Value(argument, none);
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
        Unwrap(function.Method.ReturnType, onNull);
    }

    private void Unwrap(Type type, Label onNull)
    {
        if (!type.IsValueType)
        {
            Require(onNull);
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

    private void Case(CaseExpression branches, Label onNull)
    {
        Label end = il.DefineLabel();
        foreach ((BoundExpression condition, BoundExpression result) in branches.Branches)
        {
            Label hit = il.DefineLabel(), next = il.DefineLabel();
            Branch(condition, hit, next, next);
            il.MarkLabel(hit);
            Value(result, onNull);
            il.Emit(OpCodes.Br, end);
            il.MarkLabel(next);
        }

        if (branches.Otherwise is { } otherwise)
            Value(otherwise, onNull);
        else
            il.Emit(OpCodes.Br, onNull);
        il.MarkLabel(end);
    }

    private void Coalesce(CoalesceExpression coalesce, Label onNull)
    {
        Label end = il.DefineLabel();
        for (int at = 0; at < coalesce.Children.Count - 1; at++)
        {
            Label next = il.DefineLabel();
            Value(coalesce.Children[at], next);
            il.Emit(OpCodes.Br, end);
            il.MarkLabel(next);
        }

        Value(coalesce.Children[^1], onNull);
        il.MarkLabel(end);
    }

    private void NullIf(NullIfExpression nullIf, Label onNull)
    {
        Label differ = il.DefineLabel(), none = il.DefineLabel(), has = il.DefineLabel();
        LocalBuilder value = Spilled(nullIf.Children[0], none);
        il.Emit(OpCodes.Br, has);
        il.MarkLabel(none);
        // What it is compared with is computed in any case: if it fails, it fails.
        if (nullIf.Children[2].All().Any(static one => one.CanFail))
        {
            Value(nullIf.Children[2], onNull);
            il.Emit(OpCodes.Pop);
        }

        il.Emit(OpCodes.Br, onNull);
        il.MarkLabel(has);
        Branch(new CallExpression(nullIf.Equal, [nullIf.Children[1], nullIf.Children[2]], SqlType.Boolean), onNull, differ, differ);
        il.MarkLabel(differ);
        il.Emit(OpCodes.Ldloc, value);
    }

    private void Extreme(ExtremeExpression extreme, Label onNull)
    {
        Type type = extreme.Type.Clr;
        LocalBuilder best = il.DeclareLocal(type), has = il.DeclareLocal(typeof(bool)), one = il.DeclareLocal(type);
        MethodInfo better = typeof(Comparisons).GetMethod(extreme.IsGreatest ? "Greater" : "Less")!.MakeGenericMethod(type);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, has);
        foreach (BoundExpression child in extreme.Children)
        {
            Label next = il.DefineLabel(), take = il.DefineLabel();
            Value(child, next);
            il.Emit(OpCodes.Stloc, one);
            il.Emit(OpCodes.Ldloc, has);
            il.Emit(OpCodes.Brfalse, take);
            il.Emit(OpCodes.Ldloc, one);
            il.Emit(OpCodes.Ldloc, best);
            il.Emit(OpCodes.Call, better);
            il.Emit(OpCodes.Brfalse, next);
            il.MarkLabel(take);
            il.Emit(OpCodes.Ldloc, one);
            il.Emit(OpCodes.Stloc, best);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Stloc, has);
            il.MarkLabel(next);
        }

        il.Emit(OpCodes.Ldloc, has);
        il.Emit(OpCodes.Brfalse, onNull);
        il.Emit(OpCodes.Ldloc, best);
    }

    private void Array(ArrayExpression array)
    {
        Type element = array.Type.Element!.Clr;
        LocalBuilder items = il.DeclareLocal(element.MakeArrayType()), nulls = il.DeclareLocal(typeof(bool[]));
        il.Emit(OpCodes.Ldc_I4, array.Children.Count);
        il.Emit(OpCodes.Newarr, element);
        il.Emit(OpCodes.Stloc, items);
        bool mayBeNull = array.Children.Any(static one => one.IsNullable);
        if (mayBeNull)
        {
            il.Emit(OpCodes.Ldc_I4, array.Children.Count);
            il.Emit(OpCodes.Newarr, typeof(bool));
        }
        else
        {
            il.Emit(OpCodes.Ldnull);
        }

        il.Emit(OpCodes.Stloc, nulls);
        for (int at = 0; at < array.Children.Count; at++)
        {
            Label none = il.DefineLabel(), next = il.DefineLabel();
            LocalBuilder item = il.DeclareLocal(element);
            Value(array.Children[at], none);
            il.Emit(OpCodes.Stloc, item);
            il.Emit(OpCodes.Ldloc, items);
            il.Emit(OpCodes.Ldc_I4, at);
            il.Emit(OpCodes.Ldloc, item);
            il.Emit(OpCodes.Stelem, element);
            il.Emit(OpCodes.Br, next);
            il.MarkLabel(none);
            if (mayBeNull)
            {
                il.Emit(OpCodes.Ldloc, nulls);
                il.Emit(OpCodes.Ldc_I4, at);
                il.Emit(OpCodes.Ldc_I4_1);
                il.Emit(OpCodes.Stelem_I1);
            }

            il.MarkLabel(next);
        }

        il.Emit(OpCodes.Ldloc, items);
        il.Emit(OpCodes.Ldloc, nulls);
        il.Emit(OpCodes.Newobj, array.Type.Clr.GetConstructors()[0]);
    }

    /// <summary>A condition as a value.</summary>
    private void Truth(BoundExpression condition, Label onNull)
    {
        if (condition is not (LogicExpression or NotExpression or IsNullExpression or IsBooleanExpression or DistinctExpression
            or InExpression
                or QuantifiedArrayExpression))
            throw new InvalidOperationException($"'{condition}' is no expression over rows: it should have been replaced before.");
        Label yes = il.DefineLabel(), no = il.DefineLabel(), end = il.DefineLabel();
        Branch(condition, yes, no, onNull);
        il.MarkLabel(yes);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Br, end);
        il.MarkLabel(no);
        il.Emit(OpCodes.Ldc_I4_0);
        il.MarkLabel(end);
    }

    private void Logic(LogicExpression logic, Label ifTrue, Label ifFalse, Label ifNull)
    {
        // What decides: false for AND, true for OR. A null is remembered, unless it leads to the same place.
        (Label decided, Label undecided) = logic.IsAnd ? (ifFalse, ifTrue) : (ifTrue, ifFalse);
        bool remembers = logic.IsNullable && decided != ifNull;
        LocalBuilder? sawNull = null;
        if (remembers)
        {
            sawNull = il.DeclareLocal(typeof(bool));
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Stloc, sawNull);
        }

        foreach (BoundExpression condition in logic.Children)
        {
            Label next = il.DefineLabel(), none = remembers ? il.DefineLabel() : ifNull;
            Branch(condition, logic.IsAnd ? next : decided, logic.IsAnd ? decided : next, none);
            if (sawNull is not null)
            {
                il.MarkLabel(none);
                il.Emit(OpCodes.Ldc_I4_1);
                il.Emit(OpCodes.Stloc, sawNull);
            }

            il.MarkLabel(next);
        }

        if (sawNull is not null)
        {
            il.Emit(OpCodes.Ldloc, sawNull);
            il.Emit(OpCodes.Brtrue, ifNull);
        }

        il.Emit(OpCodes.Br, undecided);
    }

    private void IsNull(IsNullExpression test, Label ifNull, Label ifNot)
    {
        Label none = il.DefineLabel();
        Value(test.Children[0], none);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Br, ifNot);
        il.MarkLabel(none);
        il.Emit(OpCodes.Br, ifNull);
    }

    private void Distinct(DistinctExpression distinct, Label ifDistinct, Label ifSame)
    {
        Label leftNull = il.DefineLabel();
        LocalBuilder left = Spilled(distinct.Children[0], leftNull), right = Spilled(distinct.Children[1], ifDistinct);
        var same = new CallExpression(
            distinct.Equal, [new LocalExpression(left, distinct.Children[0].Type), new LocalExpression(right, distinct.Children[1].Type)],
            SqlType.Boolean);
        Branch(same, ifSame, ifDistinct, ifDistinct);
        il.MarkLabel(leftNull);
        Value(distinct.Children[1], ifSame);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Br, ifDistinct);
    }

    private void In(InExpression list, Label ifIn, Label ifNot, Label ifNull)
    {
        Label none = il.DefineLabel(), has = il.DefineLabel();
        LocalBuilder value = Spilled(list.Operand, none);
        il.Emit(OpCodes.Br, has);
        il.MarkLabel(none);
        // The items are computed in any case: one that fails does so.
        foreach (BoundExpression item in list.Items.Where(static one => one.All().Any(static part => part.CanFail)))
        {
            Label next = il.DefineLabel();
            Value(item, next);
            il.Emit(OpCodes.Pop);
            il.MarkLabel(next);
        }

        il.Emit(OpCodes.Br, ifNull);
        il.MarkLabel(has);
        var operand = new LocalExpression(value, list.Operand.Type);
        bool mayBeNull = list.Items.Any(static item => item.IsNullable);
        LocalBuilder? sawNull = null;
        if (mayBeNull)
        {
            sawNull = il.DeclareLocal(typeof(bool));
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Stloc, sawNull);
        }

        foreach (BoundExpression item in list.Items)
        {
            Label next = il.DefineLabel(), isNull = il.DefineLabel();
            Branch(new CallExpression(list.Equal, [operand, item], SqlType.Boolean), ifIn, next, isNull);
            il.MarkLabel(isNull);
            if (sawNull is not null)
            {
                il.Emit(OpCodes.Ldc_I4_1);
                il.Emit(OpCodes.Stloc, sawNull);
            }

            il.MarkLabel(next);
        }

        if (sawNull is not null)
        {
            il.Emit(OpCodes.Ldloc, sawNull);
            il.Emit(OpCodes.Brtrue, ifNull);
        }

        il.Emit(OpCodes.Br, ifNot);
    }

    private void Quantified(QuantifiedArrayExpression quantified, Label ifTrue, Label ifFalse, Label ifNull)
    {
        (Label decided, Label undecided) = quantified.IsAll ? (ifFalse, ifTrue) : (ifTrue, ifFalse);
        Type type = quantified.Children[1].Type.Clr;
        SqlType element = quantified.Children[1].Type.Element!;
        LocalBuilder array = Spilled(quantified.Children[1], ifNull);
        LocalBuilder operand = il.DeclareLocal(quantified.Children[0].Type.Clr), isNull = il.DeclareLocal(typeof(bool));
        LocalBuilder at = il.DeclareLocal(typeof(int)), item = il.DeclareLocal(element.Clr);
        Label operandNull = il.DefineLabel(), start = il.DefineLabel(), loop = il.DefineLabel(), next = il.DefineLabel(), end =
            il.DefineLabel(),
            none = il.DefineLabel(), compare = il.DefineLabel();
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, isNull);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, at);
        Value(quantified.Children[0], operandNull);
        il.Emit(OpCodes.Stloc, operand);
        il.Emit(OpCodes.Br, start);
        il.MarkLabel(operandNull);
        // Of no elements none has to be compared: then not even NULL leaves it open.
        il.Emit(OpCodes.Ldloc, array);
        il.Emit(OpCodes.Callvirt, type.GetProperty("Count")!.GetMethod!);
        il.Emit(OpCodes.Brtrue, ifNull);
        il.Emit(OpCodes.Br, undecided);

        il.MarkLabel(start);
        il.MarkLabel(loop);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldloc, array);
        il.Emit(OpCodes.Callvirt, type.GetProperty("Count")!.GetMethod!);
        il.Emit(OpCodes.Bge, end);
        il.Emit(OpCodes.Ldloc, array);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Callvirt, type.GetMethod("IsNull")!);
        il.Emit(OpCodes.Brtrue, none);
        il.Emit(OpCodes.Ldloc, array);
        il.Emit(OpCodes.Callvirt, type.GetProperty("Items")!.GetMethod!);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldelem, element.Clr);
        il.Emit(OpCodes.Stloc, item);
        il.Emit(OpCodes.Br, compare);
        il.MarkLabel(none);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Stloc, isNull);
        il.Emit(OpCodes.Br, next);
        il.MarkLabel(compare);
        var call = new CallExpression(quantified.Compare,
            [new LocalExpression(operand, quantified.Children[0].Type), new LocalExpression(item, element)], SqlType.Boolean);
        Branch(call, quantified.IsAll ? next : decided, quantified.IsAll ? decided : next, none);
        il.MarkLabel(next);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, at);
        il.Emit(OpCodes.Br, loop);
        il.MarkLabel(end);
        il.Emit(OpCodes.Ldloc, isNull);
        il.Emit(OpCodes.Brtrue, ifNull);
        il.Emit(OpCodes.Br, undecided);
    }
}

/// <summary>A value that stands in a local of the method.</summary>
internal sealed class LocalExpression(LocalBuilder local, SqlType type) : BoundExpression(type, -1)
{
    public LocalBuilder Local { get; } = local;

    public override bool IsNullable => false;

    public override BoundExpression WithChildren(IReadOnlyList<BoundExpression> children) => this;

    protected override string ToText() => $"local {Local.LocalIndex}";
}

/// <summary>A row that expressions read.</summary>
/// <param name="Layout">Its columns.</param>
/// <param name="Address">Loads its address.</param>
/// <param name="Has">Loads whether it is there: if not, all its columns are null. Null: it always is.</param>
internal sealed record InputRow(RowLayout Layout, Action<ILGenerator> Address, Action<ILGenerator>? Has = null);
