namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Waits for something to arrive, and gives up after a second: then nothing has come for a while.</summary>
internal sealed class IdleTick : IAsyncDisposable
{
    private static readonly TimeSpan s_while = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer;
    private TaskCompletionSource _tick = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IdleTick(TimeProvider clock) => _timer = clock.CreateTimer(
        static self => Volatile.Read(ref ((IdleTick)self!)._tick).TrySetResult(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <returns>False: nothing has come for a while.</returns>
    public async ValueTask<bool> WaitAsync(Task arrival, CancellationToken cancellation)
    {
        if (_tick.Task.IsCompleted)
            Volatile.Write(ref _tick, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _timer.Change(s_while, Timeout.InfiniteTimeSpan);
        await Task.WhenAny(arrival, _tick.Task).WaitAsync(cancellation);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return arrival.IsCompleted;
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
