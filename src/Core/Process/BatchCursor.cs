namespace ActorStreams.Core.Process;

/// <summary>Goes through a batch row by row.</summary>
internal interface IBatchCursor<TKey>
{
    /// <summary>How many rows of the batch are taken.</summary>
    int Taken { get; }

    /// <summary>Whether there is room for what a row puts out.</summary>
    bool MayGoOn { get; }

    /// <summary>The row before is done; this one begins.</summary>
    void Take(TKey key, ulong hash, long time, long position);
}

/// <summary>The cursor of one region's operator: enters each row's key.</summary>
/// <param name="calls">What the operator is given.</param>
/// <param name="operatorName">The operator's name.</param>
/// <param name="mayGoOn">Whether there is room for what a row puts out.</param>
/// <param name="begin">A row from this position begins.</param>
internal sealed class BatchCursor<TKey, TOut>(ProcessCalls<TKey, TOut> calls, string operatorName, Func<bool> mayGoOn, Action<long> begin)
    : IBatchCursor<TKey>
{
    public int Taken { get; private set; }

    public bool MayGoOn => mayGoOn();

    /// <summary>Gives the operator the rows from <paramref name="row"/> on.</summary>
    /// <remarks>If it throws, <paramref name="row"/> is the row on which it did: the first one if it had taken none.</remarks>
    public void Run<T>(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row, BatchCall<TKey, T, TOut> call)
    {
        int first = row, count = chunk.Count - first;
        if (count == 0 || !MayGoOn)
            return;
        Taken = 0;
        try
        {
            call(new KeyedBatch<TKey, T>(chunk.Slice(first, count), keys.Slice(first, count), hashes.Slice(first, count), this), calls);
            End();
            row = first + Taken;
        }
        catch (Exception)
        {
            row = first + Math.Max(Taken - 1, 0);
            throw;
        }
    }

    public void Take(TKey key, ulong hash, long time, long position)
    {
        if (Taken > 0)
            calls.Leave();
        begin(position);
        calls.Enter(key, hash, time);
        Taken++;
    }

    /// <summary>The operator has returned.</summary>
    /// <exception cref="JobException">It has taken no row, though there was room: it would be given the same rows for ever.</exception>
    private void End()
    {
        if (Taken == 0)
        {
            throw new JobException($"Operator '{operatorName}' has returned from a batch without taking a row of it. " +
                "Take each row with batch.Next(out int row), until that is false.");
        }

        calls.Leave();
    }
}

/// <summary>Calls an operator with a batch.</summary>
internal delegate void BatchCall<TKey, T, TOut>(KeyedBatch<TKey, T> batch, ProcessContext<TKey, TOut> context);
