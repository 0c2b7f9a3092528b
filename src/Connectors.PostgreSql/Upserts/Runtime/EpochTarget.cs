using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>Brings staged epochs into the target, each in one transaction that also notes it.</summary>
/// <remarks>
/// The life of an epoch, in order: 1. its rows are copied into the staging table, in a transaction that 2. ends at the barrier; 3. the
/// store commits the handle; 4. one transaction locks the sink's row of the epochs table, deletes, upserts, takes the staged rows away and
/// notes the epoch. A crash before 3 leaves staged rows that the next start deletes; one after 3 leaves 4 to the next start; and 4 does
/// nothing if it was done.
/// </remarks>
internal sealed class EpochTarget(NpgsqlDataSource database, TargetTable table, string where, string owner, long generation,
    TimeSpan silence, Action<string>? beforeStep)
{
    public string Where => where;

    public string Owner => owner;

    public long Generation => generation;

    /// <summary>Makes sure that the tables are there, that no later run has taken over, and that the last committed epoch is in the
    /// target.</summary>
    /// <returns>The target's columns.</returns>
    public async Task<IReadOnlyList<FoundColumn>> OpenAsync(StagedEpoch? last, SinkContext context, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellation);
        beforeStep?.Invoke("prepare tables");
        IReadOnlyList<FoundColumn> columns = await EnsureTargetAsync(connection, cancellation);

        await using (NpgsqlTransaction transaction = await BeginAsync(connection, silence, cancellation))
        {
            beforeStep?.Invoke("take over");
            await ExecuteAsync(connection, $"INSERT INTO {table.Epochs} VALUES ($1, 0, 0, now()) ON CONFLICT DO NOTHING", cancellation,
                owner);
            (long before, long noted) = await LockAsync(connection, cancellation);
            if (context.Store is null)
                noted = 0;                                                   // a volatile job begins anew each time
            else if (before >= generation)
                throw Superseded(before);
            noted = await RecoverAsync(connection, last, noted, cancellation);
            beforeStep?.Invoke("clean up");
            await ExecuteAsync(connection, table.CleanAll, cancellation, owner);
            beforeStep?.Invoke("note run");
            await ExecuteAsync(connection, $"UPDATE {table.Epochs} SET generation = $2, epoch = $3 WHERE owner = $1", cancellation, owner,
                generation, noted);
            beforeStep?.Invoke("commit run");
            await transaction.CommitAsync(cancellation);
        }

        await MatchStagedAsync(connection, columns, cancellation);
        return columns;
    }

    /// <summary>Begins a transaction whose commit survives anything.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="silence">After how long the server ends it if the client is silent; null: it may be, as long as its machine is
    /// there.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, TimeSpan? silence, CancellationToken cancellation)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await using NpgsqlCommand settings = new($"""
                SELECT set_config('synchronous_commit', 'on', true){(silence is { } limit ? $", set_config('idle_in_transaction_session_timeout', '{Math.Ceiling(limit.TotalMilliseconds)}', true)" : "")},
                    set_config('tcp_keepalives_idle', '10', true), set_config('tcp_keepalives_interval', '5', true), set_config('tcp_keepalives_count', '5', true)
                """, connection);
            await settings.ExecuteNonQueryAsync(cancellation);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>Brings an epoch into the target; once or any number of times.</summary>
    public async Task CommitAsync(StagedEpoch epoch, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellation);
        beforeStep?.Invoke("begin");
        await using NpgsqlTransaction transaction = await BeginAsync(connection, silence, cancellation);
        (long run, long noted) = await LockAsync(connection, cancellation);
        if (run > generation)
            throw Superseded(run);
        if (noted == epoch.Epoch)
            return;
        if (noted != epoch.Before)
            throw Forgotten(noted, epoch.Before);
        await ApplyAsync(connection, epoch, cancellation);
        beforeStep?.Invoke("note epoch");
        await ExecuteAsync(connection, $"UPDATE {table.Epochs} SET epoch = $2, committed_at = now() WHERE owner = $1", cancellation, owner,
            epoch.Epoch);
        beforeStep?.Invoke("commit");
        await transaction.CommitAsync(cancellation);
        beforeStep?.Invoke("committed");
    }

    /// <returns>The epoch that is in the target now.</returns>
    private async Task<long> RecoverAsync(NpgsqlConnection connection, StagedEpoch? last, long noted, CancellationToken cancellation)
    {
        if (last is null || noted > last.Noted)
            return last?.Noted ?? 0;                                         // the store was rewound: rows are replaced as they come again
        if (noted == last.Noted)
            return noted;
        if (!last.ChangesAnything || noted != last.Before)
            throw Forgotten(noted, last.Before);
        await ApplyAsync(connection, last, cancellation);
        return last.Epoch;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, StagedEpoch epoch, CancellationToken cancellation)
    {
        beforeStep?.Invoke("delete");
        if (epoch.ClearedAt is null)
            await ExecuteAsync(connection, table.Delete, cancellation, owner, epoch.Generation, epoch.Epoch, 0L);
        else
            await ExecuteAsync(connection, table.DeleteAll, cancellation);
        beforeStep?.Invoke("upsert");
        await ExecuteAsync(connection, table.Upsert, cancellation, owner, epoch.Generation, epoch.Epoch, epoch.ClearedAt ?? 0L);
        beforeStep?.Invoke("clean");
        long cleaned = await ExecuteAsync(connection, table.Clean, cancellation, owner, epoch.Generation, epoch.Epoch);
        if (cleaned != epoch.Rows)
        {
            throw new SinkException(
                $"{where}: epoch {epoch.Epoch} has staged {epoch.Rows} rows in '{table.StagedName}', and {cleaned} are there. The database has lost what was committed, " +
                "or somebody has changed that table. Restore it, or start the job anew with an empty store.");
        }
    }

    private async Task<(long Generation, long Epoch)> LockAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"SELECT generation, epoch FROM {table.Epochs} WHERE owner = $1 FOR UPDATE",
            connection)
        { Parameters = { new() { Value = owner } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new SinkException($"{where}: the row of this sink in {table.Epochs} is gone while the job runs. Start the job again.");
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<IReadOnlyList<FoundColumn>> EnsureTargetAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await BeginAsync(connection, silence, cancellation);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('actorstreams sink'), hashtext($1))", cancellation,
            table.Schema);
        await ExecuteAsync(connection, table.CreateEpochs, cancellation);
        List<FoundColumn> found = await ColumnsAsync(connection, table.Name, cancellation);
        if (found.Count == 0)
        {
            await ExecuteAsync(connection, table.Create, cancellation);
            found = await ColumnsAsync(connection, table.Name, cancellation);
        }

        var columns = new List<FoundColumn>();
        foreach (TargetColumn column in table.Columns)
        {
            int at = found.FindIndex(one => one.Name == column.Name);
            columns.Add(at >= 0 ? found[at]
                : throw new SinkException(
                $"{where}: it has no column '{column.Name}'; it has {string.Join(", ", found.Select(one => one.Name))}."));
        }

        string[] keys = [.. table.Columns.Where(column => column.IsKey).Select(column => column.Name).Order(StringComparer.Ordinal)];
        await using (NpgsqlCommand unique = new("""
            SELECT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
                AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey[0:i.indnkeyatts - 1])) = $2)
            """, connection) { Parameters = { new() { Value = table.Full }, new() { Value = keys } } })
        {
            if (!(bool)(await unique.ExecuteScalarAsync(cancellation))!)
                throw new SinkException(
                    $"{where}: rows are replaced by ({string.Join(", ", keys)}), but no unique index has exactly these columns. Add a primary key or a unique index, or change the keys.");
        }

        if ((await ColumnsAsync(connection, table.StagedName, cancellation)).Count == 0)
            await ExecuteAsync(connection, table.CreateStaged(columns), cancellation);
        await transaction.CommitAsync(cancellation);
        return columns;
    }

    /// <summary>Nothing of this writer is staged any more: if the target's columns are others than they were, so must those of the staging
    /// table be.</summary>
    private async Task MatchStagedAsync(NpgsqlConnection connection, IReadOnlyList<FoundColumn> columns, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await BeginAsync(connection, silence, cancellation);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('actorstreams sink'), hashtext($1))", cancellation,
            table.Schema);
        List<FoundColumn> found = await ColumnsAsync(connection, table.StagedName, cancellation);
        const int own = 5;
        bool isSame = found.SkipLast(own).Select(column => (column.Name, column.Type))
            .SequenceEqual(columns.Select(column => (column.Name, column.Type)));
        if (!isSame)
        {
            await using NpgsqlCommand empty = new(table.IsStagedEmpty, connection);
            if (!(bool)(await empty.ExecuteScalarAsync(cancellation))!)
            {
                throw new SinkException(
                    $"{where}: the target's columns, or those that are written, have changed, and '{table.StagedName}' still holds rows of another writer. " +
                    "Start the job whose rows they are once more as it was, or drop that table if there is none.");
            }

            await ExecuteAsync(connection, table.DropStaged, cancellation);
            await ExecuteAsync(connection, table.CreateStaged(columns), cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    private async Task<List<FoundColumn>> ColumnsAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("""
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, NULL), a.attnotnull FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, connection) { Parameters = { new() { Value = $"{TargetTable.Quote(table.Schema)}.{TargetTable.Quote(name)}" } } };
        List<FoundColumn> found = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            found.Add(new FoundColumn(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));
        return found;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation,
        params object[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private SinkException Superseded(long run) => new(
        $"{where}: run {run} of this sink has written it, and this is run {generation}. Either a later run has taken over, and this one must end; or the job was started with another store, or " +
        $"an emptied one. If that is meant, forget what was written (rows stay, and are replaced by key): DELETE FROM {table.Epochs} WHERE owner = '{owner}'.");

    private SinkException Forgotten(long noted, long wanted) => new(
        $"{where}: it holds what the pipeline wrote up to epoch {noted}, but epoch {wanted} was committed to it. The database has lost epochs: it was restored from a backup, " +
        "or failed over to a copy that was behind; or the sink now writes another table than it did. Restore it, give the sink another name, or start the job anew with an empty store.");
}
