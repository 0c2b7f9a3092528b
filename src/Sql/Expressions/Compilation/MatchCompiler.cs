using System.Reflection.Emit;
using ActorStreams.Operators.Patterns.Preference;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Compiles expressions over rows of a match: <see cref="MatchFunction{TRow, TState, TOut}"/>.</summary>
/// <remarks>Inputs: <see cref="Names"/>, <see cref="Facts"/>, <see cref="Running"/> and <see cref="Final"/>; from <see cref="FirstRow"/> on
/// the rows, the present one first.</remarks>
internal static class MatchCompiler
{
    /// <summary>The variables that took the rows, one column for each.</summary>
    public const int Names = 0;

    /// <summary>The number of the match.</summary>
    public const int Facts = 1;

    /// <summary>Aggregates up to the present row.</summary>
    public const int Running = 2;

    /// <summary>Aggregates over the whole match.</summary>
    public const int Final = 3;

    public const int FirstRow = 4;

    /// <param name="row">The rows.</param>
    /// <param name="names">A row of texts, one for each row that is read.</param>
    /// <param name="facts">The layout of <see cref="MatchFacts"/>.</param>
    /// <param name="state">Of the aggregates.</param>
    /// <param name="condition">Over the inputs.</param>
    /// <param name="context">What now() reads.</param>
    public static Delegate Condition(
        RowLayout row, RowLayout names, RowLayout facts, RowLayout state, BoundExpression condition, RowContext context) =>
        RowGuard.Of(nameof(RowGuard.Match), RowCompiler.Condition(Inputs(row, names, facts, state), Parameters(row, state), condition,
            context, typeof(MatchFunction<,,>).MakeGenericType(row.Row, state.Row, typeof(bool))), [condition], context);

    public static Delegate Row(
        RowLayout row, RowLayout names, RowLayout facts, RowLayout state, RowLayout output, IReadOnlyList<BoundExpression> columns,
        RowContext context) =>
        RowGuard.Of(nameof(RowGuard.Match), RowCompiler.Row(Inputs(row, names, facts, state), Parameters(row, state), output, columns,
            context, typeof(MatchFunction<,,>).MakeGenericType(row.Row, state.Row, output.Row)), columns, context);

    private static Type[] Parameters(RowLayout row, RowLayout state) =>
    [
        row.Row.MakeArrayType(), typeof(bool[]), typeof(string[]), typeof(MatchFacts).MakeByRefType(), state.Row.MakeByRefType(),
        state.Row.MakeByRefType(),
    ];

    private static InputRow[] Inputs(RowLayout row, RowLayout names, RowLayout facts, RowLayout state)
    {
        // Texts that follow each other in an array lie as the fields of a struct of texts.
        var inputs = new List<InputRow>
        {
            new(names, static il =>
            {
                il.Emit(OpCodes.Ldarg_3);
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Ldelema, typeof(string));
            }),
            new(facts, static il => il.Emit(OpCodes.Ldarg, (short)4)),
            new(state, static il => il.Emit(OpCodes.Ldarg, (short)5)),
            new(state, static il => il.Emit(OpCodes.Ldarg, (short)6)),
        };
        for (int number = 0; number < names.Columns.Count; number++)
        {
            int at = number;
            inputs.Add(new InputRow(row, il =>
            {
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Ldc_I4, at);
                il.Emit(OpCodes.Ldelema, row.Row);
            }, il =>
            {
                il.Emit(OpCodes.Ldarg_2);
                il.Emit(OpCodes.Ldc_I4, at);
                il.Emit(OpCodes.Ldelem_U1);
            }));
        }

        return [.. inputs];
    }
}
