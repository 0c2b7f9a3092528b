using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>What a node reads and prepares, over connections of its own.</summary>
internal sealed class PostgreSqlNode(PostgreSqlStore store, string name, int job, long generation) : NodeJournal
{
    private readonly PostgreSqlReading _reading = new(store, name, job);

    public override long Generation => generation;

    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        _reading.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => _reading.LastAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) =>
        _reading.EventsAsync(operatorName, firstShard, count, epoch, cancellation);

    public override async ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default)
    {
        PreparedContent content = PreparedContent.Of(name, part);
        store.Faults?.Reach("prepare");
        return await store.GuardAsync($"preparing epoch {part.Epoch} of job '{name}'", async () =>
        {
            await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
            await PostgreSqlPrepared.WriteAsync(connection, store.Options.Schema, job, generation, part, content, cancellation);
            store.Faults?.Reach("prepared");
            return content.Part;
        });
    }
}
