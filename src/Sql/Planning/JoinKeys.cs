using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>What a join's condition demands to be equal: by it rows are brought together.</summary>
/// <param name="Left">Over the left row: input 0.</param>
/// <param name="Right">Over the right row as input 0, by the same types.</param>
/// <param name="IsWhole">Whether equal keys are all that the condition demands.</param>
internal sealed record JoinKeys(IReadOnlyList<BoundExpression> Left, IReadOnlyList<BoundExpression> Right, bool IsWhole)
{
    /// <summary>Any two rows may be partners.</summary>
    public static JoinKeys None { get; } = new([], [], IsWhole: false);

    /// <param name="condition">Over both rows: input 0 and 1. Null: always true.</param>
    public static JoinKeys Of(BoundExpression? condition)
    {
        List<BoundExpression> left = [], right = [];
        bool isWhole = true;
        IReadOnlyList<BoundExpression> parts = condition is null ? [] : condition is LogicExpression { IsAnd: true } and
            ? and.Children : [condition];
        foreach (BoundExpression part in parts)
        {
            bool isPlain = part is CallExpression { Function: { Kind: FunctionKind.Operator, Name: "=" } };
            bool isNullSafe = part is DistinctExpression { IsNegated: true };
            if ((!isPlain && !isNullSafe) || Sides(part) is not { } sides)
            {
                isWhole = false;
                continue;
            }

            left.Add(sides.Left);
            right.Add(sides.Right);
            // NULL is in one place with NULL, and is its partner only where the condition says so.
            isWhole &= isNullSafe || !(sides.Left.IsNullable && sides.Right.IsNullable);
        }

        return new JoinKeys(left, right, isWhole);
    }

    private static (BoundExpression Left, BoundExpression Right)? Sides(BoundExpression equality)
    {
        (BoundExpression first, BoundExpression second) = (equality.Children[0], equality.Children[1]);
        if (InputOf(first) == 1 && InputOf(second) == 0)
            (first, second) = (second, first);
        if (InputOf(first) != 0 || InputOf(second) != 1)
            return null;
        SqlType type = Resolve.CommonType([first, second], "=").Plain;
        return (Resolve.ToCommon(first, type), Resolve.ToCommon(second, type).Rewrite(static one => one is ColumnExpression column
            ? new ColumnExpression(0, column.Ordinal, column.Name, column.Type, column.IsNullable) : one));
    }

    /// <summary>The one input that it reads; -1: none, or both.</summary>
    private static int InputOf(BoundExpression expression)
    {
        int[] inputs = [.. expression.All().OfType<ColumnExpression>().Select(static column => column.Input).Distinct()];
        return inputs.Length == 1 ? inputs[0] : -1;
    }
}
