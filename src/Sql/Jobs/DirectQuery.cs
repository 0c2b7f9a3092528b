using System.Reflection.Emit;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Rows;

namespace ActorStreams.Sql.Jobs;

/// <summary>Queries that only choose among the rows of one table or view, and compute from each: they are answered without a job.</summary>
internal static class DirectQuery
{
    /// <summary>The table that such a query reads; null: the query is none.</summary>
    public static CatalogTable? TableOf(Relation relation) => relation switch
    {
        ScanRelation scan => scan.Table,
        FilterRelation or ProjectRelation or SharedRelation => TableOf(relation.Inputs[0]),
        _ => null,
    };

    /// <param name="relation">The query.</param>
    /// <param name="rows">The rows of its table, each with how often it is there.</param>
    /// <param name="context">What now() reads.</param>
    public static IReadOnlyList<object?[]> Run(Relation relation, IReadOnlyList<(object?[] Row, long Count)> rows, RowContext context)
    {
        switch (relation)
        {
            case ScanRelation:
                return [.. rows.SelectMany(static one => Enumerable.Repeat(one.Row, (int)one.Count))];
            case ProjectRelation { Input: FilterRelation filtered } project:
                return Loop(Run(filtered.Input, rows, context), filtered.Input.Columns, filtered.Condition, project.Expressions, context);
            case ProjectRelation project when project.Expressions.All(static one => one is ColumnExpression):
                int[] taken = [.. project.Expressions.Select(static one => ((ColumnExpression)one).Ordinal)];
                return [.. Run(project.Input, rows, context).Select(row => (object?[])[.. taken.Select(at => row[at])])];
            case ProjectRelation project:
                return Loop(Run(project.Input, rows, context), project.Input.Columns, null, project.Expressions, context);
            case FilterRelation filter:
                return Loop(Run(filter.Input, rows, context), filter.Input.Columns, filter.Condition,
                    [.. filter.Columns.Select((_, at) => filter.Column(at))], context);
            default:
                return Run(relation.Inputs[0], rows, context);
        }
    }

    private static object?[][] Loop(IReadOnlyList<object?[]> rows, IReadOnlyList<RelationColumn> columns, BoundExpression? filter,
        IReadOnlyList<BoundExpression> values, RowContext context)
    {
        RowColumn[] read = [.. columns.Select(static one => new RowColumn(one.Name, one.Type, true))];
        var input = new RowLayout(typeof(object[]), read, []) { Reads = [.. read.Select(Element)] };
        BoundExpression[] mayBeNull = [.. values.Select(Lowered)];
        RowLayout output = ClrBoxes.Layout([.. values.Select(static (one, at) => new RowColumn($"c{at}", one.Type, true))]);
        var loop = (RowLoop<object?[], object?[]>)RowCompiler.Loop(RowCarrier.Plain(input), RowCarrier.Plain(output),
            filter is null ? null : Lowered(filter), mayBeNull, context);
        object?[][] given = [.. rows], made = new object?[given.Length][];
        int row = 0, count = 0;
        loop(given, made, new int[given.Length], ref row, ref count);
        return made[..count];
    }

    /// <summary>The elements of an array may all be null, whatever the column says.</summary>
    private static BoundExpression Lowered(BoundExpression expression) => expression.Rewrite(static node => node is ColumnExpression column
        ? new ColumnExpression(column.Input, column.Ordinal, column.Name, column.Type, true, column.Position) : node);

    private static MemberRead Element(RowColumn column, int at)
    {
        Type type = column.Type.Clr.IsValueType ? typeof(Nullable<>).MakeGenericType(column.Type.Clr) : column.Type.Clr;
        return new MemberRead(type, il =>
        {
            il.Emit(OpCodes.Ldc_I4, at);
            il.Emit(OpCodes.Ldelem_Ref);
            il.Emit(OpCodes.Unbox_Any, type);
        }, null);
    }
}
