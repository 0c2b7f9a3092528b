using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>A store that takes a number of commits, and then none: as a process that dies in the middle.</summary>
internal sealed class MortalStore(Store store) : Store
{
    /// <summary>How many commits it still takes.</summary>
    public int CommitsUntilDeath { get; set; } = int.MaxValue;

    public override string Description => store.Description;

    public override string Durability => store.Durability;

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
        new Journal(this, await store.OpenAsync(job, cancellation));

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        store.OpenReaderAsync(job, cancellation);

    private sealed class Journal(MortalStore store, JobJournal journal) : JobJournal
    {
        public override long Generation => journal.Generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            journal.EpochsAsync(cancellation);

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) =>
            journal.LastEpochAsync(cancellation);

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) => journal.ReadAsync(operatorName, firstShard, count, epoch, cancellation);

        public override ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default) =>
            store.CommitsUntilDeath-- > 0 ? journal.CommitAsync(commit, cancellation) : throw new StoreException("The process is dead.");

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
            journal.RewindAsync(epoch, cancellation);
    }
}
