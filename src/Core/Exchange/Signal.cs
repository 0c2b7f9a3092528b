using System.Threading.Tasks.Sources;

namespace ActorStreams.Core.Exchange;

/// <summary>A reusable awaitable for one waiter: a stage instance, in whose turns it is both awaited and set.</summary>
/// <remarks>The continuation is a turn of its own on the waiter's scheduler, never inline.</remarks>
internal sealed class Signal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isWaiting;

    public ValueTask WaitAsync()
    {
        _core.Reset();
        _isWaiting = true;
        return new ValueTask(this, _core.Version);
    }

    /// <returns>Whether somebody waited.</returns>
    public bool Set()
    {
        if (!_isWaiting)
            return false;
        _isWaiting = false;
        _core.SetResult(true);
        return true;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
