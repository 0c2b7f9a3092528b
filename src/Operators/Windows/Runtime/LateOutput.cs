using ActorStreams.Core.Actors;
using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>Where the late rows of one region go, and how many there were.</summary>
internal sealed class LateOutput<T>(LateRows policy, OperatorErrors errors, Receiver<T>? output)
{
    /// <summary>How many rows came late since the operator first started.</summary>
    public long Rows { get; set; }

    public void OnLate(in Chunk<T> rows, long watermark)
    {
        Rows += rows.Count;
        if (policy == LateRows.Output)
        {
            output!.OnChunk(rows);
        }
        else if (policy == LateRows.DeadLetter)
        {
            for (int row = 0; row < rows.Count; row++)
                errors.OnLate(rows.Rows[row], rows.Times[row], rows.PositionOf(row), watermark);
        }
    }
}
