using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>One input of an operator with two: finds keys, counts, and keeps the rest of a chunk while output is full.</summary>
internal abstract class KeyedSide<TKey, T>(Func<T, TKey> keyOf, ulong seed, OperatorErrors errors, ITwoInputs owner) : Receiver<T>
{
    private readonly KeyLoop<TKey, T> _loop = KeyLoop<TKey, T>.Of(keyOf, seed);
    private readonly TKey[] _keys = new TKey[Chunk<T>.Size];
    private readonly ulong[] _hashes = new ulong[Chunk<T>.Size];
    private readonly HeldRows<TKey, T> _waiting = new();

    public long Rows { get; set; }

    public long Watermark { get; private set; } = EventTime.MinValue;

    public bool IsIdle { get; private set; }

    public bool HasWaiting => !_waiting.IsEmpty;

    public sealed override void OnChunk(in Chunk<T> chunk)
    {
        IsIdle = false;
        int row = 0;
        try
        {
            _loop.Find(chunk.Rows, _keys, _hashes, ref row);
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
        while (!_waiting.IsEmpty)
        {
            int row = 0;
            RunUntilFull(_waiting.Next, _waiting.Keys, _waiting.Hashes, ref row);
            _waiting.Done(row);
            if (!owner.SendIfFull())
                return false;
        }

        return true;
    }

    /// <summary>Runs the operator on rows from <paramref name="row"/> on, until the end or until there is a chunk of output; leaves in
    /// <paramref name="row"/> the first row not taken.</summary>
    /// <remarks>If it throws, <paramref name="row"/> is the row on which it did.</remarks>
    protected abstract void Run(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row);

    private void Take(in Chunk<T> chunk)
    {
        Rows += chunk.Count;
        if (owner.IsSuspended)
        {
            _waiting.Add(chunk, _keys, _hashes, 0);
            return;
        }

        int row = 0;
        while (row < chunk.Count)
        {
            RunUntilFull(chunk, _keys.AsSpan(0, chunk.Count), _hashes.AsSpan(0, chunk.Count), ref row);
            if (owner.SendIfFull())
                continue;
            _waiting.Add(chunk, _keys, _hashes, row);
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
