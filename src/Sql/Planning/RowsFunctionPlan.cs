using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Functions that give rows: each row with each row that the function gives for it.</summary>
/// <remarks>Nothing is kept. A row that goes takes those with it that the function gives for it then, which are the same.</remarks>
/// <param name="context">What now() reads.</param>
internal sealed class RowsFunctionPlan(RowContext context)
{
    /// <param name="relation">A <see cref="FlatMapRelation"/>, or a <see cref="FunctionRelation"/> alone.</param>
    /// <param name="output">The rows that come out.</param>
    /// <param name="name">Of the step.</param>
    /// <param name="errors">What becomes of a row for which the function fails.</param>
    /// <param name="rows">For which rows it is asked.</param>
    public PlannedRows Rows(Relation relation, RowLayout output, string name, ErrorPolicy? errors, PlannedRows rows)
    {
        (RowsFunction function, bool withOrdinality, bool keepsEmpty) = relation is FlatMapRelation map
            ? (map.Function, map.WithOrdinality, map.KeepsEmpty)
            : (((FunctionRelation)relation).Function, ((FunctionRelation)relation).WithOrdinality, false);
        Type item = function.Items.Row;
        var given = SqlType.Of(typeof(IEnumerable<>).MakeGenericType(item), SqlKind.Record);
        var call = new CallExpression(function.Function with { Result = given }, relation.Expressions, given);
        Delegate items = RowCompiler.Value(rows.Layout, call, context, isNullable: true);
        RowLayout made = withOrdinality ? NumberedRows.Of(function.Items) : function.Items;
        object pairs = PlanSteps.Call(withOrdinality ? nameof(PlanSteps.NumberedRowsOf) : nameof(PlanSteps.RowsOf),
            [rows.Layout.Row, item], rows.Stream, items, keepsEmpty, name, errors, context);
        RowCarrier pair = RowCarrier.Pairs(rows.Layout, made), changes = RowCarrier.Changes(output);
        BoundExpression[] values = [.. relation is FlatMapRelation ? rows.Layout.All() : [], .. made.All(input: 1)];
        Delegate loop = RowCompiler.Loop(pair, changes, null, values, context);
        return new PlannedRows(output,
            PlanSteps.Call(nameof(PlanSteps.Loop), [pair.Type, changes.Type], pairs, loop, $"{name}-columns", errors))
        { IsFinal = rows.IsFinal };
    }
}
