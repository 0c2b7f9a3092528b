namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>What a node hears of its job.</summary>
internal sealed class NoticesOfNode
{
    private readonly Lock _lock = new();
    private readonly List<JobNotice> _all = [];
    private readonly List<(Func<JobNotice, bool> IsIt, TaskCompletionSource<JobNotice> Seen)> _waiting = [];

    /// <summary>Called with each, before anybody who waits for it.</summary>
    public Action<JobNotice> OnTaken { get; set; } = static _ => { };

    public IReadOnlyList<JobNotice> All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    /// <summary>The first of a kind, once it is there.</summary>
    public Task<JobNotice> FirstAsync(JobNoticeKind kind) => FirstAsync(notice => notice.Kind == kind);

    /// <summary>The first that is the one, once it is there.</summary>
    public Task<JobNotice> FirstAsync(Func<JobNotice, bool> isIt)
    {
        var seen = new TaskCompletionSource<JobNotice>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_all.FirstOrDefault(isIt) is { } known)
                return Task.FromResult(known);
            _waiting.Add((isIt, seen));
        }

        return seen.Task;
    }

    public void Take(JobNotice notice)
    {
        OnTaken(notice);
        lock (_lock)
        {
            _all.Add(notice);
            foreach ((Func<JobNotice, bool> isIt, TaskCompletionSource<JobNotice> seen) in _waiting)
            {
                if (isIt(notice))
                    seen.TrySetResult(notice);
            }
        }
    }
}
