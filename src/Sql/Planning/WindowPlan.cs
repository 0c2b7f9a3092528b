using ActorStreams.Operators.Changelogs;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>Rows with the windows that they are in.</summary>
internal sealed class WindowPlan(RowContext context)
{
    /// <param name="windows">The relation.</param>
    /// <param name="at">The time of its rows.</param>
    /// <param name="rows">Its input; columns behind those of the relation's input do not come out.</param>
    /// <param name="output">Its columns: those of the input, and the bounds of the window.</param>
    /// <param name="name">Of the operator.</param>
    /// <param name="key">Of a session: the type of what rows are in sessions of, and the function that gives it.</param>
    /// <param name="whenClosed">Rows of a session come when it is complete.</param>
    public object Stream(
        WindowRelation windows, BoundExpression at, PlannedRows rows, RowLayout output, string name, (RowLayout Row, Delegate Of) key,
        bool whenClosed)
    {
        Type time = at.Type.Kind == SqlKind.Date ? typeof(Timestamp) : at.Type.Clr;
        Type bounds = typeof(WindowBounds<>).MakeGenericType(time);
        var boundsLayout = new RowLayout(bounds, [.. output.Columns.TakeLast(3)],
            [bounds.GetField("Start")!, bounds.GetField("End")!, bounds.GetField("Time")!]);
        Delegate timeOf = EventTimes.Of(rows.Layout, at, context);
        Delegate row = RowCompiler.Pair(
            rows.Layout, boundsLayout, output,
            [.. rows.Layout.All().Take(windows.Input.Columns.Count), .. boundsLayout.All(input: 1)], context);
        if (windows.Kind == WindowKind.Session)
        {
            return PlanSteps.Call(nameof(PlanSteps.Sessions), [key.Row.Row, rows.Layout.Row, time, output.Row],
                rows.Stream, name, key.Of, windows.Size, timeOf, row, whenClosed);
        }

        var grid = new WindowGrid(windows.Size, windows.Step, windows.Offset, windows.Kind == WindowKind.Cumulate)
        {
            IsProcessingTime = windows.Time is NowExpression,
        };
        return PlanSteps.Call(nameof(PlanSteps.Windowed), [rows.Layout.Row, time, output.Row], rows.Stream, name, grid, timeOf, row);
    }
}
