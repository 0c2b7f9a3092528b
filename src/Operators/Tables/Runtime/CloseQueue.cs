namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Which keys have something that is complete, by the time after which it is. Made anew of the states when these are
/// restored.</summary>
internal sealed class CloseQueue<TKey>
{
    private readonly PriorityQueue<TKey, (long Time, ulong Hash)> _queue = new();

    /// <summary>Something of the key is complete once the watermark has passed a time. What is no longer so is left in, and is found to be
    /// nothing when its time comes.</summary>
    public void Add(TKey key, ulong hash, long time) => _queue.Enqueue(key, (time, hash));

    /// <summary>Takes the next key that is due: its time is below the watermark.</summary>
    public bool TryTake(long watermark, out TKey key, out ulong hash, out long time)
    {
        if (!_queue.TryPeek(out TKey? next, out (long Time, ulong Hash) at) || (at.Time >= watermark && watermark != EventTime.MaxValue))
        {
            (key, hash, time) = (default!, 0, 0);
            return false;
        }

        _queue.Dequeue();
        (key, hash, time) = (next, at.Hash, at.Time);
        return true;
    }

    /// <summary>Every live entry of a map is due some time.</summary>
    public void Restore<TState>(StateMap<TKey, TState> map, Func<TState, long> timeOf)
    {
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            ref StateMap<TKey, TState>.Entry entry = ref map.At(slot);
            if (map.IsLive(entry))
                Add(entry.Key, map.HashOf(entry.Key), timeOf(entry.State));
        }
    }
}
