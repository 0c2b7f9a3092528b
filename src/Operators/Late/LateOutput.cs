namespace ActorStreams.Operators.Late;

/// <summary>Where the late rows of one region go, and how many there were.</summary>
internal sealed class LateOutput<T>(LateRows<T> rows, OperatorErrors errors, Receiver<T>? output, bool isBySource = false)
{
    private readonly T[] _row = new T[1];
    private readonly long[] _time = new long[1];
    private readonly long[] _position = new long[1];

    /// <summary>How many rows came late since the operator first started.</summary>
    public long Rows { get; set; }

    /// <summary>How far time has come for the rows of a chunk: as far as for the operator, or for their source partition where rows are
    /// judged by that.</summary>
    /// <remarks>
    /// The operator is never ahead of a partition that it waits for. It may be ahead of one that was idle: then windows are gone that the
    /// partition still had open.
    /// </remarks>
    public long WatermarkOf(in Chunk<T> chunk, long watermark) => isBySource ? Math.Max(chunk.SourceWatermark, watermark) : watermark;

    /// <summary>Whether a row of the chunk is late for windows that merge, if rows are judged by source: whatever is open, time has passed
    /// it.</summary>
    public bool IsBehindSource(in Chunk<T> chunk, long time) => isBySource && time < chunk.SourceWatermark;

    public void OnLate(in Chunk<T> late, long watermark)
    {
        Rows += late.Count;
        output?.OnChunk(late);
        if (!rows.AreDeadLetters)
            return;
        for (int row = 0; row < late.Count; row++)
            errors.OnLate(late.Rows[row], late.Times[row], late.PositionOf(row), watermark);
    }

    /// <summary>The same for a row by itself; <paramref name="watermark"/> is what it was judged by.</summary>
    public void OnLate(in T row, long time, long position, long watermark)
    {
        (_row[0], _time[0], _position[0]) = (row, time, position);
        OnLate(new Chunk<T>(_row, _time, _position) { SourceWatermark = isBySource ? watermark : EventTime.MinValue }, watermark);
    }

    /// <summary>The late rows go on with the operator's watermark: for an operator that tells its outputs itself.</summary>
    public void OnWatermark(long watermark) => output?.OnWatermark(watermark);

    /// <summary>What takes the results of an operator that tells its watermark to <paramref name="results"/> only: the late rows hear of it
    /// too.</summary>
    public Receiver<TOut> Beside<TOut>(Receiver<TOut> results) => output is null ? results : new Both<TOut>(results, output);

    private sealed class Both<TOut>(Receiver<TOut> results, Receiver<T> late) : Receiver<TOut>
    {
        public override void OnChunk(in Chunk<TOut> chunk) => results.OnChunk(chunk);

        public override void OnWatermark(long watermark)
        {
            results.OnWatermark(watermark);
            late.OnWatermark(watermark);
        }
    }
}
