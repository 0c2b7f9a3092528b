using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Actors;

/// <summary>One input of an operator with two: finds keys, counts, and keeps the rest of a chunk while output is full.</summary>
internal abstract class KeyedSide<TKey, T>(Func<T, TKey> keyOf, OperatorErrors errors, ITwoInputs owner) : Receiver<T>
{
    private readonly TKey[] _keys = new TKey[Chunk<T>.Size];
    private readonly ulong[] _hashes = new ulong[Chunk<T>.Size];
    private T[] _waiting = [];
    private TKey[] _waitingKeys = [];
    private ulong[] _waitingHashes = [];
    private long[] _waitingTimes = [];
    private long[] _waitingPositions = [];
    private int _from;
    private int _to;

    public long Rows { get; set; }

    public long Watermark { get; private set; } = EventTime.MinValue;

    public bool IsIdle { get; private set; }

    public bool HasWaiting => _from < _to;

    public sealed override void OnChunk(in Chunk<T> chunk)
    {
        IsIdle = false;
        int row = 0;
        try
        {
            FindKeys(chunk.Rows, ref row);
        }
        catch (Exception error)
        {
            Take(chunk.Slice(0, row));
            errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            OnChunk(chunk.Slice(row + 1, chunk.Count - row - 1));
            return;
        }

        Take(chunk);
    }

    public sealed override void OnWatermark(long watermark)
    {
        IsIdle = false;
        Watermark = watermark;
        owner.OnSideChanged();
    }

    public sealed override void OnIdle()
    {
        IsIdle = true;
        owner.OnSideChanged();
    }

    /// <summary>Goes on with what waits.</summary>
    /// <returns>Whether nothing waits any more and more output may follow.</returns>
    public bool Continue()
    {
        while (_from < _to)
        {
            int count = Math.Min(Chunk<T>.Size, _to - _from), from = _from;
            var chunk = new Chunk<T>(_waiting.AsSpan(from, count), _waitingTimes.AsSpan(from, count), _waitingPositions.AsSpan(from, count));
            int row = 0;
            while (row < count)
            {
                RunUntilFull(chunk, _waitingKeys.AsSpan(from, count), _waitingHashes.AsSpan(from, count), ref row);
                _from = from + row;
                if (!owner.SendIfFull())
                    return false;
            }
        }

        return true;
    }

    /// <summary>Runs the operator on rows from <paramref name="row"/> on, until the end or until there is a chunk of output; leaves in <paramref name="row"/> the first row not taken.</summary>
    /// <remarks>If it throws, <paramref name="row"/> is the row on which it did.</remarks>
    protected abstract void Run(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row);

    private void Take(in Chunk<T> chunk)
    {
        Rows += chunk.Count;
        if (owner.IsSuspended)
        {
            Keep(chunk, 0);
            return;
        }

        int row = 0;
        while (row < chunk.Count)
        {
            RunUntilFull(chunk, _keys.AsSpan(0, chunk.Count), _hashes.AsSpan(0, chunk.Count), ref row);
            if (owner.SendIfFull())
                continue;
            Keep(chunk, row);
            owner.Suspend();
            return;
        }

        owner.SendOrSuspend();
    }

    private void RunUntilFull(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        try
        {
            Run(chunk, keys, hashes, ref row);
        }
        catch (Exception error)
        {
            errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            owner.OnRowFailed();
            row++;
        }
    }

    private void FindKeys(ReadOnlySpan<T> rows, ref int row)
    {
        TKey[] keys = _keys;
        ulong[] hashes = _hashes;
        for (int at = 0; at < rows.Length; at++)
        {
            row = at;
            TKey key = keyOf(rows[at]);
            keys[at] = key;
            hashes[at] = KeyHash<TKey>.Of(key);
        }
    }

    private void Keep(in Chunk<T> chunk, int from)
    {
        int count = chunk.Count - from;
        if (_from == _to)
            (_from, _to) = (0, 0);
        Reserve(_to + count);
        chunk.Rows[from..].CopyTo(_waiting.AsSpan(_to));
        _keys.AsSpan(from, count).CopyTo(_waitingKeys.AsSpan(_to));
        _hashes.AsSpan(from, count).CopyTo(_waitingHashes.AsSpan(_to));
        chunk.Times[from..].CopyTo(_waitingTimes.AsSpan(_to));
        for (int row = 0; row < count; row++)
            _waitingPositions[_to + row] = chunk.PositionOf(from + row);
        _to += count;
    }

    private void Reserve(int rows)
    {
        if (rows <= _waiting.Length)
            return;
        int size = Math.Max(Math.Max(rows, _waiting.Length * 2), Chunk<T>.Size);
        Array.Resize(ref _waiting, size);
        Array.Resize(ref _waitingKeys, size);
        Array.Resize(ref _waitingHashes, size);
        Array.Resize(ref _waitingTimes, size);
        Array.Resize(ref _waitingPositions, size);
    }
}

/// <summary>What the two inputs of an operator tell it.</summary>
internal interface ITwoInputs
{
    bool IsSuspended { get; }

    /// <summary>An input's watermark or idleness has changed.</summary>
    void OnSideChanged();

    /// <summary>Sends what was put out if it is a chunk or more.</summary>
    /// <returns>Whether more may follow.</returns>
    bool SendIfFull();

    /// <summary>Sends what was put out; suspended if nothing may follow.</summary>
    void SendOrSuspend();

    /// <summary>Rows are left to be run once output takes more.</summary>
    void Suspend();

    /// <summary>User code threw: takes back what the row has put out and changed.</summary>
    void OnRowFailed();
}
