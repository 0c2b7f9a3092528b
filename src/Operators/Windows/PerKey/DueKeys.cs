namespace ActorStreams.Operators.Windows.PerKey;

/// <summary>When keys are looked at next, in the order of time; made anew of the state after a restart. Keys of equal time come in the
/// order of their hashes.</summary>
/// <remarks>A key that is to be looked at earlier is added again: whoever takes it knows by the time whether it still holds.</remarks>
internal sealed class DueKeys<TKey>
{
    private readonly PriorityQueue<TKey, (long Time, ulong Hash)> _queue = new();

    public int Count => _queue.Count;

    public void Add(TKey key, ulong hash, long time) => _queue.Enqueue(key, (time, hash));

    /// <summary>Takes the first key that is due at <paramref name="now"/>.</summary>
    public bool TryTake(long now, out TKey key, out ulong hash, out long time)
    {
        if (!_queue.TryPeek(out TKey? first, out (long Time, ulong Hash) at) || at.Time > now)
        {
            (key, hash, time) = (default!, 0, 0);
            return false;
        }

        _queue.Dequeue();
        (key, hash, time) = (first, at.Hash, at.Time);
        return true;
    }
}
