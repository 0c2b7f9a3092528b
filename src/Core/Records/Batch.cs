namespace ActorStreams.Core.Records;

/// <summary>Rows on their way from one actor to another: columns filled by the sender, handed over whole, returned to the pool by the
/// receiver.</summary>
internal sealed class Batch<T>(int capacityRows, bool withPositions, bool withSourceWatermarks) : LaneBatch
{
    public readonly T[] Rows = new T[capacityRows];
    public readonly long[] Times = new long[capacityRows];
    public readonly long[]? Positions = withPositions ? new long[capacityRows] : null;
    public readonly SourceWatermarks? SourceWatermarks = withSourceWatermarks ? new SourceWatermarks() : null;
    public int Count;

    /// <summary>The rows from <paramref name="start"/> on, as many as go into one chunk.</summary>
    public Chunk<T> ChunkAt(int start)
    {
        int count = Math.Min(Chunk<T>.Size, Count - start);
        long watermark = EventTime.MinValue;
        if (SourceWatermarks is not null)
        {
            watermark = SourceWatermarks.At(start, out int end);
            count = Math.Min(count, end - start);
        }

        return new Chunk<T>(Rows.AsSpan(start, count), Times.AsSpan(start, count), Positions is null ? default
            : Positions.AsSpan(start, count))
        { SourceWatermark = watermark };
    }
}

/// <summary>Batches between one sender and its receivers, reused; grows to what is under way at once, which the inboxes bound.</summary>
internal sealed class BatchPool<T>(int capacityRows, bool withPositions, bool withSourceWatermarks)
{
    private readonly Stack<Batch<T>> _free = new();

    /// <summary>Rows that a batch holds at most.</summary>
    public int CapacityRows => capacityRows;

    /// <summary>Whether batches carry the positions of their rows.</summary>
    public bool WithPositions => withPositions;

    /// <summary>Whether batches carry the source watermarks of their rows.</summary>
    public bool WithSourceWatermarks => withSourceWatermarks;

    public Batch<T> Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out Batch<T>? batch))
                return batch;
        }

        return new Batch<T>(capacityRows, withPositions, withSourceWatermarks);
    }

    public void Return(Batch<T> batch)
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(batch.Rows, 0, batch.Count);
        batch.Count = 0;
        batch.SourceWatermarks?.Clear();
        lock (_free)
            _free.Push(batch);
    }
}
