namespace ActorStreams.TestKit;

/// <summary>A clock that stands still until it is told to advance. Timers fire in the order of their time, those of one instant in the
/// order they were set.</summary>
/// <remarks>
/// Event times in tests are best taken near <see cref="Start"/>, because jobs refuse rows from far ahead of their clock. Timers may be set
/// on any thread; it is advanced by one at a time.
/// </remarks>
/// <example><code>
/// var clock = new VirtualClock();
/// Task delay = Task.Delay(TimeSpan.FromHours(1), clock);
/// clock.Advance(TimeSpan.FromHours(1));      // the delay is over
/// </code></example>
public sealed class VirtualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<(VirtualTimer Timer, long Version), (long DueTicks, long Number)> _timers = new();
    private DateTimeOffset _zero;
    private long _elapsedTicks;
    private long _timersSet;

    /// <summary>A clock that shows <paramref name="start"/>.</summary>
    /// <param name="start">The first instant; null: 2030-01-01T00:00:00Z.</param>
    public VirtualClock(DateTimeOffset? start = null) => _zero = Start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The instant at which the clock began.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>How far it has advanced; <see cref="Jump"/> does not count.</summary>
    public TimeSpan Elapsed => new(_elapsedTicks);

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Called at every use of the clock: where the simulation notices a foreign thread.</summary>
    internal Action? Used { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        Used?.Invoke();
        return _zero.AddTicks(_elapsedTicks);
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        Used?.Invoke();
        return _elapsedTicks;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Used?.Invoke();
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Advances the clock, firing every timer on the way at its own time.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="span"/> is negative.</exception>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        long target = _elapsedTicks + span.Ticks;
        while (NextDueTicks() is { } due && due <= target)
            FireNext();
        _elapsedTicks = Math.Max(_elapsedTicks, target);
    }

    /// <summary>Advances to the next timer and fires it.</summary>
    /// <returns>False if there is none.</returns>
    public bool AdvanceToNextTimer()
    {
        if (NextDueTicks() is null)
            return false;
        FireNext();
        return true;
    }

    /// <summary>Sets the time of day forward or back, as an operator or a time server does. What is measured (timers, timestamps) does not
    /// notice.</summary>
    public void Jump(TimeSpan span) => _zero += span;

    /// <summary>When the next timer is due; null if none is set.</summary>
    internal TimeSpan? NextTimer => NextDueTicks() is { } due ? new TimeSpan(due) : null;

    private long? NextDueTicks()
    {
        lock (_lock)
        {
            while (_timers.TryPeek(out (VirtualTimer Timer, long Version) next, out (long DueTicks, long Number) at))
            {
                if (next.Timer.Version == next.Version)
                    return at.DueTicks;
                _timers.Dequeue();
            }

            return null;
        }
    }

    private void FireNext()
    {
        (VirtualTimer Timer, long Version) next;
        lock (_lock)
        {
            _timers.TryDequeue(out next, out (long DueTicks, long Number) at);
            _elapsedTicks = Math.Max(_elapsedTicks, at.DueTicks);
        }

        next.Timer.Fire();
    }

    private sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _isDisposed;

        /// <summary>Grows with each change, so that what was set before is void.</summary>
        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Used?.Invoke();
            if (_isDisposed)
                return false;
            lock (clock._lock)
            {
                _period = period;
                Version++;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock._timers.Enqueue((this, Version), (clock._elapsedTicks + dueTime.Ticks, clock._timersSet++));
            }

            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
            else
                Version++;
            callback(state);
        }

        public void Dispose()
        {
            _isDisposed = true;
            Version++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
