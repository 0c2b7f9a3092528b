using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>The time as one process sees it: while it stands still its timers do not fire, and once it is dead they never do.</summary>
internal sealed class NodeClock(VirtualClock clock) : TimeProvider
{
    private readonly Queue<Timer> _late = new();
    private bool _isPaused, _isDead;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, callback, state, dueTime, period);

    public void Pause() => _isPaused = true;

    public void Resume()
    {
        _isPaused = false;
        while (_late.TryDequeue(out Timer? timer))
            timer.FireLate();
    }

    public void Kill() => _isDead = true;

    private sealed class Timer : ITimer
    {
        private readonly NodeClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _timer;
        private bool _isLate, _isDisposed;

        public Timer(NodeClock clock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _timer = clock.Below.CreateTimer(static self => ((Timer)self!).Fire(), this, dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

        public void FireLate()
        {
            _isLate = false;
            if (!_isDisposed)
                _callback(_state);
        }

        public void Dispose()
        {
            _isDisposed = true;
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (_clock._isDead)
                Dispose();
            else if (!_clock._isPaused)
                _callback(_state);
            else if (!_isLate)
            {
                _isLate = true;
                _clock._late.Enqueue(this);
            }
        }
    }

    private VirtualClock Below => clock;
}
