using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Stateless;

/// <summary>Copies of rows that a suspended operator has been given and not begun yet, in order. A chunk at most, unless its caller cut the
/// chunk into several.</summary>
internal sealed class WaitingRows<T>
{
    private T[] _rows = [];
    private long[] _times = [];
    private long[] _positions = [];
    private int _next;
    private int _end;

    public bool IsEmpty => _next == _end;

    public void Add(in Chunk<T> rows)
    {
        if (_next == _end)
            (_next, _end) = (0, 0);
        int needed = _end + rows.Count;
        if (needed > _rows.Length)
        {
            int length = Math.Max(needed, Chunk<T>.Size);
            Array.Resize(ref _rows, length);
            Array.Resize(ref _times, length);
            Array.Resize(ref _positions, length);
        }

        rows.Rows.CopyTo(_rows.AsSpan(_end));
        rows.Times.CopyTo(_times.AsSpan(_end));
        if (rows.Positions.IsEmpty)
            _positions.AsSpan(_end, rows.Count).Fill(Position.None);
        else
            rows.Positions.CopyTo(_positions.AsSpan(_end));
        _end = needed;
    }

    public bool TryTake(out T row, out long time, out long position)
    {
        if (_next == _end)
        {
            (row, time, position) = (default!, 0, Position.None);
            return false;
        }

        (row, time, position) = (_rows[_next], _times[_next], _positions[_next]);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _rows[_next] = default!;
        _next++;
        return true;
    }
}
