using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>When the windows of a key are looked at without a row: timers, in event time and by the clock.</summary>
internal abstract partial class WindowRegion<TKey, T, TAgg, TAcc, TOut, TPanes>
{
    private const int TimersPerPiece = 256;

    private readonly TimerCalendar<TKey> _eventTimers = new();
    private readonly TimerCalendar<TKey> _clockTimers = new();
    private bool _isClockFiring;

    public long NextProcessingTime => _clockTimers.NextTime;

    public void Resume() => _loop.Continue(this);

    public void OnProcessingTime(long now)
    {
        Clock = now;
        _isClockFiring = true;
        _loop.Continue(this);
    }

    Fired IFiring.Fire()
    {
        if (_loop.IsAdvancing && !FireDue(_eventTimers, Watermark, isClock: false))
            return Fired.Some;
        if (_isClockFiring && !FireDue(_clockTimers, Clock, isClock: true))
            return Fired.Some;
        _isClockFiring = false;
        return Fired.All;
    }

    void IFiring.OnFired() => _panes.OnWatermark(Watermark);

    protected override void Advance(long watermark)
    {
        ReadClock();
        _loop.Advance(this);
    }

    /// <summary>Sets the key's timers for the first instant at which one of its windows wants to be looked at.</summary>
    private void SetTimers(ref KeyWindows<TAcc, TOut> windows, TKey key, ulong hash)
    {
        long nextEvent = EventTime.MaxValue, nextClock = EventTime.MaxValue;
        for (int i = 0; i < windows.Count; i++)
        {
            (long itsEvent, long itsClock) = NextOf(ref windows.At(i));
            (nextEvent, nextClock) = (Math.Min(nextEvent, itsEvent), Math.Min(nextClock, itsClock));
        }

        SetTimers(ref windows, key, hash, nextEvent, nextClock);
    }

    /// <summary>Sets the key's timers, unless they are set for earlier instants.</summary>
    private void SetTimers(ref KeyWindows<TAcc, TOut> windows, TKey key, ulong hash, long nextEvent, long nextClock)
    {
        SetTimer(_eventTimers, ref windows.EventTimer, key, hash, nextEvent);
        if (nextClock != EventTime.MaxValue)
            SetTimer(_clockTimers, ref windows.ClockTimer, key, hash, nextClock);
    }

    /// <summary>When a window wants to be looked at: in event time, and by the clock.</summary>
    private (long Event, long Clock) NextOf(ref WindowCell<TAcc, TOut> cell)
    {
        Moment now = MomentOf(cell.Window);
        long nextEvent = EventTime.MaxValue, nextClock = EventTime.MaxValue;
        long next = cell.IsCompleted || cell.IsClosed ? now.Expiry : cell.End;
        if (!cell.IsClosed)
        {
            bool isReady = !cell.IsTouched && Root.IsReady(ref cell.Trigger, now);
            next = Math.Min(next, isReady && Root.IsDue(ref cell.Trigger, now, byClock: false) ? Progress
                : Root.NextEventTime(ref cell.Trigger, now));
            nextClock = isReady && Root.IsDue(ref cell.Trigger, now, byClock: true) ? Clock : Root.NextClock(ref cell.Trigger, now);
        }

        if (Options.IsProcessingTime)
            nextClock = Math.Min(nextClock, next);
        else
            nextEvent = next;
        return (nextEvent, nextClock);
    }

    private void RestoreTimers()
    {
        for (int slot = 0; slot < Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyWindows<TAcc, TOut>>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
                SetTimers(ref entry.State, entry.Key, Map.HashOf(entry.Key));
        }

        // A barrier may have cut into a firing: the rest comes before anything else.
        if (_eventTimers.Count > 0 && _eventTimers.NextTime <= Watermark)
            _loop.AdvanceLater();
    }

    private static void SetTimer(TimerCalendar<TKey> timers, ref long timer, TKey key, ulong hash, long time)
    {
        long coded = Math.Max(time, EventTime.MinValue + 1) ^ long.MinValue;
        if (timer != 0 && (timer ^ long.MinValue) <= time)
            return;
        timer = coded;
        timers.Add(key, hash, coded ^ long.MinValue);
    }

    /// <returns>Whether nothing is due any more; otherwise there is a chunk of output, or others may have their turn.</returns>
    private bool FireDue(TimerCalendar<TKey> timers, long now, bool isClock)
    {
        for (int fired = 0; fired < TimersPerPiece && !_panes.IsFull; fired++)
        {
            if (!timers.TryTake(now, out TKey key, out ulong hash, out long time, out ulong ahead))
                return true;
            Map.Prefetch(ahead);
            OnTimer(key, hash, time, isClock);
        }

        return false;
    }

    private void OnTimer(TKey key, ulong hash, long time, bool isClock)
    {
        int slot = Map.Find(key, hash);
        if (slot < 0 || (isClock ? Map.At(slot).State.ClockTimer : Map.At(slot).State.EventTimer) != (time ^ long.MinValue))
            return;
        Map.Reserve(1);
        ref KeyWindows<TAcc, TOut> windows = ref Map.Touch(key, hash);
        if (isClock)
            windows.ClockTimer = 0;
        else
            windows.EventTimer = 0;
        for (int i = 0; i < windows.Count;)
            i += Look(ref windows, i, key) ? 1 : 0;
        if (windows.Count == 0)
            Map.Remove(key, hash);
        else
            SetTimers(ref windows, key, hash);
    }

    /// <summary>Time has passed for a window.</summary>
    /// <returns>Whether it is still there.</returns>
    private bool Look(ref KeyWindows<TAcc, TOut> windows, int index, TKey key)
    {
        ref WindowCell<TAcc, TOut> cell = ref windows.At(index);
        Moment now = MomentOf(cell.Window);
        bool isCompleting = now.IsComplete && !cell.IsCompleted;
        if (now.IsExpired)
        {
            if (!cell.IsClosed)
                Expire(ref cell, key, now, isCompleting);
            windows.RemoveAt(index);
            return false;
        }

        if (!isCompleting && (cell.IsClosed || !IsDue(ref cell, now)))
            return true;
        if (isCompleting)
            cell.Flags |= CellFlags.Completed;
        if (cell.IsClosed)
            return true;
        Tell(ref cell, now);
        Ask(ref cell, key, now, isCompleting);
        if (!cell.IsClosed)
            Grant(ref cell, now);
        return true;
    }

    /// <summary>The last chance for a pane.</summary>
    private void Expire(ref WindowCell<TAcc, TOut> cell, TKey key, in Moment now, bool isCompleting)
    {
        Tell(ref cell, now);
        if (!Ask(ref cell, key, now, isCompleting) && !cell.IsClosed && (cell.Fresh > 0 || Options.Closing == FiringBehaviour.FireAlways))
            Emit(ref cell, key, now, isCompleting, isLast: true);
    }
}
