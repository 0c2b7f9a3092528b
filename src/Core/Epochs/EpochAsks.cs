namespace ActorStreams.Core.Epochs;

/// <summary>Who does not want to wait for the end of the interval: everyone who asks before an epoch begins shares that epoch, and such
/// epochs begin at least 10 ms apart.</summary>
/// <remarks>A second writer that asks while an epoch is on its way shares the one after it: a storm of asks makes one epoch after another,
/// never two at once.</remarks>
internal sealed class EpochAsks(TimeProvider clock)
{
    private static readonly TimeSpan s_apart = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private List<TaskCompletionSource<long>> _waiting = [];
    private List<TaskCompletionSource<long>> _sharing = [];
    private JobException? _ended;
    private long? _begunAt;
    private bool _isAsked;

    /// <summary>Completes with the number of an epoch that began after this call and is committed.</summary>
    public Task<long> Add()
    {
        var ask = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_ended is not null)
                return Task.FromException<long>(_ended);
            _waiting.Add(ask);
            _isAsked = true;
        }

        return ask.Task;
    }

    /// <summary>Asks without waiting for the answer.</summary>
    public void AddSilently()
    {
        lock (_lock)
            _isAsked = true;
    }

    /// <summary>How long to wait for the epoch that was asked for; zero: not at all. Null: nobody asked.</summary>
    public TimeSpan? Due
    {
        get
        {
            lock (_lock)
            {
                if (!_isAsked)
                    return null;
                TimeSpan left = _begunAt is { } begun ? s_apart - clock.GetElapsedTime(begun) : TimeSpan.Zero;
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>An epoch begins.</summary>
    public void OnBegun()
    {
        lock (_lock)
        {
            (_sharing, _waiting, _isAsked) = (_waiting, [], false);
            _begunAt = clock.GetTimestamp();
        }
    }

    /// <summary>The epoch that began last is committed.</summary>
    public void OnCommitted(long epoch)
    {
        List<TaskCompletionSource<long>> sharing;
        lock (_lock)
            (sharing, _sharing) = (_sharing, []);
        foreach (TaskCompletionSource<long> ask in sharing)
            ask.TrySetResult(epoch);
    }

    /// <summary>No further epoch comes in this run.</summary>
    public void End(JobException reason)
    {
        List<TaskCompletionSource<long>> left;
        lock (_lock)
        {
            _ended ??= reason;
            left = [.. _sharing, .. _waiting];
            (_sharing, _waiting) = ([], []);
        }

        foreach (TaskCompletionSource<long> ask in left)
            ask.TrySetException(_ended);
    }
}
