using ActorStreams.Persistence.Shared;
using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Where nodes put what they have prepared, until the writer's transaction takes it over.</summary>
/// <remarks>
/// The two tables are unlogged: preparing writes nothing to the server's log and waits for no disk; the log is written once, by the commit,
/// as in one process. A crash of the server empties them, and then the commit finds that something is missing and commits nothing.
/// </remarks>
internal static class PostgreSqlPrepared
{
    /// <summary>Makes the tables where they are missing; safe from several nodes at once.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, string schema, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        await PostgreSqlSchema.ExecuteAsync(connection,
            $"SELECT pg_advisory_xact_lock(hashtext('actorstreams schema'), hashtext('{schema}'))", cancellation);
        await PostgreSqlSchema.ExecuteAsync(connection, $"""
            SET LOCAL client_min_messages = warning;
            CREATE UNLOGGED TABLE IF NOT EXISTS "{schema}".prepared(job int NOT NULL, generation bigint NOT NULL, epoch bigint NOT NULL,
                instance int NOT NULL, operator text NOT NULL, shard int NOT NULL, part int NOT NULL, is_snapshot boolean NOT NULL,
                crc bigint NOT NULL, payload bytea NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.05);
            CREATE UNLOGGED TABLE IF NOT EXISTS "{schema}".prepared_outputs(job int NOT NULL, generation bigint NOT NULL,
                epoch bigint NOT NULL, instance int NOT NULL, number int NOT NULL, crc bigint NOT NULL, payload bytea NOT NULL)
                WITH (autovacuum_vacuum_scale_factor = 0.05);
            ALTER TABLE "{schema}".prepared ALTER COLUMN payload SET STORAGE EXTERNAL;
            ALTER TABLE "{schema}".prepared_outputs ALTER COLUMN payload SET STORAGE EXTERNAL;
            CREATE INDEX IF NOT EXISTS prepared_epochs ON "{schema}".prepared(job, generation, epoch, instance);
            CREATE INDEX IF NOT EXISTS prepared_output_epochs ON "{schema}".prepared_outputs(job, generation, epoch, instance);
            """, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Writes what an instance has prepared, instead of what it had prepared for the epoch before.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, string schema, int job, long generation, EpochPart part,
        PreparedContent content, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        await using (NpgsqlBatch batch = new(connection))
        {
            foreach (string table in new[] { "prepared", "prepared_outputs" })
            {
                batch.BatchCommands.Add(new(
                    $"DELETE FROM \"{schema}\".{table} WHERE job = $1 AND generation = $2 AND epoch = $3 AND instance = $4")
                {
                    Parameters = { new() { Value = job }, new() { Value = generation }, new() { Value = part.Epoch },
                        new() { Value = part.Instance } }
                });
            }

            await batch.ExecuteNonQueryAsync(cancellation);
        }

        if (part.Events.Count > 0)
        {
            await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(
                $"COPY \"{schema}\".prepared(job, generation, epoch, instance, operator, shard, part, is_snapshot, crc, payload) " +
                "FROM STDIN (FORMAT BINARY)",
                cancellation);
            for (int at = 0; at < part.Events.Count; at++)
            {
                JournalEvent one = part.Events[at];
                await BeginAsync(copy, job, generation, part, cancellation);
                await copy.WriteAsync(one.Operator, NpgsqlDbType.Text, cancellation);
                await copy.WriteAsync(one.Shard, NpgsqlDbType.Integer, cancellation);
                await copy.WriteAsync(one.Part, NpgsqlDbType.Integer, cancellation);
                await copy.WriteAsync(one.IsSnapshot, NpgsqlDbType.Boolean, cancellation);
                await copy.WriteAsync((long)content.EventSums[at], NpgsqlDbType.Bigint, cancellation);
                await copy.WriteAsync(one.Payload, NpgsqlDbType.Bytea, cancellation);
            }

            await copy.CompleteAsync(cancellation);
        }

        if (content.Outputs.Count > 0)
        {
            await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(
                $"COPY \"{schema}\".prepared_outputs(job, generation, epoch, instance, number, crc, payload) FROM STDIN (FORMAT BINARY)",
                cancellation);
            for (int at = 0; at < content.Outputs.Count; at++)
            {
                await BeginAsync(copy, job, generation, part, cancellation);
                await copy.WriteAsync(at, NpgsqlDbType.Integer, cancellation);
                await copy.WriteAsync((long)content.OutputSums[at], NpgsqlDbType.Bigint, cancellation);
                await copy.WriteAsync(content.Outputs[at], NpgsqlDbType.Bytea, cancellation);
            }

            await copy.CompleteAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>In the writer's transaction: moves the events of an epoch into the journal, and reads the outputs.</summary>
    /// <returns>The commit with the rows for tables and topics that were prepared.</returns>
    /// <exception cref="StoreException">Something is missing.</exception>
    public static async Task<EpochCommit> TakeAsync(NpgsqlConnection connection, PostgreSqlTransaction statements, string where,
        string name, string schema, int job, long generation, EpochCommit commit, CancellationToken cancellation)
    {
        var found = new Dictionary<int, (int Events, int Outputs, uint Sum)>();
        string[] operators = await OperatorsAsync(connection, schema, job, generation, commit.Epoch, cancellation);
        if (operators.Length > 0)
            await statements.OperatorsAsync(operators, cancellation);
        await using (NpgsqlCommand move = new($"""
            WITH moved AS (DELETE FROM "{schema}".prepared WHERE job = $1 AND generation = $2 AND epoch = $3
                RETURNING instance, operator, shard, part, is_snapshot, crc, payload),
            written AS (INSERT INTO "{schema}".journal(job, operator, shard, epoch, part, is_snapshot, crc, payload)
                SELECT $1, o.id, m.shard, $3, m.part, m.is_snapshot, m.crc, m.payload FROM moved m
                JOIN "{schema}".operators o ON o.job = $1 AND o.name = m.operator)
            SELECT instance, count(*)::int, (sum(crc) % 4294967296)::bigint FROM moved GROUP BY instance
            """, connection) { Parameters = { new() { Value = job }, new() { Value = generation }, new() { Value = commit.Epoch } } })
        await using (NpgsqlDataReader reader = await move.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                found.Add(reader.GetInt32(0), (reader.GetInt32(1), 0, (uint)reader.GetInt64(2)));
        }

        List<TableWrite> tables = [.. commit.Tables];
        List<TopicWrite> topics = [.. commit.Topics];
        await using (NpgsqlCommand read = new($"""
            SELECT instance, crc, payload FROM "{schema}".prepared_outputs WHERE job = $1 AND generation = $2 AND epoch = $3
            ORDER BY instance, number
            """, connection) { Parameters = { new() { Value = job }, new() { Value = generation }, new() { Value = commit.Epoch } } })
        await using (NpgsqlDataReader reader = await read.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                byte[] blob = reader.GetFieldValue<byte[]>(2);
                uint sum = Crc32C.Compute(blob);
                (int Events, int Outputs, uint Sum) there = found.GetValueOrDefault(reader.GetInt32(0));
                found[reader.GetInt32(0)] = (there.Events, there.Outputs + 1, unchecked(there.Sum + sum));
                if (sum == (uint)reader.GetInt64(1))
                    OutputBlob.Read(blob, tables, topics);
            }
        }

        PreparedContent.CheckAll(where, name, commit, found);
        await DropAsync(connection, schema, job, generation, commit.Epoch, cancellation);
        return commit with { Tables = tables, Topics = topics };
    }

    /// <summary>What the epoch has used, what was prepared for epochs before, and by those who were overtaken.</summary>
    private static async Task DropAsync(NpgsqlConnection connection, string schema, int job, long generation, long epoch,
        CancellationToken cancellation)
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (string table in new[] { "prepared", "prepared_outputs" })
        {
            batch.BatchCommands.Add(new(
                $"DELETE FROM \"{schema}\".{table} WHERE job = $1 AND (generation < $2 OR (generation = $2 AND epoch <= $3))")
            {
                Parameters = { new() { Value = job }, new() { Value = generation }, new() { Value = epoch } }
            });
        }

        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<string[]> OperatorsAsync(NpgsqlConnection connection, string schema, int job, long generation, long epoch,
        CancellationToken cancellation)
    {
        List<string> names = [];
        await using NpgsqlCommand command = new(
            $"SELECT DISTINCT operator FROM \"{schema}\".prepared WHERE job = $1 AND generation = $2 AND epoch = $3", connection)
        { Parameters = { new() { Value = job }, new() { Value = generation }, new() { Value = epoch } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            names.Add(reader.GetString(0));
        return [.. names];
    }

    private static async Task BeginAsync(NpgsqlBinaryImporter copy, int job, long generation, EpochPart part,
        CancellationToken cancellation)
    {
        await copy.StartRowAsync(cancellation);
        await copy.WriteAsync(job, NpgsqlDbType.Integer, cancellation);
        await copy.WriteAsync(generation, NpgsqlDbType.Bigint, cancellation);
        await copy.WriteAsync(part.Epoch, NpgsqlDbType.Bigint, cancellation);
        await copy.WriteAsync(part.Instance, NpgsqlDbType.Integer, cancellation);
    }
}
