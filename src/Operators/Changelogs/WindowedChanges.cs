using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Rows that come and go, once for each window that they are in: SQL's TUMBLE, HOP and CUMULATE.</summary>
internal static class WindowedChangesOperator
{
    /// <summary>Each change once for each window of its row, at the last instant of the window.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="name">The operator's name.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="timeOf">The time of a row, in microseconds; null: it is in no window.</param>
    /// <param name="row">A row with the bounds of a window.</param>
    /// <remarks>
    /// The event time of what comes out is the end of its window less a microsecond, so that whatever follows sees by the watermark when a
    /// window is complete, without knowing windows. A change for a window that is complete already is dropped; its later windows still take
    /// it. If it has none, it is counted as <c>late_dropped</c>. Keeps nothing.
    /// </remarks>
    public static Stream<Change<TOut>> Windowed<TRow, TTime, TOut>(
        this Stream<Change<TRow>> source, string name, WindowGrid grid, RowFunction<TRow, long?> timeOf,
        PairFunction<TRow, WindowBounds<TTime>, TOut> row)
        where TTime : struct =>
        source.Add(new WindowedChangesNode<TRow, TTime, TOut>(name, source.Node, grid, timeOf, row));
}

internal sealed class WindowedChangesNode<TRow, TTime, TOut>(
    string name, StreamNode<Change<TRow>> input, WindowGrid grid, RowFunction<TRow, long?> timeOf,
    PairFunction<TRow, WindowBounds<TTime>, TOut> row) : OperatorNode<Change<TRow>, Change<TOut>>(name, "windows", input)
    where TTime : struct
{
    public override string Detail =>
        $"{(grid.IsCumulate ? "cumulate" : grid.Size == grid.Step ? "tumble" : "hop")} {TimeSpan.FromMicroseconds(grid.Size)}";

    public override long WatermarkGranularity =>
        grid.IsProcessingTime ? 0 : EventTime.GreatestCommonDivisor(EventTime.GreatestCommonDivisor(grid.Size, grid.Step), grid.Offset);

    public override Receiver<Change<TRow>> Attach(StageBuild build) => new WindowedChanges<TRow, TTime, TOut>(
        grid, timeOf, row, new RowBuffer<Change<TOut>>(build.Context, build.Downstream(this), build.WithPositions), build.ErrorsOf(this),
        build.Host(new RowCount(Name, Counters.LateDropped, isFirst: build.Context.Instance == 0)), build.Context);
}

internal sealed class WindowedChanges<TRow, TTime, TOut>(
    WindowGrid grid, RowFunction<TRow, long?> timeOf, PairFunction<TRow, WindowBounds<TTime>, TOut> makeRow,
    RowBuffer<Change<TOut>> output, OperatorErrors errors, RowCount late, StageContext context)
    : HoldingOperator<Change<TRow>, Change<TOut>>(output, context)
    where TTime : struct
{
    private Change<TRow> _row;
    private Window _window;
    private long _time;
    private long _rowTime;
    private long _position;
    private bool _isOpen;
    private bool _isTaken;

    public override void OnChunk(in Chunk<Change<TRow>> chunk)
    {
        int row = 0;
        if (!IsSuspended && !Context.MustYield)
        {
            while (row < chunk.Count)
            {
                Begin(chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                row++;
                if (!Continue())
                    break;
            }

            if (!_isOpen && !Context.MustYield)
            {
                Output.Send();
                return;
            }
        }

        Hold(chunk.Slice(row, chunk.Count - row));
    }

    public override Fired Fire()
    {
        if (!Continue())
            return Fired.Stopped;
        while (Waiting.TryTake(out Change<TRow> row, out long time, out long position))
        {
            Begin(row, time, position);
            if (!Continue())
                return Fired.Stopped;
        }

        return Fired.All;
    }

    public override ValueTask CloseAsync() => ValueTask.CompletedTask;

    private void Begin(in Change<TRow> row, long rowTime, long position)
    {
        _isOpen = timeOf(row.Row) is { } time && grid.TryFirst(_time = time, out _window);
        _isTaken = false;
        if (_isOpen)
            (_row, _rowTime, _position) = (row, rowTime, position);
    }

    /// <returns>Whether the row is done and the next one may begin; false if output must be taken first.</returns>
    private bool Continue()
    {
        while (_isOpen)
        {
            if (Output.IsFull)
            {
                if (Context.MustYield)
                    return false;
                Output.Send();
                if (Context.MustYield)
                    return false;
            }

            // The last instant of a complete window is below the watermark.
            if (_window.MaxTime >= Watermark || grid.IsProcessingTime)
                Put();
            _isOpen = grid.TryNext(_time, ref _window);
            if (!_isOpen && !_isTaken)
                late.Add();
        }

        return !Context.MustYield;
    }

    private void Put()
    {
        _isTaken = true;
        try
        {
            Output.Add(new Change<TOut>(makeRow(_row.Row, WindowBounds<TTime>.Of(_window)), _row.Weight),
                grid.IsProcessingTime ? _rowTime : _window.MaxTime, _position);
        }
        catch (Exception error)
        {
            errors.OnRow(error, _row, _rowTime, _position);
        }
    }
}
