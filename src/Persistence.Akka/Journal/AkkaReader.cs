using System.Runtime.CompilerServices;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>Reads what a job committed, while it runs elsewhere.</summary>
internal sealed class AkkaReader(JobReader rows, ShardJournals shards) : JobReader
{
    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        rows.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => rows.LastEpochAsync(cancellation);

    public override async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await CommitMarks.CheckRetainedAsync(rows, epoch, cancellation);
        EpochRecord last = (await rows.LastEpochAsync(cancellation))!;
        WriterLog writers = await CommitMarks.WritersAsync(rows, last.Epoch, cancellation);
        await foreach (JournalEvent found in shards.ReadAsync(operatorName, firstShard, count, epoch, writers, cancellation))
            yield return found;
    }

    public override async ValueTask DisposeAsync()
    {
        shards.Close();
        await rows.DisposeAsync();
        await base.DisposeAsync();
    }
}
