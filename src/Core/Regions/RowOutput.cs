using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>Rows on their way out of an operator, whatever they are.</summary>
internal abstract class RowOutput : IUnsent
{
    public abstract bool IsEmpty { get; }

    public abstract bool IsFull { get; }

    /// <summary>The output beside which this one is: the operator asks that one only, whether there is anything to send.</summary>
    public RowOutput? Main { get; set; }

    public abstract bool Send();

    public abstract void OnWatermark(long watermark);

    /// <summary>A row of input begins: what is added from here on is taken back by <see cref="TakeBackRow"/>.</summary>
    public abstract void BeginRow();

    /// <summary>Takes back what the present row of input has become.</summary>
    public abstract void TakeBackRow();

    /// <summary>An output beside it has a chunk to send.</summary>
    public abstract void SendSoon();
}

/// <summary>Rows on their way out of an operator. There is always room, since one row or key may put out any number; it is emptied between
/// two of them.</summary>
/// <typeparam name="T">The row.</typeparam>
internal sealed class RowOutput<T> : RowOutput
{
    private readonly StageContext _context;
    private readonly Receiver<T> _output;
    private readonly RowOutput[] _beside;
    private T[] _rows = new T[Chunk<T>.Size];
    private long[] _times = new long[Chunk<T>.Size];
    private int _count;
    private int _sent;
    private int _rowStart;
    private int _full = Chunk<T>.Size;

    /// <param name="context">The stage.</param>
    /// <param name="output">Takes the rows.</param>
    /// <param name="beside">Further outputs, which are sent, taken back and told the watermark together with it; they are added to by
    /// <see cref="AddBeside"/>.</param>
    public RowOutput(StageContext context, Receiver<T> output, params RowOutput[] beside)
    {
        (_context, _output, _beside) = (context, output, beside);
        foreach (RowOutput side in beside)
            side.Main = this;
    }

    public override bool IsEmpty => _sent == _count && Array.TrueForAll(_beside, static side => side.IsEmpty);

    /// <summary>Whether there is a chunk to send, here or beside.</summary>
    public override bool IsFull => _count >= _full;

    /// <summary>How many rows it holds, those included that were sent but not taken off yet; see <see cref="TakeBack"/>.</summary>
    public int Count => _count;

    public void Add(in T row, long time) => Next(time) = row;

    /// <summary>Adds a row to an output beside another one.</summary>
    public void AddBeside(in T row, long time)
    {
        Next(time) = row;
        if (_count >= Chunk<T>.Size)
            Main!.SendSoon();
    }

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

    public override void BeginRow()
    {
        _rowStart = _count;
        foreach (RowOutput side in _beside)
            side.BeginRow();
    }

    public override void TakeBackRow()
    {
        _count = _rowStart;
        foreach (RowOutput side in _beside)
            side.TakeBackRow();
    }

    public override void SendSoon() => _full = 0;

    /// <summary>Sends what there is, a chunk at a time.</summary>
    /// <returns>Whether everything is out and more may follow.</returns>
    public override bool Send()
    {
        while (_sent < _count)
        {
            if (_context.MustYield)
                return false;
            int count = Math.Min(Chunk<T>.Size, _count - _sent), from = _sent;
            _sent += count;
            _output.OnChunk(new Chunk<T>(_rows.AsSpan(from, count), _times.AsSpan(from, count)));
        }

        foreach (RowOutput side in _beside)
        {
            if (!side.Send())
                return false;
        }

        (_count, _sent, _rowStart, _full) = (0, 0, 0, Chunk<T>.Size);
        return !_context.MustYield;
    }

    public override void OnWatermark(long watermark)
    {
        _output.OnWatermark(watermark);
        foreach (RowOutput side in _beside)
            side.OnWatermark(watermark);
    }

    private void Grow()
    {
        Array.Resize(ref _rows, _count * 2);
        Array.Resize(ref _times, _count * 2);
    }
}
