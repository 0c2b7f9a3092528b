using ActorStreams.Core.Actors;
using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>Where the late rows of one region go, and how many there were.</summary>
internal sealed class LateOutput<T>(LateRows<T> rows, OperatorErrors errors, Receiver<T>? output)
{
    private readonly T[] _row = new T[1];
    private readonly long[] _time = new long[1];
    private readonly long[] _position = new long[1];

    /// <summary>How many rows came late since the operator first started.</summary>
    public long Rows { get; set; }

    public void OnLate(in Chunk<T> late, long watermark)
    {
        Rows += late.Count;
        output?.OnChunk(late);
        if (!rows.AreDeadLetters)
            return;
        for (int row = 0; row < late.Count; row++)
            errors.OnLate(late.Rows[row], late.Times[row], late.PositionOf(row), watermark);
    }

    /// <summary>The same for a row by itself.</summary>
    public void OnLate(in T row, long time, long position, long watermark)
    {
        (_row[0], _time[0], _position[0]) = (row, time, position);
        OnLate(new Chunk<T>(_row, _time, _position), watermark);
    }

    /// <summary>For an operator whose late rows go on with its watermark.</summary>
    public void OnWatermark(long watermark) => output?.OnWatermark(watermark);
}
