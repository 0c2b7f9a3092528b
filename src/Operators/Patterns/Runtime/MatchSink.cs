using ActorStreams.Core.Actors;
using ActorStreams.Core.Records;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>Turns matches into rows and holds them until output takes them.</summary>
internal abstract class MatchSink<TMatch>
{
    public abstract int Count { get; }

    /// <summary>Calls user code.</summary>
    public abstract void Add(TMatch match, long time);

    /// <returns>Whether everything is out and more may follow.</returns>
    public abstract bool Send(ActorContext context);

    public abstract void OnWatermark(long watermark);
}

/// <summary>One row a match, or any number of them.</summary>
internal sealed class MatchSink<TMatch, TOut>(Func<TMatch, TOut>? one, Func<TMatch, IEnumerable<TOut>>? many, Receiver<TOut> output) : MatchSink<TMatch>
{
    private TOut[] _rows = new TOut[Chunk<TOut>.Size];
    private long[] _times = new long[Chunk<TOut>.Size];
    private int _count;
    private int _sent;

    public override int Count => _count - _sent;

    public override void Add(TMatch match, long time)
    {
        if (one is not null)
        {
            Put(one(match), time);
            return;
        }

        int before = _count;
        try
        {
            foreach (TOut row in many!(match))
                Put(row, time);
        }
        catch
        {
            _count = before;
            throw;
        }
    }

    public override bool Send(ActorContext context)
    {
        while (_sent < _count)
        {
            if (context.MustYield)
                return false;
            int count = Math.Min(Chunk<TOut>.Size, _count - _sent);
            int from = _sent;
            _sent += count;
            output.OnChunk(new Chunk<TOut>(_rows.AsSpan(from, count), _times.AsSpan(from, count)));
        }

        (_count, _sent) = (0, 0);
        return !context.MustYield;
    }

    public override void OnWatermark(long watermark) => output.OnWatermark(watermark);

    private void Put(TOut row, long time)
    {
        if (_count == _rows.Length)
        {
            Array.Resize(ref _rows, _count * 2);
            Array.Resize(ref _times, _count * 2);
        }

        _rows[_count] = row;
        _times[_count++] = time;
    }
}
