using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>The tables of a store, and which server may hold them.</summary>
/// <remarks>
/// Payloads are stored <c>EXTERNAL</c>: compressing them costs ten times what writing them does. Nothing is ordered by a sequence: numbers
/// become visible out of order under concurrent writers. Epochs, shards and parts are numbered by the job's one fenced writer.
/// </remarks>
internal static class PostgreSqlSchema
{
    /// <summary>Refuses a server that cannot keep the store's promise, and creates the schema if it is missing; safe from several processes
    /// at once.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, string where, PostgreSqlOptions options,
        CancellationToken cancellation)
    {
        await CheckServerAsync(connection, where, options, cancellation);
        if (await FormatAsync(connection, where, options.Schema, cancellation) == CommitRules.Format)
            return;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock(hashtext('actorstreams schema'), hashtext('{options.Schema}'))",
            cancellation);
        long? format = await FormatAsync(connection, where, options.Schema, cancellation);
        if (format is null)
        {
            await ExecuteAsync(connection, Create(options.Schema), cancellation);
        }
        else if (format < CommitRules.Format)
        {
            await PostgreSqlTopics.AddWholenessAsync(connection, options.Schema, cancellation);
            await ExecuteAsync(connection, $"UPDATE \"{options.Schema}\".meta SET value = {CommitRules.Format} WHERE key = 'format'",
                cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Whether the schema holds a store this version can read.</summary>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public static async Task<bool> IsThereAsync(NpgsqlConnection connection, string where, string schema, CancellationToken cancellation) =>
        await FormatAsync(connection, where, schema, cancellation) is not null;

    /// <summary>The format of the store in the schema; null if there is none.</summary>
    private static async Task<long?> FormatAsync(NpgsqlConnection connection, string where, string schema, CancellationToken cancellation)
    {
        // a query of the catalogue, not to_regclass: that may answer from a cache, behind a lock just waited for
        const string tables = "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
        if (await ScalarAsync(connection, $"SELECT EXISTS ({tables} WHERE n.nspname = '{schema}' AND c.relname = 'meta')",
            cancellation) is not true)
            return null;
        long format = (long)(await ScalarAsync(connection, $"SELECT value FROM \"{schema}\".meta WHERE key = 'format'", cancellation)
            ?? throw new StoreException($"{where} does not tell its format: its table meta was emptied. Restore it from a backup."));
        return format <= CommitRules.Format ? format : throw CommitRules.NewerFormat(where, format);
    }

    private static async Task CheckServerAsync(NpgsqlConnection connection, string where, PostgreSqlOptions options,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("""
            SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'), current_setting('fsync'), current_setting('synchronous_commit'),
                current_setting('server_version_num')::int
            """, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (reader.GetInt32(4) < 130000)
            throw new StoreException($"{where}: the server is older than PostgreSQL 13. Use a newer one.");
        if (reader.GetBoolean(0) || reader.GetString(1) == "on")
            throw new StoreException(
                $"{where}: the server is a standby or read-only. Connect to the primary (Target Session Attributes=read-write).",
                isTransient: true);
        if (options.AllowUnsafeServer)
            return;
        if (reader.GetString(2) != "on")
            throw new StoreException(
                $"{where}: the server runs with fsync = {reader.GetString(2)} and can lose committed epochs. Turn it on, or set {nameof(PostgreSqlOptions.AllowUnsafeServer)}.");
        if (reader.GetString(3) is "off" or "local")
            throw new StoreException(
                $"{where}: synchronous_commit = {reader.GetString(3)} can lose committed epochs. Set it to on, or set {nameof(PostgreSqlOptions.AllowUnsafeServer)}.");
    }

    private static string Create(string schema) => $"""
        DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '{schema}') THEN CREATE SCHEMA "{schema}"; END IF; END $$;
        CREATE TABLE "{schema}".meta(key text PRIMARY KEY, value bigint NOT NULL);
        CREATE TABLE "{schema}".jobs(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, generation bigint NOT NULL,
            last_epoch bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE "{schema}".operators(job int NOT NULL, id int NOT NULL, name text NOT NULL, PRIMARY KEY(job, name));
        CREATE TABLE "{schema}".epochs(job int NOT NULL, epoch bigint NOT NULL, generation bigint NOT NULL, committed_at bigint NOT NULL,
            content_hash bytea NOT NULL, crc bigint NOT NULL, manifest bytea NOT NULL, PRIMARY KEY(job, epoch));
        CREATE TABLE "{schema}".journal(job int NOT NULL, operator int NOT NULL, shard int NOT NULL, epoch bigint NOT NULL, part int NOT NULL,
            is_snapshot boolean NOT NULL, crc bigint NOT NULL, payload bytea NOT NULL, PRIMARY KEY(job, operator, shard, epoch, part))
            WITH (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05);
        ALTER TABLE "{schema}".journal ALTER COLUMN payload SET STORAGE EXTERNAL;
        ALTER TABLE "{schema}".epochs ALTER COLUMN manifest SET STORAGE EXTERNAL;
        CREATE INDEX journal_snapshots ON "{schema}".journal(job, operator, shard, epoch) WHERE is_snapshot AND part = 0;
        INSERT INTO "{schema}".meta VALUES ('format', {CommitRules.Format});
        """;

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
