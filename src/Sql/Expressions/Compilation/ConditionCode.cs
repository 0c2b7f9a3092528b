using System.Reflection.Emit;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Writes the instructions of conditions: jumps by three truths. None is computed as a value unless one is asked for.</summary>
/// <param name="il">Of the method.</param>
/// <param name="code">Writes the values that are compared.</param>
internal sealed class ConditionCode(ILGenerator il, ExpressionCode code)
{
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
                code.Value(condition, ifNull);
                il.Emit(OpCodes.Brtrue, ifTrue);
                il.Emit(OpCodes.Br, ifFalse);
                break;
        }
    }

    /// <summary>A condition as a value.</summary>
    public void Truth(BoundExpression condition, Label onNull)
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
        NullFlag? sawNull = remembers ? new NullFlag(il) : null;

        foreach (BoundExpression condition in logic.Children)
        {
            Label next = il.DefineLabel(), none = remembers ? il.DefineLabel() : ifNull;
            Branch(condition, logic.IsAnd ? next : decided, logic.IsAnd ? decided : next, none);
            if (sawNull is not null)
            {
                il.MarkLabel(none);
                sawNull.Set();
            }

            il.MarkLabel(next);
        }

        sawNull?.BranchIfSet(ifNull);
        il.Emit(OpCodes.Br, undecided);
    }

    private void IsNull(IsNullExpression test, Label ifNull, Label ifNot)
    {
        Label none = il.DefineLabel();
        code.Value(test.Children[0], none);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Br, ifNot);
        il.MarkLabel(none);
        il.Emit(OpCodes.Br, ifNull);
    }

    private void Distinct(DistinctExpression distinct, Label ifDistinct, Label ifSame)
    {
        Label leftNull = il.DefineLabel();
        LocalBuilder left = code.Spilled(distinct.Children[0], leftNull), right = code.Spilled(distinct.Children[1], ifDistinct);
        var same = new CallExpression(
            distinct.Equal, [new LocalExpression(left, distinct.Children[0].Type), new LocalExpression(right, distinct.Children[1].Type)],
            SqlType.Boolean);
        Branch(same, ifSame, ifDistinct, ifDistinct);
        il.MarkLabel(leftNull);
        code.Value(distinct.Children[1], ifSame);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Br, ifDistinct);
    }

    private void In(InExpression list, Label ifIn, Label ifNot, Label ifNull)
    {
        Label none = il.DefineLabel(), has = il.DefineLabel();
        LocalBuilder value = code.Spilled(list.Operand, none);
        il.Emit(OpCodes.Br, has);
        il.MarkLabel(none);
        // The items are computed in any case: one that fails does so.
        foreach (BoundExpression item in list.Items.Where(static one => one.All().Any(static part => part.CanFail)))
        {
            Label next = il.DefineLabel();
            code.Value(item, next);
            il.Emit(OpCodes.Pop);
            il.MarkLabel(next);
        }

        il.Emit(OpCodes.Br, ifNull);
        il.MarkLabel(has);
        var operand = new LocalExpression(value, list.Operand.Type);
        NullFlag? sawNull = list.Items.Any(static item => item.IsNullable) ? new NullFlag(il) : null;

        foreach (BoundExpression item in list.Items)
        {
            Label next = il.DefineLabel(), isNull = il.DefineLabel();
            Branch(new CallExpression(list.Equal, [operand, item], SqlType.Boolean), ifIn, next, isNull);
            il.MarkLabel(isNull);
            sawNull?.Set();
            il.MarkLabel(next);
        }

        sawNull?.BranchIfSet(ifNull);
        il.Emit(OpCodes.Br, ifNot);
    }

    private void Quantified(QuantifiedArrayExpression quantified, Label ifTrue, Label ifFalse, Label ifNull)
    {
        (Label decided, Label undecided) = quantified.IsAll ? (ifFalse, ifTrue) : (ifTrue, ifFalse);
        Type type = quantified.Children[1].Type.Clr;
        SqlType element = quantified.Children[1].Type.Element!;
        LocalBuilder array = code.Spilled(quantified.Children[1], ifNull);
        LocalBuilder operand = il.DeclareLocal(quantified.Children[0].Type.Clr);
        LocalBuilder at = il.DeclareLocal(typeof(int)), item = il.DeclareLocal(element.Clr);
        Label operandNull = il.DefineLabel(), start = il.DefineLabel(), loop = il.DefineLabel(), next = il.DefineLabel(), end =
            il.DefineLabel(),
            none = il.DefineLabel(), compare = il.DefineLabel();
        var sawNull = new NullFlag(il);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, at);
        code.Value(quantified.Children[0], operandNull);
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
        sawNull.Set();
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
        sawNull.BranchIfSet(ifNull);
        il.Emit(OpCodes.Br, undecided);
    }
}
