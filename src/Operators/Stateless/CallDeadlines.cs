namespace ActorStreams.Operators.Stateless;

/// <summary>Ends calls that take too long, by one timer for all of them, which only wakes the actor.</summary>
/// <remarks>All have the same timeout, so the next moment to look is the deadline of the oldest call seen when looking last: about one look
/// per timeout.</remarks>
internal sealed class CallDeadlines<TIn, TOut>(TimeSpan timeout, StageContext context)
{
    private readonly TimeProvider _clock = context.Clock;
    private readonly bool _isBounded = timeout != Timeout.InfiniteTimeSpan;
    private readonly long _ticks = timeout == Timeout.InfiniteTimeSpan ? 0
        : (long)Math.Ceiling(timeout.TotalSeconds * context.Clock.TimestampFrequency);
    private readonly List<AsyncCall<TIn, TOut>> _calls = [];
    private ITimer? _timer;
    private bool _isSet;
    private volatile bool _isDue;

    public void Add(AsyncCall<TIn, TOut> call)
    {
        call.Index = _calls.Count;
        _calls.Add(call);
        if (!_isBounded)
            return;
        call.Deadline = _clock.GetTimestamp() + _ticks;
        if (!_isSet)
            LookIn(timeout);
    }

    public void Remove(AsyncCall<TIn, TOut> call)
    {
        AsyncCall<TIn, TOut> last = _calls[^1];
        _calls[call.Index] = last;
        last.Index = call.Index;
        _calls.RemoveAt(_calls.Count - 1);
    }

    /// <summary>Fails the calls whose time is over.</summary>
    public void Check(CallQueue<TIn, TOut> queue)
    {
        if (!_isDue)
            return;
        _isDue = false;
        long now = _clock.GetTimestamp();
        long next = long.MaxValue;
        foreach (AsyncCall<TIn, TOut> call in _calls)
        {
            if (call.IsOver)
                continue;
            if (call.Deadline > now)
            {
                next = Math.Min(next, call.Deadline);
            }
            else if (call.TryFail(new TimeoutException($"The call did not return within {timeout}.")))
            {
                queue.OnReturned(call);
                call.Cancel();
            }
        }

        _isSet = false;
        if (next != long.MaxValue)
            LookIn(_clock.GetElapsedTime(now, next));
    }

    public async ValueTask CloseAsync()
    {
        foreach (AsyncCall<TIn, TOut> call in _calls)
            call.Cancel();
        if (_timer is not null)
            await _timer.DisposeAsync();
    }

    private void LookIn(TimeSpan wait)
    {
        // Timers count whole milliseconds, and may be early: what is not due then is looked at again.
        wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _isSet = true;
        _timer ??= _clock.CreateTimer(static self => ((CallDeadlines<TIn, TOut>)self!).OnTimer(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        _isDue = true;
        context.Inbox.Wake();
    }
}
