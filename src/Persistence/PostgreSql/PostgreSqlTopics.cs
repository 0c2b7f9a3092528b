using ActorStreams.Persistence.Shared;
using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>The tables of topics, and what is written to them inside the transaction of an epoch.</summary>
/// <remarks>
/// Who appends to a partition holds the lock on its row until the transaction ends, so offsets become visible in their order: readers never
/// see one before a smaller one. Rows are locked in the order of topics and partitions: two jobs that write the same topics wait, and never
/// for each other.
/// </remarks>
internal static class PostgreSqlTopics
{
    public static async Task EnsureAsync(NpgsqlConnection connection, string schema, CancellationToken cancellation)
    {
        await PostgreSqlSchema.ExecuteAsync(connection,
            $"SELECT pg_advisory_xact_lock(hashtext('actorstreams topics'), hashtext('{schema}'))", cancellation);
        if (await AreThereAsync(connection, schema, cancellation))
            return;
        await PostgreSqlSchema.ExecuteAsync(connection, $"""
            CREATE TABLE "{schema}".topics(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, partitions int NOT NULL, is_compacted boolean NOT NULL,
                retain_micros bigint, retain_bytes bigint, deletion_micros bigint NOT NULL);
            CREATE TABLE "{schema}".topic_schemas(topic int NOT NULL, version int NOT NULL, schema text NOT NULL, PRIMARY KEY(topic, version));
            CREATE TABLE "{schema}".topic_partitions(topic int NOT NULL, partition int NOT NULL, first_offset bigint NOT NULL, next_offset bigint NOT NULL,
                compacted_to bigint NOT NULL, watermark bigint NOT NULL, producers bytea NOT NULL, whole_from bigint NOT NULL DEFAULT 0,
                PRIMARY KEY(topic, partition)) WITH (fillfactor = 50);
            CREATE TABLE "{schema}".topic_entries(topic int NOT NULL, partition int NOT NULL, base_offset bigint NOT NULL, span int NOT NULL, records int NOT NULL, schema int NOT NULL,
                min_time bigint NOT NULL, max_time bigint NOT NULL, watermark bigint NOT NULL, written_at bigint NOT NULL, crc bigint NOT NULL, payload bytea NOT NULL,
                PRIMARY KEY(topic, partition, base_offset)) WITH (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05);
            ALTER TABLE "{schema}".topic_entries ALTER COLUMN payload SET STORAGE EXTERNAL;
            """, cancellation);
    }

    /// <summary>Takes note, in a store of format 1, of how far its compacted topics have holes that nothing tells of: up to there missing
    /// records are not noticed.</summary>
    public static async Task AddWholenessAsync(NpgsqlConnection connection, string schema, CancellationToken cancellation)
    {
        if (!await AreThereAsync(connection, schema, cancellation))
            return;
        await PostgreSqlSchema.ExecuteAsync(connection, $"""
            ALTER TABLE "{schema}".topic_partitions ADD COLUMN IF NOT EXISTS whole_from bigint NOT NULL DEFAULT 0;
            UPDATE "{schema}".topic_partitions SET whole_from = next_offset WHERE topic IN (SELECT id FROM "{schema}".topics WHERE is_compacted);
            """, cancellation);
    }

    /// <summary>A query of the catalogue, as for the other tables.</summary>
    public static async Task<bool> AreThereAsync(NpgsqlConnection connection, string schema, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            $"SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{schema}' AND c.relname = 'topic_entries')", connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>Makes or checks a topic; in a transaction that holds the lock of <see cref="EnsureAsync"/>.</summary>
    public static async Task<(Topic Topic, int Schema)> OpenAsync(NpgsqlConnection connection, string where, string schema, TopicSpec spec,
        Schema records, CancellationToken cancellation)
    {
        (int id, Topic? topic) = await FindAsync(connection, schema, spec.Name, cancellation);
        if (topic is null)
        {
            await using NpgsqlCommand insert = new($"""
                WITH made AS (INSERT INTO "{schema}".topics(name, partitions, is_compacted, deletion_micros) VALUES ($1, $2, $3, 0) RETURNING id, partitions)
                INSERT INTO "{schema}".topic_partitions(topic, partition, first_offset, next_offset, compacted_to, watermark, producers) SELECT id, p, 0, 0, 0, $4, '' FROM made, generate_series(0, partitions - 1) AS p
                """, connection) { Parameters = { new() { Value = spec.Name }, new() { Value = spec.Partitions }, new() { Value = spec.IsCompacted }, new() { Value = EventTime.MinValue } } };
            await insert.ExecuteNonQueryAsync(cancellation);
            (id, topic) = await FindAsync(connection, schema, spec.Name, cancellation);
        }

        TopicRules.CheckExisting(spec, topic!.Spec, where);
        List<Schema> schemas = [.. topic.Schemas];
        int version = schemas.IndexOf(records);
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"UPDATE \"{schema}\".topics SET retain_micros = $2, retain_bytes = $3, deletion_micros = $4 WHERE id = $1")
                {
                    Parameters =
                    {
                        new() { Value = id },
                            new() { Value = (object?)spec.RetainFor?.ToMicros() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                        new() { Value = (object?)spec.RetainBytes ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                        new() { Value = spec.RetainDeletionsFor.ToMicros() },
                    },
                },
            },
        };
        if (version < 0)
        {
            version = schemas.Count;
            schemas.Add(records);
            batch.BatchCommands.Add(new($"INSERT INTO \"{schema}\".topic_schemas(topic, version, schema) VALUES ($1, $2, $3)")
            { Parameters = { new() { Value = id }, new() { Value = version }, new() { Value = records.Text } } });
        }

        await batch.ExecuteNonQueryAsync(cancellation);
        return (new Topic(spec, schemas), version);
    }

