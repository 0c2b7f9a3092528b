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
internal sealed class ExpressionCode
{
    private readonly ILGenerator _il;
    private readonly IReadOnlyList<InputRow> _rows;
    private readonly ConstantPool _pool;
    private readonly CallCode _calls;
    private readonly ConditionCode _conditions;

    /// <param name="il">Of the method.</param>
    /// <param name="rows">The row of each input.</param>
    /// <param name="pool">The constants; loaded before.</param>
    public ExpressionCode(ILGenerator il, IReadOnlyList<InputRow> rows, ConstantPool pool)
    {
        (_il, _rows, _pool) = (il, rows, pool);
        (_calls, _conditions) = (new CallCode(il, this), new ConditionCode(il, this));
    }

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
                _il.Emit(OpCodes.Ldloc, local.Local);
                break;
            case RetypedExpression retyped:
                Value(retyped.Children[0], onNull);
                break;
            case CallExpression { Function.IsStrict: true } call:
                _calls.Strict(call, onNull);
                break;
            case CallExpression call:
                _calls.WithNulls(call, onNull);
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
            case RowExpression row:
                Row(row);
                break;
            case NowExpression:
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldc_I4_0);
                _il.Emit(OpCodes.Ldelem_Ref);
                _il.Emit(OpCodes.Castclass, typeof(RowContext));
                _il.Emit(OpCodes.Callvirt, typeof(RowContext).GetProperty(nameof(RowContext.Now))!.GetMethod!);
                break;
            default:
                _conditions.Truth(expression, onNull);
                break;
        }
    }

    /// <summary>Jumps by the truth of a condition.</summary>
    public void Branch(BoundExpression condition, Label ifTrue, Label ifFalse, Label ifNull) =>
        _conditions.Branch(condition, ifTrue, ifFalse, ifNull);

    /// <summary>Puts a value, or NULL, into a field of the row whose address <paramref name="address"/> loads.</summary>
    public void Store(BoundExpression expression, FieldInfo field, Action<ILGenerator> address)
    {
        Label onNull = _il.DefineLabel(), end = _il.DefineLabel();
        LocalBuilder value = _il.DeclareLocal(expression.Type.Clr);
        Value(expression, onNull);
        _il.Emit(OpCodes.Stloc, value);
        address(_il);
        _il.Emit(OpCodes.Ldloc, value);
        if (Nullable.GetUnderlyingType(field.FieldType) is not null)
            _il.Emit(OpCodes.Newobj, field.FieldType.GetConstructor([expression.Type.Clr])!);
        _il.Emit(OpCodes.Stfld, field);
        _il.Emit(OpCodes.Br, end);
        _il.MarkLabel(onNull);
        address(_il);
        if (field.FieldType.IsValueType)
        {
            _il.Emit(OpCodes.Ldflda, field);
            _il.Emit(OpCodes.Initobj, field.FieldType);
        }
        else
        {
            _il.Emit(OpCodes.Ldnull);
            _il.Emit(OpCodes.Stfld, field);
        }

        _il.MarkLabel(end);
    }

    private void Row(RowExpression row)
    {
        LocalBuilder made = _il.DeclareLocal(row.Layout.Row);
        for (int column = 0; column < row.Children.Count; column++)
            Store(row.Children[column], row.Layout.Fields[column], to => to.Emit(OpCodes.Ldloca, made));
        _il.Emit(OpCodes.Ldloc, made);
    }

    private void Constant(ConstantExpression constant, Label onNull)
    {
        switch (constant.Value)
        {
            case null:
                // What is never reached leaves a value, too: the stack is the same however the code is read.
                _il.Emit(OpCodes.Br, onNull);
                _il.Emit(OpCodes.Ldloc, _il.DeclareLocal(constant.Type.Clr));
                break;
            case bool flag:
                _il.Emit(flag ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
                break;
            case short number:
                _il.Emit(OpCodes.Ldc_I4, (int)number);
                break;
            case int number:
                _il.Emit(OpCodes.Ldc_I4, number);
                break;
            case long number:
                _il.Emit(OpCodes.Ldc_I8, number);
                break;
            case float number:
                _il.Emit(OpCodes.Ldc_R4, number);
                break;
            case double number:
                _il.Emit(OpCodes.Ldc_R8, number);
                break;
            case string text:
                _il.Emit(OpCodes.Ldstr, text);
                break;
            default:
                _il.Emit(OpCodes.Ldloc, _pool.LocalOf(constant));
                break;
        }
    }

    private void Column(ColumnExpression column, Label onNull)
    {
        (RowLayout layout, Action<ILGenerator> address, Action<ILGenerator>? has) = _rows[column.Input];
        if (has is not null)
        {
            has(_il);
            _il.Emit(OpCodes.Brfalse, onNull);
        }

        if (layout.Reads is { } reads)
        {
            Member(reads[column.Ordinal], layout, address, layout.Columns[column.Ordinal].IsNullable, onNull);
            return;
        }

        FieldInfo field = layout.Fields[column.Ordinal];
        address(_il);
        if (Nullable.GetUnderlyingType(field.FieldType) is not null)
        {
            _il.Emit(OpCodes.Ldflda, field);
            _il.Emit(OpCodes.Call, field.FieldType.GetProperty("HasValue")!.GetMethod!);
            _il.Emit(OpCodes.Brfalse, onNull);
            address(_il);
            _il.Emit(OpCodes.Ldflda, field);
            _il.Emit(OpCodes.Call, field.FieldType.GetMethod("GetValueOrDefault", Type.EmptyTypes)!);
            return;
        }

        _il.Emit(OpCodes.Ldfld, field);
        if (layout.Columns[column.Ordinal].IsNullable)
            Require(onNull);
    }

    /// <summary>A column of a type that was not made for SQL.</summary>
    private void Member(MemberRead read, RowLayout layout, Action<ILGenerator> address, bool mayBeNull, Label onNull)
    {
        address(_il);
        if (!layout.Row.IsValueType)
            _il.Emit(OpCodes.Ldind_Ref);
        read.Load(_il);
        if (Nullable.GetUnderlyingType(read.Type) is not null)
        {
            LocalBuilder value = _il.DeclareLocal(read.Type);
            _il.Emit(OpCodes.Stloc, value);
            _il.Emit(OpCodes.Ldloca, value);
            _il.Emit(OpCodes.Call, read.Type.GetProperty("HasValue")!.GetMethod!);
            _il.Emit(OpCodes.Brfalse, onNull);
            _il.Emit(OpCodes.Ldloca, value);
            _il.Emit(OpCodes.Call, read.Type.GetMethod("GetValueOrDefault", Type.EmptyTypes)!);
        }
        else if (mayBeNull && !read.Type.IsValueType)
        {
            Require(onNull);
        }

        if (read.Convert is not null)
            _il.Emit(OpCodes.Call, read.Convert);
    }

    /// <summary>The value, or NULL, as a part of a type that was not made for SQL; it is left in a local.</summary>
    public LocalBuilder Part(BoundExpression expression, RowPart part)
    {
        LocalBuilder made = _il.DeclareLocal(part.Type);
        Label onNull = _il.DefineLabel(), end = _il.DefineLabel();
        Value(expression, onNull);
        if (part.Convert is not null)
            _il.Emit(OpCodes.Call, part.Convert);
        if (Nullable.GetUnderlyingType(part.Type) is { } bare)
            _il.Emit(OpCodes.Newobj, part.Type.GetConstructor([bare])!);
        _il.Emit(OpCodes.Stloc, made);
        _il.Emit(OpCodes.Br, end);
        _il.MarkLabel(onNull);
        if (part.TakesNull)
        {
            _il.Emit(OpCodes.Ldloca, made);
            _il.Emit(OpCodes.Initobj, part.Type);
        }
        else
        {
            _il.Emit(OpCodes.Ldstr, part.Name);
            _il.Emit(OpCodes.Call, typeof(RowPart).GetMethod(nameof(RowPart.RefuseNull))!);
        }

        _il.MarkLabel(end);
        return made;
    }

    /// <summary>Of an object on the stack: jumps if it is null.</summary>
    public void Require(Label onNull)
    {
        Label has = _il.DefineLabel();
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Brtrue, has);
        _il.Emit(OpCodes.Pop);
        _il.Emit(OpCodes.Br, onNull);
        _il.MarkLabel(has);
    }

    /// <summary>Puts the value into a local, or jumps.</summary>
    public LocalBuilder Spilled(BoundExpression argument, Label onNull)
    {
        LocalBuilder value = _il.DeclareLocal(argument.Type.Clr);
        Value(argument, onNull);
        _il.Emit(OpCodes.Stloc, value);
        return value;
    }

    private void Case(CaseExpression branches, Label onNull)
    {
        Label end = _il.DefineLabel();
        foreach ((BoundExpression condition, BoundExpression result) in branches.Branches)
        {
            Label hit = _il.DefineLabel(), next = _il.DefineLabel();
            Branch(condition, hit, next, next);
            _il.MarkLabel(hit);
            Value(result, onNull);
            _il.Emit(OpCodes.Br, end);
            _il.MarkLabel(next);
        }

        if (branches.Otherwise is { } otherwise)
            Value(otherwise, onNull);
        else
            _il.Emit(OpCodes.Br, onNull);
        _il.MarkLabel(end);
    }

    private void Coalesce(CoalesceExpression coalesce, Label onNull)
    {
        Label end = _il.DefineLabel();
        for (int at = 0; at < coalesce.Children.Count - 1; at++)
        {
            Label next = _il.DefineLabel();
            Value(coalesce.Children[at], next);
            _il.Emit(OpCodes.Br, end);
            _il.MarkLabel(next);
        }

        Value(coalesce.Children[^1], onNull);
        _il.MarkLabel(end);
    }

    private void NullIf(NullIfExpression nullIf, Label onNull)
    {
        Label differ = _il.DefineLabel(), none = _il.DefineLabel(), has = _il.DefineLabel();
        LocalBuilder value = Spilled(nullIf.Children[0], none);
        _il.Emit(OpCodes.Br, has);
        _il.MarkLabel(none);
        // What it is compared with is computed in any case: if it fails, it fails.
        if (nullIf.Children[2].All().Any(static one => one.CanFail))
        {
            Value(nullIf.Children[2], onNull);
            _il.Emit(OpCodes.Pop);
        }

        _il.Emit(OpCodes.Br, onNull);
        _il.MarkLabel(has);
        Branch(new CallExpression(nullIf.Equal, [nullIf.Children[1], nullIf.Children[2]], SqlType.Boolean), onNull, differ, differ);
        _il.MarkLabel(differ);
        _il.Emit(OpCodes.Ldloc, value);
    }

    private void Extreme(ExtremeExpression extreme, Label onNull)
    {
        Type type = extreme.Type.Clr;
        LocalBuilder best = _il.DeclareLocal(type), has = _il.DeclareLocal(typeof(bool)), one = _il.DeclareLocal(type);
        MethodInfo better = typeof(Comparisons).GetMethod(extreme.IsGreatest ? "Greater" : "Less")!.MakeGenericMethod(type);
        _il.Emit(OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Stloc, has);
        foreach (BoundExpression child in extreme.Children)
        {
            Label next = _il.DefineLabel(), take = _il.DefineLabel();
            Value(child, next);
            _il.Emit(OpCodes.Stloc, one);
            _il.Emit(OpCodes.Ldloc, has);
            _il.Emit(OpCodes.Brfalse, take);
            _il.Emit(OpCodes.Ldloc, one);
            _il.Emit(OpCodes.Ldloc, best);
            _il.Emit(OpCodes.Call, better);
            _il.Emit(OpCodes.Brfalse, next);
            _il.MarkLabel(take);
            _il.Emit(OpCodes.Ldloc, one);
            _il.Emit(OpCodes.Stloc, best);
            _il.Emit(OpCodes.Ldc_I4_1);
            _il.Emit(OpCodes.Stloc, has);
            _il.MarkLabel(next);
        }

        _il.Emit(OpCodes.Ldloc, has);
        _il.Emit(OpCodes.Brfalse, onNull);
        _il.Emit(OpCodes.Ldloc, best);
    }

    private void Array(ArrayExpression array)
    {
        Type element = array.Type.Element!.Clr;
        LocalBuilder items = _il.DeclareLocal(element.MakeArrayType()), nulls = _il.DeclareLocal(typeof(bool[]));
        _il.Emit(OpCodes.Ldc_I4, array.Children.Count);
        _il.Emit(OpCodes.Newarr, element);
        _il.Emit(OpCodes.Stloc, items);
        bool mayBeNull = array.Children.Any(static one => one.IsNullable);
        if (mayBeNull)
        {
            _il.Emit(OpCodes.Ldc_I4, array.Children.Count);
            _il.Emit(OpCodes.Newarr, typeof(bool));
        }
        else
        {
            _il.Emit(OpCodes.Ldnull);
        }

        _il.Emit(OpCodes.Stloc, nulls);
        for (int at = 0; at < array.Children.Count; at++)
        {
            Label none = _il.DefineLabel(), next = _il.DefineLabel();
            LocalBuilder item = _il.DeclareLocal(element);
            Value(array.Children[at], none);
            _il.Emit(OpCodes.Stloc, item);
            _il.Emit(OpCodes.Ldloc, items);
            _il.Emit(OpCodes.Ldc_I4, at);
            _il.Emit(OpCodes.Ldloc, item);
            _il.Emit(OpCodes.Stelem, element);
            _il.Emit(OpCodes.Br, next);
            _il.MarkLabel(none);
            if (mayBeNull)
            {
                _il.Emit(OpCodes.Ldloc, nulls);
                _il.Emit(OpCodes.Ldc_I4, at);
                _il.Emit(OpCodes.Ldc_I4_1);
                _il.Emit(OpCodes.Stelem_I1);
            }

            _il.MarkLabel(next);
        }

        _il.Emit(OpCodes.Ldloc, items);
        _il.Emit(OpCodes.Ldloc, nulls);
        _il.Emit(OpCodes.Newobj, array.Type.Clr.GetConstructors()[0]);
    }

}
