namespace ActorStreams.Core.Epochs;

/// <summary>Who does not want to wait for the end of the interval: everyone who asks before an epoch begins shares that epoch, and such
/// epochs begin some time apart.</summary>
/// <remarks>A second writer that asks while an epoch is on its way shares the one after it: a storm of asks makes one epoch after another,
/// never two at once. Touched in turns of the epochs' only.</remarks>
/// <param name="clock">The job's clock.</param>
/// <param name="apart">The least time between the beginnings of two of them.</param>
internal sealed class EpochAsks(TimeProvider clock, TimeSpan apart)
{
    private List<TaskCompletionSource<long>> _waiting = [];
    private List<TaskCompletionSource<long>> _sharing = [];
    private JobException? _ended;
    private long? _begunAt;
    private bool _isAsked;

    /// <summary>Takes an ask in: it is told the number of an epoch that began after this call and is committed.</summary>
    public void Add(TaskCompletionSource<long> ask)
    {
        if (_ended is not null)
        {
            ask.TrySetException(_ended);
            return;
        }

        _waiting.Add(ask);
        _isAsked = true;
    }

    /// <summary>Asks without waiting for the answer.</summary>
    public void AddSilently() => _isAsked = true;

    /// <summary>How long to wait for the epoch that was asked for; zero: not at all. Null: nobody asked.</summary>
    public TimeSpan? Due
    {
        get
        {
            if (!_isAsked)
                return null;
            TimeSpan left = _begunAt is { } begun ? apart - clock.GetElapsedTime(begun) : TimeSpan.Zero;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>An epoch begins.</summary>
    public void OnBegun()
    {
        (_sharing, _waiting, _isAsked) = (_waiting, [], false);
        _begunAt = clock.GetTimestamp();
    }

    /// <summary>The epoch that began last is committed.</summary>
    public void OnCommitted(long epoch)
    {
        foreach (TaskCompletionSource<long> ask in _sharing)
            ask.TrySetResult(epoch);
        _sharing = [];
    }

    /// <summary>No further epoch comes in this run.</summary>
    public void End(JobException reason)
    {
        _ended ??= reason;
        foreach (TaskCompletionSource<long> ask in _sharing.Concat(_waiting))
            ask.TrySetException(_ended);
        (_sharing, _waiting) = ([], []);
    }
}
