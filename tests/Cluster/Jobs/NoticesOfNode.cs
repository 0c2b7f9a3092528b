using System.Collections.Concurrent;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>What a node hears of its job.</summary>
internal sealed class NoticesOfNode
{
    private readonly ConcurrentQueue<JobNotice> _all = [];
    private readonly ConcurrentDictionary<JobNoticeKind, TaskCompletionSource<JobNotice>> _waiting = [];

    public IReadOnlyCollection<JobNotice> All => _all;

    /// <summary>The first of a kind, once it is there.</summary>
    public Task<JobNotice> FirstAsync(JobNoticeKind kind) => Waiting(kind).Task;

    public void Take(JobNotice notice)
    {
        _all.Enqueue(notice);
        Waiting(notice.Kind).TrySetResult(notice);
    }

    private TaskCompletionSource<JobNotice> Waiting(JobNoticeKind kind) => _waiting.GetOrAdd(kind,
        static _ => new TaskCompletionSource<JobNotice>(TaskCreationOptions.RunContinuationsAsynchronously));
}
