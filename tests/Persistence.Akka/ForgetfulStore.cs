using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>Commits an epoch and loses the answer, as a database does whose connection breaks and that cannot be asked at once.</summary>
internal sealed class ForgetfulStore(Store store) : Store
{
    /// <summary>Whether the next commit ends without an answer.</summary>
    public bool ForgetsToAnswer { get; set; }

    public override string Description => store.Description;

    public override string Durability => store.Durability;

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default) =>
        new Journal(this, await store.OpenAsync(job, cancellation));

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        store.OpenReaderAsync(job, cancellation);

    private sealed class Journal(ForgetfulStore store, JobJournal journal) : JobJournal
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
            await journal.CommitAsync(commit, cancellation);
            if (store.ForgetsToAnswer)
            {
                store.ForgetsToAnswer = false;
                throw new StoreException("The connection was lost.", isTransient: true);
            }
        }

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
            journal.RewindAsync(epoch, cancellation);
    }
}
