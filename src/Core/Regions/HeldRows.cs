namespace ActorStreams.Core.Regions;

/// <summary>Rows held back, with their keys, while output is full: a copy, because chunks are their senders'.</summary>
internal sealed class HeldRows<TKey, T>
{
    private T[] _rows = [];
    private TKey[] _keys = [];
    private ulong[] _hashes = [];
    private long[] _times = [];
    private long[] _positions = [];
    private long _sourceWatermark = EventTime.MinValue;
    private int _from;
    private int _to;

    public bool IsEmpty => _from == _to;

    /// <summary>The first of them, at most as many as a chunk holds; <see cref="Keys"/> and <see cref="Hashes"/> are theirs.</summary>
    public Chunk<T> Next =>
        new(_rows.AsSpan(_from, NextCount), _times.AsSpan(_from, NextCount),
        _positions.AsSpan(_from, NextCount))
        { SourceWatermark = _sourceWatermark };

    public ReadOnlySpan<TKey> Keys => _keys.AsSpan(_from, NextCount);

    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(_from, NextCount);

    private int NextCount => Math.Min(Chunk<T>.Size, _to - _from);

    /// <summary>The first <paramref name="rows"/> have had their turn.</summary>
    public void Done(int rows) => _from += rows;

    /// <summary>Appends the rows of a chunk, from <paramref name="from"/> on. Those that it holds already are of the same chunk, which its
    /// sender cut into several.</summary>
    public void Add(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, int from)
    {
        int count = chunk.Count - from;
        _sourceWatermark = chunk.SourceWatermark;
        if (_from == _to)
            (_from, _to) = (0, 0);
        Reserve(_to + count);
        chunk.Rows[from..].CopyTo(_rows.AsSpan(_to));
        keys.Slice(from, count).CopyTo(_keys.AsSpan(_to));
        hashes.Slice(from, count).CopyTo(_hashes.AsSpan(_to));
        chunk.Times[from..].CopyTo(_times.AsSpan(_to));
        for (int row = 0; row < count; row++)
            _positions[_to + row] = chunk.PositionOf(from + row);
        _to += count;
    }

    private void Reserve(int rows)
    {
        if (rows <= _rows.Length)
            return;
        int size = Math.Max(Math.Max(rows, _rows.Length * 2), Chunk<T>.Size);
        Array.Resize(ref _rows, size);
        Array.Resize(ref _keys, size);
        Array.Resize(ref _hashes, size);
        Array.Resize(ref _times, size);
        Array.Resize(ref _positions, size);
    }
}
