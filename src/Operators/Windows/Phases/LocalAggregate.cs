using System.Runtime.CompilerServices;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.Phases;

/// <summary>Adds rows up before they are sent to their key's region: a table of a fixed size, one place for each hash, from which the next
/// key evicts the last.</summary>
/// <remarks>
/// A frequent key comes back at once when it was evicted, a rare one makes room: no counting of frequencies. Everything held goes out
/// before a watermark, a barrier and a pause, so nothing is kept across epochs, and no row in an accumulator can be late where it arrives:
/// the region's watermark is at most
/// this actor's own. A row of a window that is complete by that one is sent by itself, so that it can be judged, and told as late, as it
/// is.
/// </remarks>
/// <seealso href="https://dl.acm.org/doi/10.1109/ICDE.2002.994787">Larson: Data reduction by partial preaggregation (2002).</seealso>
internal sealed class LocalAggregate<TKey, T, TAgg, TAcc, TOut>(
    Func<T, TKey> keyOf, ulong seed, SliceGrid grid, TAgg aggregator, OperatorErrors errors, Receiver<Partial<TKey, T, TAcc>> output)
        : Receiver<T>, IRowBuffer
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private const int Places = 1024;

    private readonly Held[] _held = new Held[Places];
    private readonly Partial<TKey, T, TAcc>[] _rows = new Partial<TKey, T, TAcc>[Chunk<T>.Size];
    private readonly long[] _times = new long[Chunk<T>.Size];
    private readonly long[] _positions = new long[Chunk<T>.Size];
    private Slice _slice = new(0, 0, 0);
    private bool _isOpen;
    private bool _isInWindow;
    private int _used;
    private int _count;
    private long _watermark = EventTime.MinValue;

    public override void OnChunk(in Chunk<T> chunk)
    {
        for (int row = 0; row < chunk.Count;)
        {
            int at = row;
            try
            {
                AddFrom(chunk, ref at);
            }
            catch (Exception error)
            {
                errors.OnRow(error, chunk.Rows[at], chunk.Times[at], chunk.PositionOf(at));
            }

            row = at + 1;
        }

        Send();
    }

    public override void OnWatermark(long watermark)
    {
        Flush();
        (_watermark, _slice, _isOpen) = (watermark, new Slice(0, 0, 0), false);
        output.OnWatermark(watermark);
    }

    public bool Flush()
    {
        if (_used == 0)
            return false;
        for (int place = 0; place < Places; place++)
        {
            if (_held[place].Rows > 0)
                Evict(ref _held[place]);
        }

        Send();
        return true;
    }

    private void AddFrom(in Chunk<T> chunk, ref int row)
    {
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times[..rows.Length];
        for (; row < rows.Length; row++)
        {
            long time = times[row];
            if (time < _slice.Start || time >= _slice.End)
                Find(time);
            if (!_isInWindow)
                continue;
            TKey key = keyOf(rows[row]);
            if (!_isOpen)
            {
                Put(new Partial<TKey, T, TAcc>(key, default!, 0, rows[row]), time, chunk.PositionOf(row));
                continue;
            }

            ulong hash = KeyHash<TKey>.Of(key, seed);
            ref Held held = ref _held[(int)(hash >> 32) & (Places - 1)];
            if (held.Hash != hash || held.Start != _slice.Start || held.Rows == 0 || !EqualityComparer<TKey>.Default.Equals(held.Key, key))
            {
                if (held.Rows > 0)
                    Evict(ref held);
                (held.Key, held.Hash, held.Start, held.Time) = (key, hash, _slice.Start, time);
            }

            if (errors.Skips)
                Try(held.Accumulator, rows[row]);
            aggregator.Add(ref held.Accumulator, rows[row]);
            _used += held.Rows++ == 0 ? 1 : 0;
        }
    }

    private void Find(long time)
    {
        _isInWindow = grid.TryFind(time, out _slice);
        _isOpen = grid.EndOf(grid.FirstWindowOf(_slice)) > _watermark;
    }

    /// <summary>Throws what adding the row would throw.</summary>
    private void Try(TAcc accumulator, in T row)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            aggregator.Check(accumulator, row);
        else
            aggregator.Add(ref accumulator, row);
    }

    private void Evict(ref Held held)
    {
        _used--;
        Put(new Partial<TKey, T, TAcc>(held.Key, held.Accumulator, held.Rows, default!), held.Time, Position.None);
        (held.Accumulator, held.Rows) = (default!, 0);
    }

    private void Put(in Partial<TKey, T, TAcc> partial, long time, long position)
    {
        if (_count == _rows.Length)
            Send();
        _rows[_count] = partial;
        _positions[_count] = position;
        _times[_count++] = time;
    }

    private void Send()
    {
        int count = _count;
        if (count == 0)
            return;
        _count = 0;
        output.OnChunk(new Chunk<Partial<TKey, T, TAcc>>(_rows.AsSpan(0, count), _times.AsSpan(0, count), _positions.AsSpan(0, count)));
    }

    private struct Held
    {
        public TKey Key;
        public ulong Hash;
        public long Start;
        public long Time;
        public TAcc Accumulator;
        public int Rows;
    }
}
