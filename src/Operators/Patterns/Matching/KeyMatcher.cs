using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Matches rows on the stored runs of their keys, and looks at a key again when the time of one of them is over.</summary>
internal sealed class KeyMatcher<TKey, T>(Automaton<T> automaton, MatchStates<TKey, T> states, IMatchOutput output, long step)
{
    private readonly Matcher<T> _matcher = new(automaton, states.Buffer, output);
    private readonly Alarms<TKey> _alarms = new(step);

    /// <summary>The key whose runs were looked at last: what is found is found of it.</summary>
    public TKey Key { get; private set; } = default!;

    /// <summary>Rows that would have made more runs than a key may have.</summary>
    public long Capped
    {
        get => _matcher.Capped;
        set => _matcher.Capped = value;
    }

    /// <summary>Keys that are to be looked at when some time is over.</summary>
    public int AlarmsSet => _alarms.Count;

    /// <summary>The number of the next row, where rows have none of their own.</summary>
    public long NextNumber => _matcher.NextNumber;

    /// <summary>When a key is to be looked at next; the end of time if none is.</summary>
    public long NextAlarm => _alarms.Next;

    /// <summary>The states are restored: finds out when each key is to be looked at.</summary>
    public void OnRestored()
    {
        _matcher.NextNumber = states.NextNumber;
        for (int slot = 0; slot < states.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref states.Map.At(slot);
            if (!states.Map.IsLive(entry))
                continue;
            _matcher.FindDeadline(ref entry.State);
            entry.State.Alarm = EventTime.MaxValue;
            _alarms.Set(ref entry.State, entry.Key, states.Map.HashOf(entry.Key));
        }
    }

    /// <summary>Whether the key may have runs; false is certain.</summary>
    public bool MayHaveRuns(ulong hash) => states.MayHave(hash);

    /// <summary>Shows a row to its key's runs, after what was over before it.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="hash">Of the key.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">When it happened.</param>
    /// <param name="number">Grows from row to row of a key and time.</param>
    /// <param name="position">Where it came from.</param>
    /// <param name="mayStart">Whether it may begin a match: if not, a key without runs is left alone.</param>
    /// <returns>What user code threw: then the row has left no trace.</returns>
    public Exception? OnRow(TKey key, ulong hash, in T row, long time, long number, long position, bool mayStart)
    {
        int slot = states.Map.Find(key, hash);
        if (slot < 0 && !mayStart)
            return null;
        Key = key;
        KeyRuns runs = slot < 0 ? KeyRuns.None : states.Map.At(slot).State;
        bool isChanged = _matcher.Expire(ref runs, time);
        Exception? thrown = null;
        try
        {
            isChanged |= _matcher.OnRow(ref runs, row, time, number, position);
        }
        catch (Exception error) when (error is not JobException)
        {
            thrown = error;
        }

        if (isChanged)
            Save(key, hash, ref runs, slot >= 0);
        return thrown;
    }

    /// <summary>Looks at one key whose alarm is due.</summary>
    /// <returns>False if none is.</returns>
    public bool FireOne(long now)
    {
        if (!_alarms.TryTake(now, out TKey key, out ulong hash, out long at))
            return false;
        int slot = states.Map.Find(key, hash);
        if (slot < 0 || states.Map.At(slot).State.Alarm != at)
            return true;
        Key = key;
        KeyRuns runs = states.Map.At(slot).State;
        runs.Alarm = EventTime.MaxValue;
        if (_matcher.Expire(ref runs, now))
        {
            Save(key, hash, ref runs, existed: true);
        }
        else
        {
            _alarms.Set(ref runs, key, hash);
            states.Map.At(slot).State = runs;
        }

        return true;
    }

    private void Save(TKey key, ulong hash, ref KeyRuns runs, bool existed)
    {
        if (!runs.IsEmpty)
            _alarms.Set(ref runs, key, hash);
        states.Save(key, hash, runs, existed);
    }
}
