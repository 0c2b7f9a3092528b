namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A clock that goes faster than that of the machine: what waits for seconds by it waits for a part of them.</summary>
/// <param name="times">How many times faster.</param>
internal sealed class FastClock(int times) : TimeProvider
{
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow();
    private readonly long _began = TimeProvider.System.GetTimestamp();

    public override long TimestampFrequency => TimeProvider.System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + (TimeProvider.System.GetElapsedTime(_began) * times);

    public override long GetTimestamp() => _began + ((TimeProvider.System.GetTimestamp() - _began) * times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(TimeProvider.System.CreateTimer(callback, state, Short(dueTime), Short(period)), this);

    private TimeSpan Short(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / times;

    private sealed class Timer(ITimer inner, FastClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.Short(dueTime), clock.Short(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