    /// <summary>The topic's number, and what it is; null if it is not there.</summary>
    public static async Task<(int Id, Topic? Topic)> FindAsync(NpgsqlConnection connection, string schema, string name,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"""
            SELECT id, partitions, is_compacted, retain_micros, retain_bytes, deletion_micros,
                ARRAY(SELECT s.schema FROM "{schema}".topic_schemas s WHERE s.topic = t.id ORDER BY s.version) FROM "{schema}".topics t WHERE name = $1
            """, connection) { Parameters = { new() { Value = name } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return (0, null);
        TopicSpec spec = new(name, reader.GetInt32(1))
        {
            IsCompacted = reader.GetBoolean(2),
            RetainFor = await reader.IsDBNullAsync(3, cancellation) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(3)),
            RetainBytes = await reader.IsDBNullAsync(4, cancellation) ? null : reader.GetInt64(4),
            RetainDeletionsFor = TimeSpan.FromMicroseconds(reader.GetInt64(5)),
        };
        return (reader.GetInt32(0),
            new Topic(spec, [.. (await reader.GetFieldValueAsync<string[]>(6, cancellation)).Select(text => new Schema(text))]));
    }

    /// <summary>Appends what an epoch has for its topics, in the epoch's transaction.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, string where, string schema, IReadOnlyList<TopicAppends> appends,
        long writtenAt, CancellationToken cancellation)
    {
        Dictionary<string, (int Id, int Schemas, List<TopicHead> Heads)> topics = await LockAsync(connection, where, schema, appends,
            cancellation);
        List<(int Topic, int Partition, TopicEntry Entry, uint Checksum)> entries = [];
        List<(int Topic, int Partition, TopicHead Head)> changed = [];
        foreach (TopicAppends append in appends)
        {
            if (!topics.TryGetValue(append.Topic, out (int Id, int Schemas, List<TopicHead> Heads) topic))
                throw TopicRules.NotThere(append.Topic, where);
            append.Check(topic.Heads.Count, topic.Schemas);
            for (int partition = 0; partition < topic.Heads.Count; partition++)
            {
                TopicHead head = topic.Heads[partition];
                entries.AddRange(append.AppendTo(partition, head, writtenAt).Select(e => (topic.Id, partition, e.Entry, e.Checksum)));
                if (head.IsChanged)
                    changed.Add((topic.Id, partition, head));
            }
        }

        if (entries.Count > 0)
            await CopyAsync(connection, schema, entries, cancellation);
        if (changed.Count > 0)
            await UpdateAsync(connection, schema, changed, cancellation);
    }

    private static async Task<Dictionary<string, (int Id, int Schemas, List<TopicHead> Heads)>> LockAsync(
        NpgsqlConnection connection, string where, string schema, IReadOnlyList<TopicAppends> appends, CancellationToken cancellation)
    {
        Dictionary<string, (int Id, int Schemas, List<TopicHead> Heads)> topics = new(StringComparer.Ordinal);
        await using NpgsqlCommand command = new($"""
            SELECT t.name, t.id, (SELECT count(*)::int FROM "{schema}".topic_schemas s WHERE s.topic = t.id), p.first_offset, p.next_offset, p.producers
            FROM "{schema}".topics t JOIN "{schema}".topic_partitions p ON p.topic = t.id WHERE t.name = ANY ($1) ORDER BY p.topic, p.partition FOR UPDATE OF p
            """, connection) { Parameters = { new() { Value = appends.Select(a => a.Topic).ToArray() } } };
        try
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                string name = reader.GetString(0);
                if (!topics.TryGetValue(name, out (int, int, List<TopicHead> Heads) topic))
                    topics.Add(name, topic = (reader.GetInt32(1), reader.GetInt32(2), []));
                topic.Heads.Add(
                    new TopicHead(reader.GetInt64(3), reader.GetInt64(4),
                    TopicProducers.Decode(await reader.GetFieldValueAsync<byte[]>(5, cancellation))));
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw TopicRules.NotThere(appends[0].Topic, where);
        }

        return topics;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string schema,
        List<(int Topic, int Partition, TopicEntry Entry, uint Checksum)> entries, CancellationToken cancellation)
    {
        await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(
            $"COPY \"{schema}\".topic_entries(topic, partition, base_offset, span, records, schema, min_time, max_time, watermark, written_at, crc, payload) FROM STDIN (FORMAT BINARY)", cancellation);
        foreach ((int topic, int partition, TopicEntry entry, uint checksum) in entries)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(topic, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(partition, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(entry.Offset, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(entry.Span, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(entry.Records, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(entry.Schema, NpgsqlDbType.Integer, cancellation);
            foreach (long value in new[] { entry.MinTime, entry.MaxTime, entry.Watermark, entry.WrittenAt, checksum })
                await copy.WriteAsync(value, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(entry.Payload, NpgsqlDbType.Bytea, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, string schema,
        List<(int Topic, int Partition, TopicHead Head)> changed, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"""
            UPDATE "{schema}".topic_partitions p SET next_offset = v.next, watermark = v.watermark, producers = v.producers
            FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[]) AS v(topic, partition, next, watermark, producers)
            WHERE p.topic = v.topic AND p.partition = v.partition
            """, connection)
        {
            Parameters =
            {
                new() { Value = changed.Select(c => c.Topic).ToArray() }, new() { Value = changed.Select(c => c.Partition).ToArray() },
                new() { Value = changed.Select(c => c.Head.Next).ToArray() },
                    new() { Value = changed.Select(c => c.Head.Watermark).ToArray() },
                new() { Value = changed.Select(c => c.Head.Producers()).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
