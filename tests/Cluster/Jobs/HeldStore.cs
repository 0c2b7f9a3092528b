using System.Runtime.CompilerServices;
using ActorStreams.Authoring;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A store that holds a call back until a test lets it go on: what happens meanwhile, happens in the middle of the call.</summary>
internal sealed class HeldStore(Store inner) : Store
{
    private readonly Lock _lock = new();
    private readonly List<HeldCall> _held = [];

    public override string Description => inner.Description;

    public override string Durability => inner.Durability;

    public override TopicLog Topics => inner.Topics;

    public override bool TakesNodes => inner.TakesNodes;

    /// <summary>Holds the next commit of a job, or of its savepoints (<c>job/savepoints</c>).</summary>
    public HeldCall HoldCommitOf(string job) => Hold($"commit {job}");

    /// <summary>Holds the next time that a node reads state of a job to restore it.</summary>
    public HeldCall HoldRestoreOf(string job) => Hold($"restore {job}");

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
        new Writer(this, job, await inner.OpenAsync(job, cancellation));

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        inner.OpenReaderAsync(job, cancellation);

    public override async ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default) =>
        new Node(this, job, await inner.OpenNodeAsync(job, generation, cancellation));

    private HeldCall Hold(string call)
    {
        var held = new HeldCall(call);
        lock (_lock)
            _held.Add(held);
        return held;
    }

    private Task ReachAsync(string call)
    {
        lock (_lock)
        {
            if (_held.FirstOrDefault(one => one.Call == call) is not { } held)
                return Task.CompletedTask;
            _held.Remove(held);
            return held.ReachAsync();
        }
    }

    private sealed class Writer(HeldStore store, string job, JobJournal journal) : JobJournal
    {
        public override long Generation => journal.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            journal.EpochsAsync(cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            journal.LastEpochAsync(cancellation);

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) => journal.ReadAsync(operatorName, firstShard, count, epoch, cancellation);

        public override async ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
        {
            await store.ReachAsync($"commit {job}");
            await journal.CommitAsync(commit, cancellation);
        }

        public override ValueTask CheckFenceAsync(CancellationToken cancellation = default) => journal.CheckFenceAsync(cancellation);

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
            journal.RewindAsync(epoch, cancellation);

        public override ValueTask DisposeAsync() => journal.DisposeAsync();
    }

    private sealed class Node(HeldStore store, string job, NodeJournal journal) : NodeJournal
    {
        public override long Generation => journal.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            journal.EpochsAsync(cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            journal.LastEpochAsync(cancellation);

        public override async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            await store.ReachAsync($"restore {job}");
            await foreach (JournalEvent found in journal.ReadAsync(operatorName, firstShard, count, epoch, cancellation))
                yield return found;
        }

        public override ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default) =>
            journal.PrepareAsync(part, cancellation);

        public override ValueTask DisposeAsync() => journal.DisposeAsync();
    }
}

/// <summary>A call that is held.</summary>
internal sealed class HeldCall(string call)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Call => call;

    /// <summary>Completes when somebody calls.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Lets the call go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Fails the call, which does nothing.</summary>
    public void Fail() => _released.TrySetException(new StoreException("The server has crashed."));

    public Task ReachAsync()
    {
        _reached.TrySetResult();
        return _released.Task;
    }
}
