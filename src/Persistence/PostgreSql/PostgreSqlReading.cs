using System.Data;
using System.Runtime.CompilerServices;
using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>What readers and writers of a job read alike: committed epochs, each answer from one snapshot of the database.</summary>
internal sealed class PostgreSqlReading(PostgreSqlStore store, string name, int job)
{
    private readonly string _schema = store.Options.Schema;

    public async ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation) =>
        await ReadAsync(newestOnly: false, cancellation);

    public async ValueTask<EpochRecord?> LastAsync(CancellationToken cancellation) =>
        (await ReadAsync(newestOnly: true, cancellation)).LastOrDefault();

    /// <summary>Who may write the job now; 0 if nobody ever did.</summary>
    public Task<long> GenerationAsync(CancellationToken cancellation) => store.GuardAsync("reading who writes the job", async () =>
    {
        await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
        await using NpgsqlCommand command = new($"SELECT generation FROM \"{_schema}\".jobs WHERE id = $1",
            connection)
        { Parameters = { new() { Value = job } } };
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    });

    public IAsyncEnumerable<JournalEvent> EventsAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation) =>
        store.GuardAsync($"reading operator '{operatorName}' of job '{name}'",
            StreamAsync(operatorName, firstShard, count, epoch, cancellation), cancellation);

    private async IAsyncEnumerable<JournalEvent> StreamAsync(string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        int? op = await FindAsync(connection, operatorName, epoch, cancellation);
        if (op is null)
            yield break;

        await using NpgsqlCommand command = new($"""
            SELECT j.shard, j.epoch, j.is_snapshot, j.part, j.crc, j.payload FROM "{_schema}".journal j
            LEFT JOIN (SELECT shard, max(epoch) AS epoch FROM "{_schema}".journal
                WHERE job = $1 AND operator = $2 AND shard >= $3 AND shard < $4 AND epoch <= $5 AND is_snapshot AND part = 0 GROUP BY shard) s ON s.shard = j.shard
            WHERE j.job = $1 AND j.operator = $2 AND j.shard >= $3 AND j.shard < $4 AND j.epoch <= $5 AND j.epoch >= coalesce(s.epoch, 0)
            ORDER BY j.shard, j.epoch, j.part
            """, connection);
        foreach (object value in new object[] { job, op.Value, firstShard, (int)Math.Min((long)firstShard + count, int.MaxValue), epoch })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            JournalEvent journalEvent = new(operatorName, reader.GetInt32(0), reader.GetInt64(1), IsSnapshot: reader.GetBoolean(2),
                Part: reader.GetInt32(3), Payload: default);
            uint checksum = (uint)reader.GetInt64(4);
            journalEvent = journalEvent with { Payload = await reader.GetFieldValueAsync<byte[]>(5, cancellation), Checksum = checksum };
            yield return Checksum.Of(journalEvent) == checksum ? journalEvent
                : throw CommitRules.DamagedEvent(store.Description, name, journalEvent);
        }
    }

    private async Task<int?> FindAsync(NpgsqlConnection connection, string operatorName, long epoch, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"""
            SELECT EXISTS (SELECT 1 FROM "{_schema}".epochs WHERE job = $1 AND epoch = $2), (SELECT id FROM "{_schema}".operators WHERE job = $1 AND name = $3)
            """, connection) { Parameters = { new() { Value = job }, new() { Value = epoch }, new() { Value = operatorName } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (!reader.GetBoolean(0))
            throw CommitRules.NotRetained(name, epoch);
        return reader.IsDBNull(1) ? null : reader.GetInt32(1);
    }

    private Task<List<EpochRecord>> ReadAsync(bool newestOnly, CancellationToken cancellation) =>
        store.GuardAsync("reading the epochs", async () =>
    {
        await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
        await using NpgsqlCommand command = new(
            $"SELECT epoch, generation, committed_at, crc, manifest FROM \"{_schema}\".epochs WHERE job = $1 ORDER BY epoch {(newestOnly ? "DESC LIMIT 1" : "")}", connection)
        { Parameters = { new() { Value = job } } };
        List<EpochRecord> records = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            EpochRecord record = new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<byte[]>(4));
            if (Checksum.Of(record) != (uint)reader.GetInt64(3))
                throw CommitRules.Damaged(store.Description, name, $"the manifest of epoch {record.Epoch}");
            records.Add(record);
        }

        return records;
    });
}

/// <summary>A reader that is not the job's writer.</summary>
internal sealed class PostgreSqlReader(PostgreSqlReading reading) : JobReader
{
    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
        reading.EpochsAsync(cancellation);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => reading.LastAsync(cancellation);

    public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        CancellationToken cancellation = default) =>
        reading.EventsAsync(operatorName, firstShard, count, epoch, cancellation);
}
