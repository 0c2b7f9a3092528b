namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>When the region looks at a key again, in whole steps of time: coarse timers, made anew after a restart.</summary>
internal sealed class Alarms<TKey>(long step)
{
    private readonly SortedList<long, List<(TKey Key, ulong Hash)>> _keys = [];
    private readonly Stack<List<(TKey Key, ulong Hash)>> _spare = new();

    /// <summary>Alarms that are set.</summary>
    public int Count { get; private set; }

    /// <summary>The next one; the end of time if there is none.</summary>
    public long Next => _keys.Count == 0 ? EventTime.MaxValue : _keys.GetKeyAtIndex(0);

    /// <summary>Looks at the key once its deadline has passed; an alarm set before that is early enough.</summary>
    public void Set(ref KeyRuns runs, TKey key, ulong hash)
    {
        if (runs.Deadline == EventTime.MaxValue)
            return;
        long at = EventTime.AddSaturated(EventTime.FloorDiv(runs.Deadline - 1, step) * step, step);
        if (at >= runs.Alarm)
            return;
        runs.Alarm = at;
        if (!_keys.TryGetValue(at, out List<(TKey Key, ulong Hash)>? keys))
            _keys[at] = keys = _spare.TryPop(out List<(TKey, ulong)>? spare) ? spare : [];
        keys.Add((key, hash));
        Count++;
    }

    /// <summary>Takes a key whose alarm is due at <paramref name="now"/>.</summary>
    public bool TryTake(long now, out TKey key, out ulong hash, out long at)
    {
        while (_keys.Count > 0 && _keys.GetKeyAtIndex(0) <= now)
        {
            at = _keys.GetKeyAtIndex(0);
            List<(TKey Key, ulong Hash)> keys = _keys.GetValueAtIndex(0);
            if (keys.Count > 0)
            {
                (key, hash) = keys[^1];
                keys.RemoveAt(keys.Count - 1);
                Count--;
                return true;
            }

            _keys.RemoveAt(0);
            if (keys.Capacity <= 4096)
                _spare.Push(keys);
        }

        (key, hash, at) = (default!, 0, 0);
        return false;
    }
}
