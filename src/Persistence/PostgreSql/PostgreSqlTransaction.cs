using ActorStreams.Persistence.Shared;
using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>The statements of one epoch's transaction, in the order they are sent.</summary>
internal sealed class PostgreSqlTransaction(PostgreSqlStore store, NpgsqlConnection connection, string name, int job, long generation)
{
    private readonly string _schema = store.Options.Schema;

    /// <summary>
    /// Locks the job's row until the transaction ends, and with it decides alone: behind this lock no other writer, and no earlier
    /// transaction of ours whose connection was lost, can still be on its way to commit.
    /// </summary>
    public async Task<(long Generation, long LastEpoch)> LockAsync(CancellationToken cancellation)
    {
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new(PostgreSqlWriterLock.Settings(store)),
                new($"SELECT generation, last_epoch FROM \"{_schema}\".jobs WHERE id = $1 FOR UPDATE") { Parameters =
                    { new() { Value = job } } },
            },
        };
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    /// <summary>The fingerprint of a committed epoch and who committed it; empty if it is not there.</summary>
    public async Task<(byte[] Fingerprint, long Generation)> FingerprintAsync(long epoch, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"SELECT content_hash, generation FROM \"{_schema}\".epochs WHERE job = $1 AND epoch = $2",
            connection)
        { Parameters = { new() { Value = job }, new() { Value = epoch } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetFieldValue<byte[]>(0), reader.GetInt64(1)) : ([], 0);
    }

    /// <summary>The numbers of the operators named, new ones included. Only the job's one writer gives numbers, under the lock: no
    /// sequence.</summary>
    public async Task<Dictionary<string, int>> OperatorsAsync(string[] names, CancellationToken cancellation)
    {
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"""
                    INSERT INTO "{_schema}".operators(job, id, name)
                    SELECT $1, (SELECT coalesce(max(id), 0) FROM "{_schema}".operators WHERE job = $1) + row_number() OVER (), n FROM unnest($2) AS n
                    WHERE NOT EXISTS (SELECT 1 FROM "{_schema}".operators WHERE job = $1 AND name = n)
                    """) { Parameters = { new() { Value = job }, new() { Value = names } } },
                new($"SELECT name, id FROM \"{_schema}\".operators WHERE job = $1") { Parameters = { new() { Value = job } } },
            },
        };
        Dictionary<string, int> ids = [];
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            ids.Add(reader.GetString(0), reader.GetInt32(1));
        return ids;
    }

    /// <summary>One blob by INSERT, several by binary COPY: each is the faster way for its number.</summary>
    public async Task WriteJournalAsync(IReadOnlyList<JournalEvent> events, uint[] checksums, Dictionary<string, int> operators,
        CancellationToken cancellation)
    {
        const string columns = "job, operator, shard, epoch, part, is_snapshot, crc, payload";
        if (events.Count == 1)
        {
            JournalEvent only = events[0];
            await using NpgsqlCommand command = new(
                $"INSERT INTO \"{_schema}\".journal({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", connection);
            foreach (object value in new object[] { job, operators[only.Operator], only.Shard, only.Epoch, only.Part, only.IsSnapshot,
                (long)checksums[0], only.Payload })
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync(cancellation);
            return;
        }

        await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(
            $"COPY \"{_schema}\".journal({columns}) FROM STDIN (FORMAT BINARY)", cancellation);
        for (int i = 0; i < events.Count; i++)
        {
            JournalEvent e = events[i];
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(job, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(operators[e.Operator], NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(e.Shard, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(e.Epoch, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(e.Part, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(e.IsSnapshot, NpgsqlDbType.Boolean, cancellation);
            await copy.WriteAsync((long)checksums[i], NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(e.Payload, NpgsqlDbType.Bytea, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    /// <summary>The epoch's row, the fence once more in the statement that moves the job on, and the epochs that are no longer
    /// retained.</summary>
    public async Task WriteEpochAsync(EpochCommit commit, byte[] fingerprint, CancellationToken cancellation)
    {
        EpochRecord record = new(commit.Epoch, generation, commit.CommittedAt, commit.Manifest);
        NpgsqlBatchCommand advance = new(
            $"UPDATE \"{_schema}\".jobs SET last_epoch = $2 WHERE id = $1 AND generation = $3 AND last_epoch = $2 - 1")
        { Parameters = { new() { Value = job }, new() { Value = commit.Epoch }, new() { Value = generation } } };
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                advance,
                new($"INSERT INTO \"{_schema}\".epochs(job, epoch, generation, committed_at, content_hash, crc, manifest) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                {
                    Parameters =
                    {
                        new() { Value = job }, new() { Value = commit.Epoch }, new() { Value = generation },
                            new() { Value = commit.CommittedAt },
                        new() { Value = fingerprint }, new() { Value = (long)Checksum.Of(record) }, new() { Value = commit.Manifest },
                    },
                },
                // bounded: a retention that shrinks by a million epochs must not make one commit wait
                new($"DELETE FROM \"{_schema}\".epochs WHERE job = $1 AND epoch < least($2, (SELECT min(epoch) FROM \"{_schema}\".epochs WHERE job = $1) + 1000)")
                { Parameters = { new() { Value = job }, new() { Value = Math.Min(commit.RetainFrom, commit.Epoch) } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellation);
        if (advance.RecordsAffected != 1)
            throw new InvalidOperationException(
                $"Job '{name}', epoch {commit.Epoch}: the job's row changed under its lock. Nothing was written.");
    }

    /// <summary>Forgets what came after <paramref name="epoch"/>.</summary>
    public async Task RewindAsync(long epoch, CancellationToken cancellation)
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (string sql in new[] { "DELETE FROM \"{0}\".epochs WHERE job = $1 AND epoch > $2",
            "DELETE FROM \"{0}\".journal WHERE job = $1 AND epoch > $2", "UPDATE \"{0}\".jobs SET last_epoch = $2 WHERE id = $1" })
            batch.BatchCommands.Add(
                new(sql.Replace("{0}", _schema, StringComparison.Ordinal))
                {
                    Parameters = { new() { Value = job },
                new() { Value = epoch } }
                });
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
