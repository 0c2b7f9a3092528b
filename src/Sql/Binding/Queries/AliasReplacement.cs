using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Puts what an output column is into the place of its name, in the conditions of QUALIFY.</summary>
internal static class AliasReplacement
{
    /// <remarks><paramref name="meant"/>: What a name stands for; null: a column.</remarks>
    public static Expression In(Expression expression, Func<string, Expression?> meant) => expression switch
    {
        ColumnReference { Parts.Count: 1 } column => meant(column.Parts[0].Name) ?? column,
        LogicalOperation logical => logical with { Operands = [.. logical.Operands.Select(operand => In(operand, meant))] },
        Negation negation => negation with { Operand = In(negation.Operand, meant) },
        BinaryOperation binary => binary with { Left = In(binary.Left, meant), Right = In(binary.Right, meant) },
        UnaryOperation unary => unary with { Operand = In(unary.Operand, meant) },
        IsTest test => test with { Operand = In(test.Operand, meant) },
        DistinctTest test => test with { Left = In(test.Left, meant), Right = In(test.Right, meant) },
        BetweenTest test => test with { Operand = In(test.Operand, meant), Low = In(test.Low, meant), High = In(test.High, meant) },
        InList test => test with { Operand = In(test.Operand, meant), Items = [.. test.Items.Select(item => In(item, meant))] },
        Cast cast => cast with { Operand = In(cast.Operand, meant) },
        _ => expression,
    };
}
