namespace ActorStreams.Operators.Windows.General;

/// <summary>Which keys want to be looked at when; in memory only, because it follows from the windows that are open.</summary>
/// <remarks>Keys of one instant share an entry of the queue: windows that many keys share cost one append per key.</remarks>
internal sealed class TimerCalendar<TKey>
{
    private const int SpareDays = 64;
    private const int LargeDay = 4096;

    private readonly Dictionary<long, Day> _days = [];
    private readonly PriorityQueue<Day, long> _order = new();
    private readonly Stack<Day> _spare = new();
    private Day? _last;

    /// <summary>The next instant that somebody waits for; <see cref="EventTime.MaxValue"/> if nobody does.</summary>
    public long NextTime => _order.TryPeek(out _, out long time) ? time : EventTime.MaxValue;

    /// <summary>Entries.</summary>
    public int Count { get; private set; }

    public void Add(TKey key, ulong hash, long time)
    {
        Day day = _last?.Time == time ? _last : DayOf(time);
        _last = day;
        if (day.Count == day.Entries.Length)
            Array.Resize(ref day.Entries, day.Count * 2);
        day.Entries[day.Count++] = (key, hash);
        Count++;
    }

    /// <summary>Takes the next entry that is due at <paramref name="now"/>; <paramref name="ahead"/> is the hash of one that comes
    /// soon.</summary>
    public bool TryTake(long now, out TKey key, out ulong hash, out long time, out ulong ahead)
    {
        const int Distance = 8;
        if (!_order.TryPeek(out Day? day, out time) || time > now)
        {
            (key, hash, ahead) = (default!, 0, 0);
            return false;
        }

        (key, hash) = day.Entries[day.Next++];
        ahead = day.Entries[Math.Min(day.Next + Distance, day.Count - 1)].Hash;
        Count--;
        if (day.Next == day.Count)
            Close(day);
        return true;
    }

    private Day DayOf(long time)
    {
        if (_days.TryGetValue(time, out Day? day))
            return day;
        if (!_spare.TryPop(out day))
            day = new Day();
        day.Time = time;
        _days.Add(time, day);
        _order.Enqueue(day, time);
        return day;
    }

    private void Close(Day day)
    {
        _order.Dequeue();
        _days.Remove(day.Time);
        if (_last == day)
            _last = null;
        if (_spare.Count >= (day.Entries.Length > LargeDay ? 2 : SpareDays))
            return;
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<TKey>())
            Array.Clear(day.Entries, 0, day.Count);
        (day.Count, day.Next) = (0, 0);
        _spare.Push(day);
    }

    private sealed class Day
    {
        public (TKey Key, ulong Hash)[] Entries = new (TKey, ulong)[4];
        public long Time;
        public int Count;
        public int Next;
    }
}
