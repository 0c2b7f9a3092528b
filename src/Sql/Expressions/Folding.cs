using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions;

/// <summary>What does not depend on a row is computed when the statement is planned. What fails then is left for the rows to fail
/// on.</summary>
internal static class Folding
{
    /// <summary>The node, or the constant that it comes to; its children have been folded before.</summary>
    public static BoundExpression Fold(BoundExpression node)
    {
        return node switch
        {
            CallExpression call => FoldCall(call),
            RetypedExpression { Children: [ConstantExpression constant] } =>
                new ConstantExpression(constant.Value, node.Type, node.Position),
            NotExpression { Children: [ConstantExpression constant] } =>
                new ConstantExpression(constant.Value is bool flag ? !flag : null, SqlType.Boolean, node.Position),
            IsNullExpression { Children: [ConstantExpression constant] } test =>
                Resolve.Boolean(constant.Value is null != test.IsNegated, node.Position),
            IsNullExpression { Children: [{ IsNullable: false } operand] } test when !operand.All().Any(static one => one.CanFail) =>
                Resolve.Boolean(test.IsNegated, node.Position),
            InExpression { Children: [ConstantExpression { Value: null }, ..] } =>
                new ConstantExpression(null, node.Type, node.Position),
            NullIfExpression { Children: [ConstantExpression { Value: null }, ..] } =>
                new ConstantExpression(null, node.Type, node.Position),
            ExtremeExpression when node.Children.All(static one => one is ConstantExpression { Value: null }) =>
                new ConstantExpression(null, node.Type, node.Position),
            LogicExpression logic => FoldLogic(logic),
            CoalesceExpression coalesce => FoldCoalesce(coalesce),
            CaseExpression branches => FoldCase(branches),
            ArrayExpression array when array.Children.All(static one => one is ConstantExpression) => new ConstantExpression(
                ValueText.MakeArray([.. array.Children.Select(static one => ((ConstantExpression)one).Value)], array.Type.Element!.Clr),
                array.Type, array.Position),
            _ => node,
        };
    }

    private static BoundExpression FoldCall(CallExpression call)
    {
        if (call.Function.IsStrict && call.Children.Any(static child => child is ConstantExpression { Value: null }))
            return new ConstantExpression(null, call.Type, call.Position);
        if (call.Function.Volatility != Volatility.Immutable || !call.Children.All(static child => child is ConstantExpression))
            return call;
        object?[] values = [.. call.Children.Select(static child => ((ConstantExpression)child).Value)];
        try
        {
            return new ConstantExpression(Invocation.Of(call.Function, values), call.Type, call.Position);
        }
        catch (TargetInvocationException error) when (error.InnerException is SqlFault or ArithmeticException)
        {
            return call;
        }
    }

    private static BoundExpression FoldLogic(LogicExpression logic)
    {
        bool decisive = !logic.IsAnd;
        var left = new List<BoundExpression>();
        foreach (BoundExpression condition in logic.Children)
        {
            if (condition is ConstantExpression { Value: bool value })
            {
                if (value == decisive)
                    return Resolve.Boolean(decisive, logic.Position);
            }
            else
            {
                left.Add(condition);
            }
        }

        if (left.Count == 0)
            return Resolve.Boolean(logic.IsAnd, logic.Position);
        return left.Count == 1 ? left[0] : left.Count == logic.Children.Count ? logic : logic.WithChildren(left);
    }

    private static BoundExpression FoldCoalesce(CoalesceExpression coalesce)
    {
        List<BoundExpression> left = [.. coalesce.Children.Where(static one => one is not ConstantExpression { Value: null })];
        int sure = left.FindIndex(static one => !one.IsNullable);
        if (sure >= 0)
            left.RemoveRange(sure + 1, left.Count - sure - 1);
        return left.Count switch
        {
            0 => new ConstantExpression(null, coalesce.Type, coalesce.Position),
            1 => left[0],
            _ => coalesce.WithChildren(left),
        };
    }

    private static BoundExpression FoldCase(CaseExpression node)
    {
        var left = new List<(BoundExpression Condition, BoundExpression Result)>();
        foreach ((BoundExpression condition, BoundExpression result) in node.Branches)
        {
            if (condition is ConstantExpression constant)
            {
                if (constant.Value is not true)
                    continue;
                return left.Count == 0 ? result : new CaseExpression(left, result, node.Type, node.Position);
            }

            left.Add((condition, result));
        }

        return left.Count == 0 ? node.Otherwise ?? new ConstantExpression(null, node.Type, node.Position)
            : left.Count == node.Branches.Count ? node : new CaseExpression(left, node.Otherwise, node.Type, node.Position);
    }
}
