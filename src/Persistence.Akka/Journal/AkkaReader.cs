using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>Reads what a job committed, while it runs elsewhere.</summary>
internal sealed class AkkaReader(JobReader rows, ShardJournals shards) : JobReader
{
    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        rows.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => rows.LastEpochAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) => shards.ReadAsync(rows, operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask DisposeAsync()
    {
        await shards.CloseAsync();
        await rows.DisposeAsync();
        await base.DisposeAsync();
    }
}
