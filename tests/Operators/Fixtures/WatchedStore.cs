using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>A store whose commits a test can await, count, hold back and fail.</summary>
internal sealed class WatchedStore(Store inner) : Store
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _epoch;

    public override string Description => inner.Description;

    public override string Durability => inner.Durability;

    /// <summary>Called before each attempt to commit; what it throws, the commit throws.</summary>
    public Func<EpochCommit, Task>? OnCommit { get; set; }

    /// <summary>Called when a job is opened for writing.</summary>
    public Action? OnOpen { get; set; }

    /// <summary>Commits that were made since the store was opened.</summary>
    public int Commits { get; private set; }

    public long Epoch
    {
        get
        {
            lock (_lock)
                return _epoch;
        }
    }

    /// <summary>Completes once the epoch is committed.</summary>
    public async Task EpochAsync(long epoch)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_epoch >= epoch)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(Limits.Test);
        }
    }

    /// <summary>Completes once <paramref name="count"/> more epochs are committed.</summary>
    public Task MoreEpochsAsync(int count = 2) => EpochAsync(Epoch + count);

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        OnOpen?.Invoke();
        return new Journal(this, await inner.OpenAsync(job, cancellation));
    }

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        inner.OpenReaderAsync(job, cancellation);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Committed(long epoch)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            (_epoch, Commits) = (epoch, Commits + 1);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
    }

    private sealed class Journal(WatchedStore store, JobJournal journal) : JobJournal
    {
        public override long Generation => journal.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            journal.EpochsAsync(cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            journal.LastEpochAsync(cancellation);

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            journal.ReadAsync(operatorName, firstShard, count, epoch, cancellation);

        public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
        {
            if (store.OnCommit is { } before)
                await before(commit).WaitAsync(cancellation);
            await journal.CommitAsync(commit, cancellation);
            store.Committed(commit.Epoch);
        }

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
            journal.RewindAsync(epoch, cancellation);

        public override ValueTask DisposeAsync() => journal.DisposeAsync();
    }
}
