namespace ActorStreams.Core.Records;

/// <summary>The source watermarks of a batch's rows. Neighbouring rows mostly have the same, so what is kept is where a stretch of equal
/// ones begins.</summary>
internal sealed class SourceWatermarks
{
    private int[] _starts = new int[8];
    private long[] _watermarks = new long[8];
    private int _count;

    /// <summary>Rows from <paramref name="row"/> on have it; no smaller row was named before.</summary>
    public void Begin(int row, long watermark)
    {
        // No row has come since the stretch before began: it is none.
        if (_count > 0 && _starts[_count - 1] == row)
            _count--;
        if (_count > 0 && _watermarks[_count - 1] == watermark)
            return;
        if (_count == _starts.Length)
        {
            Array.Resize(ref _starts, _count * 2);
            Array.Resize(ref _watermarks, _count * 2);
        }

        (_starts[_count], _watermarks[_count]) = (row, watermark);
        _count++;
    }

    /// <summary>The source watermark of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="end">The first row after it that has another.</param>
    public long At(int row, out int end)
    {
        int at = Array.BinarySearch(_starts, 0, _count, row);
        at = at >= 0 ? at : ~at - 1;
        end = at + 1 < _count ? _starts[at + 1] : int.MaxValue;
        return at >= 0 ? _watermarks[at] : EventTime.MinValue;
    }

    public void Clear() => _count = 0;
}
