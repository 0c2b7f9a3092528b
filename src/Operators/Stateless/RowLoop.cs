namespace ActorStreams.Operators.Stateless;

/// <summary>A filter and a projection over a run of rows, as one loop: what SQL compiles a statement's expressions into.</summary>
/// <param name="rows">What comes in.</param>
/// <param name="output">As long as <paramref name="rows"/>; its first <paramref name="count"/> rows are what goes out.</param>
/// <param name="kept">For each row that goes out, the place of the row that it was made of.</param>
/// <param name="row">The row to begin with; when it throws, the row that it threw for.</param>
/// <param name="count">How many rows go out so far; when it throws, too.</param>
internal delegate void RowLoop<TIn, TOut>(ReadOnlySpan<TIn> rows, Span<TOut> output, Span<int> kept, ref int row, ref int count);

/// <summary>Rows through a loop that was compiled for them.</summary>
internal static class RowLoopOperator
{
    /// <summary>Filters and maps the rows by one loop over each run of them; event times stay.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row for which the loop throws; null: as the job's options say.</param>
    public static Stream<TOut> Loop<TIn, TOut>(
        this Stream<TIn> source, RowLoop<TIn, TOut> loop, string? name = null, ErrorPolicy? errors = null) =>
        source.Add(new RowLoopNode<TIn, TOut>(name ?? source.Pipeline.NameFor("rows"), source.Node, loop) { Errors = errors });
}

internal sealed class RowLoopNode<TIn, TOut>(string name, StreamNode<TIn> input, RowLoop<TIn, TOut> loop)
    : OperatorNode<TIn, TOut>(name, "rows", input)
{
    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => Inputs;

    public override Receiver<TIn> Attach(StageBuild build) =>
        new RowLoopReceiver<TIn, TOut>(loop, build.Downstream(this), build.ErrorsOf(this));
}

internal sealed class RowLoopReceiver<TIn, TOut>(RowLoop<TIn, TOut> loop, Receiver<TOut> output, OperatorErrors errors) : Receiver<TIn>
{
    private readonly TOut[] _rows = new TOut[Chunk<TIn>.Size];
    private readonly int[] _kept = new int[Chunk<TIn>.Size];
    private readonly long[] _times = new long[Chunk<TIn>.Size];
    private readonly long[] _positions = new long[Chunk<TIn>.Size];

    public override void OnChunk(in Chunk<TIn> chunk)
    {
        int row = 0, count = 0;
        while (true)
        {
            try
            {
                loop(chunk.Rows, _rows, _kept, ref row, ref count);
                break;
            }
            catch (Exception error)
            {
                // What is left of the chunk goes out in one call, as back-pressure wants it.
                errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
                row++;
            }
        }

        if (count > 0)
            Send(chunk, count);
    }

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);

    private void Send(in Chunk<TIn> chunk, int count)
    {
        ReadOnlySpan<long> times = chunk.Times, positions = chunk.Positions;
        if (count < chunk.Count)
        {
            for (int at = 0; at < count; at++)
                _times[at] = times[_kept[at]];
            for (int at = 0; at < count && !positions.IsEmpty; at++)
                _positions[at] = positions[_kept[at]];
            times = _times.AsSpan(0, count);
            positions = positions.IsEmpty ? default : _positions.AsSpan(0, count);
        }

        output.OnChunk(new Chunk<TOut>(_rows.AsSpan(0, count), times, positions) { SourceWatermark = chunk.SourceWatermark });
    }
}
