using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>The topics of a schema.</summary>
internal sealed class PostgreSqlTopicLog(PostgreSqlStore store) : TopicLog
{
    private readonly string _schema = store.Options.Schema;

    public TopicWakes Wakes { get; } = new();

    public override async ValueTask<(Topic Topic, int Schema)> OpenAsync(TopicSpec spec, Schema schema,
        CancellationToken cancellation = default)
    {
        TopicRules.Check(spec);
        return await store.GuardAsync($"opening topic '{spec.Name}'", async () =>
        {
            await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
            await store.EnsureSchemaAsync(connection, cancellation);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
            await PostgreSqlTopics.EnsureAsync(connection, _schema, cancellation);
            (Topic, int) opened = await PostgreSqlTopics.OpenAsync(connection, store.Description, _schema, spec, schema, cancellation);
            await transaction.CommitAsync(cancellation);
            return opened;
        });
    }

    public override async ValueTask<Topic?> FindAsync(string name, CancellationToken cancellation = default) =>
        await store.GuardAsync($"finding topic '{name}'", async () =>
    {
        await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
        return await PostgreSqlTopics.AreThereAsync(connection, _schema, cancellation)
            ? (await PostgreSqlTopics.FindAsync(connection, _schema, name, cancellation)).Topic : null;
    });

    public override async ValueTask<TopicRange> RangeAsync(string name, int partition, CancellationToken cancellation = default) =>
        await ReadAsync(name, async connection =>
    {
        await using NpgsqlCommand command = Command(connection, $"""
            SELECT p.first_offset, p.next_offset, p.watermark, coalesce((to_jsonb(p) ->> 'whole_from')::bigint, {long.MaxValue}), p.producers FROM "{_schema}".topic_partitions p JOIN "{_schema}".topics t ON t.id = p.topic WHERE t.name = $1 AND p.partition = $2
            """, name, partition);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw TopicRules.NotThere(name, store.Description);
        return new TopicRange(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2))
        {
            WholeFrom = reader.GetInt64(3),
            Producers = TopicProducers.Decode(await reader.GetFieldValueAsync<byte[]>(4, cancellation)),
        };
    }, cancellation);

    public override async ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(string name, int partition, long from, int maxBytes,
        CancellationToken cancellation = default) =>
        await ReadAsync(name, async connection =>
        {
            List<TopicEntry> entries = [];
            await using NpgsqlCommand command = Command(connection, $"""
                SELECT e.base_offset, e.span, e.records, e.schema, e.min_time, e.max_time, e.watermark, e.written_at, e.crc, e.payload
                FROM (SELECT e.*, sum(octet_length(e.payload)) OVER (ORDER BY e.base_offset) AS size, row_number() OVER (ORDER BY e.base_offset) AS number
                    FROM "{_schema}".topic_entries e WHERE e.topic = (SELECT id FROM "{_schema}".topics WHERE name = $1) AND e.partition = $2 AND e.base_offset + e.span > $3
                    AND e.base_offset >= coalesce((SELECT max(b.base_offset) FROM "{_schema}".topic_entries b WHERE b.topic = e.topic AND b.partition = $2 AND b.base_offset <= $3), 0)
                    ORDER BY e.base_offset LIMIT 64) e
                WHERE e.number = 1 OR e.size <= $4 ORDER BY e.base_offset
                """, name, partition, from, (long)maxBytes);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                TopicEntry entry = Entry(reader);
                entries.Add(TopicRules.Checksum(entry, partition) == (uint)reader.GetInt64(8) ? entry
                    : throw TopicRules.Damaged(store.Description, name, partition, entry.Offset));
            }

            return entries;
        }, cancellation);

    public override async ValueTask<long> EntryAtAsync(string name, int partition, long time, CancellationToken cancellation = default) =>
        await ReadAsync(name, async connection =>
    {
        await using NpgsqlCommand command = Command(connection, $"""
            SELECT coalesce((SELECT e.base_offset FROM "{_schema}".topic_entries e WHERE e.topic = p.topic AND e.partition = p.partition AND e.max_time >= $3 ORDER BY e.base_offset LIMIT 1), p.next_offset)
            FROM "{_schema}".topic_partitions p JOIN "{_schema}".topics t ON t.id = p.topic WHERE t.name = $1 AND p.partition = $2
            """, name, partition, time);
        return await command.ExecuteScalarAsync(cancellation) is long offset ? offset : throw TopicRules.NotThere(name, store.Description);
    }, cancellation);

    public override async ValueTask CompactAsync(string name, DateTimeOffset now, CancellationToken cancellation = default) =>
        await ReadAsync(name, async connection =>
    {
        await PostgreSqlTopicTrim.RunAsync(connection, store, name, EventTime.ToMicros(now), always: true, cancellation);
        return true;
    }, cancellation);

    public override IDisposable OnAppended(string name, Action appended) => Wakes.Add(name, appended);

    internal static TopicEntry Entry(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt64(4), reader.GetInt64(5),
        reader.GetInt64(6), reader.GetInt64(7), reader.GetFieldValue<byte[]>(9));

    internal static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
        NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private Task<T> ReadAsync<T>(string name, Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellation) =>
        store.GuardAsync($"reading topic '{name}'", async () =>
    {
        await using NpgsqlConnection connection = await store.ConnectToReadAsync(cancellation);
        try
        {
            return await read(connection);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw TopicRules.NotThere(name, store.Description);
        }
    });
}
