using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>Rows on their way out of an operator. There is always room, since one row or key may put out any number; it is emptied between two of them.</summary>
internal sealed class RowOutput<T>(StageContext context, Receiver<T> output) : IUnsent
{
    private T[] _rows = new T[Chunk<T>.Size];
    private long[] _times = new long[Chunk<T>.Size];
    private int _count;
    private int _sent;
    private int _rowStart;

    public bool IsEmpty => _sent == _count;

    /// <summary>Whether there is a chunk to send.</summary>
    public bool IsFull => _count >= Chunk<T>.Size;

    /// <summary>How many rows it holds, those included that were sent but not taken off yet; see <see cref="TakeBack"/>.</summary>
    public int Count => _count;

    public void Add(in T row, long time) => Next(time) = row;

    /// <summary>A row that the caller makes in place.</summary>
    public ref T Next(long time)
    {
        int at = _count;
        if (at == _rows.Length)
            Grow();
        _times[at] = time;
        _count = at + 1;
        return ref _rows[at];
    }

    /// <summary>Takes back what was added since <see cref="Count"/> was <paramref name="count"/>.</summary>
    public void TakeBack(int count) => _count = count;

    /// <summary>A row of input begins: what is added from here on is taken back by <see cref="TakeBackRow"/>.</summary>
    public void BeginRow() => _rowStart = _count;

    /// <summary>Takes back what the present row of input has become.</summary>
    public void TakeBackRow() => _count = _rowStart;

    /// <summary>Sends what there is, a chunk at a time.</summary>
    /// <returns>Whether everything is out and more may follow.</returns>
    public bool Send()
    {
        while (_sent < _count)
        {
            if (context.MustYield)
                return false;
            int count = Math.Min(Chunk<T>.Size, _count - _sent), from = _sent;
            _sent += count;
            output.OnChunk(new Chunk<T>(_rows.AsSpan(from, count), _times.AsSpan(from, count)));
        }

        (_count, _sent, _rowStart) = (0, 0, 0);
        return !context.MustYield;
    }

    public void OnWatermark(long watermark) => output.OnWatermark(watermark);

    private void Grow()
    {
        Array.Resize(ref _rows, _count * 2);
        Array.Resize(ref _times, _count * 2);
    }
}
