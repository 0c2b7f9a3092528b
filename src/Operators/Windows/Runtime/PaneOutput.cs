using ActorStreams.Core.Actors;
using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>Panes on their way out. A key may put out several at once, so that there is always room: it is emptied between two keys.</summary>
internal sealed class PaneOutput<TRow>(ActorContext context, Receiver<TRow> output)
{
    private TRow[] _rows = new TRow[Chunk<TRow>.Size];
    private long[] _times = new long[Chunk<TRow>.Size];
    private int _count;
    private int _sent;

    public bool IsEmpty => _sent == _count;

    /// <summary>Whether there is a chunk to send.</summary>
    public bool IsFull => _count >= Chunk<TRow>.Size;

    public void Add(TRow row, long time)
    {
        if (_count == _rows.Length)
        {
            Array.Resize(ref _rows, _count * 2);
            Array.Resize(ref _times, _count * 2);
        }

        _rows[_count] = row;
        _times[_count++] = time;
    }

    /// <summary>Sends what there is, a chunk at a time.</summary>
    /// <returns>Whether everything is out and more may follow.</returns>
    public bool Send()
    {
        while (_sent < _count)
        {
            if (context.MustYield)
                return false;
            int count = Math.Min(Chunk<TRow>.Size, _count - _sent);
            int from = _sent;
            _sent += count;
            output.OnChunk(new Chunk<TRow>(_rows.AsSpan(from, count), _times.AsSpan(from, count)));
        }

        (_count, _sent) = (0, 0);
        return !context.MustYield;
    }

    public void OnWatermark(long watermark) => output.OnWatermark(watermark);
}
