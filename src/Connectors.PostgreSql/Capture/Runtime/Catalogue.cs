using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>What a slot says of itself.</summary>
internal sealed record SlotInfo(ulong Confirmed, bool IsActive);

/// <summary>Asks the server whether the table can be captured, and says what to do where it cannot.</summary>
internal sealed class Catalogue(CaptureSettings settings, NpgsqlConnection connection, CancellationToken cancellation)
{
    private const string IntegerTypes = "20, 21, 23";
    private const int Attempts = 5;

    /// <param name="needsFullIdentity">Whether the whole of an old row is needed.</param>
    /// <param name="known">The table that was read so far; null: none yet.</param>
    /// <returns>The table as it is; it says if it is not the known one any more.</returns>
    public async Task<TableInfo> CheckAsync(bool needsFullIdentity, TableShape? known)
    {
        await CheckServerAsync();
        for (int attempt = 1; ; attempt++)
        {
            TableLook? before = await LookAsync();
            try
            {
                TableInfo table = await CheckTableAsync(needsFullIdentity, known);
                if (table.Look == before)
                    return table;
                if (attempt == Attempts && before is not null)
                    return table with { Look = before };                // the next look differs from it, and is followed by a check
            }
            catch (Exception error) when (attempt < Attempts
                && error is SourceException or PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
            {
                if (await LookAsync() == before)
                    throw;
            }

            // it was changed between two questions: what they say together is not true
        }
    }

    private async Task<TableInfo> CheckTableAsync(bool needsFullIdentity, TableShape? known)
    {
        object?[] table = await RowAsync(
            """
            SELECT c.oid, c.relkind::text, c.relreplident::text, c.relpersistence::text, has_table_privilege(c.oid, 'SELECT'), pg_encoding_to_char(d.encoding)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_database d
            WHERE n.nspname = $1 AND c.relname = $2 AND d.datname = current_database()
            """,
            settings.Schema, settings.Name) ?? throw Missing(known);
        (uint oid, string kind, string identity) = ((uint)table[0]!, (string)table[1]!, (string)table[2]!);
        if (kind is not ("r" or "p"))
            throw Wrong($"{settings.Table} is not a table, and only tables have changes that can be captured.");
        if ((string)table[3]! != "p")
            throw Wrong($"{settings.Table} is unlogged or temporary: its changes are not in the log. Run ALTER TABLE {settings.QuotedTable} SET LOGGED.");
        if (table[4] is false)
            throw Wrong($"the user may not read {settings.Table}, which the snapshot needs. Run GRANT SELECT ON {settings.QuotedTable} TO it.");
        bool beginsAgain = settings.Options.WhenReplaced == TableReplaced.Snapshot;
        if (known is not null && !beginsAgain && await ReplacedAsync(known) is { } earlier)
            throw settings.Replaced(earlier);                          // before the publication is told to be wrong, which comes of it
        await CheckPublicationAsync(kind == "p", isToAdd: beginsAgain);
        (string[] columns, string? filter) = await PublishedAsync(oid);
        (string[] keys, bool[] isInteger) = await KeyAsync(oid, identity);
        if (identity == "n" || (needsFullIdentity && identity != "f"))
            throw Wrong(IdentityRemedy(identity, needsFullIdentity));
        if (keys.Length == 0)
        {
            throw Wrong($"{settings.Table} has no primary key, by which rows are told apart and a snapshot goes on after an interruption. " +
                $"Add one, or make a unique index its identity: ALTER TABLE {settings.QuotedTable} REPLICA IDENTITY USING INDEX ….");
        }

        if (keys.Except(columns, StringComparer.Ordinal).FirstOrDefault() is { } missing)
            throw Wrong($"key column '{missing}' of {settings.Table} is not in publication '{settings.Publication}'. Publish it.");
        if (isInteger.Contains(false) && (string)table[5]! is not ("UTF8" or "LATIN1" or "SQL_ASCII"))
            throw Wrong($"the database has encoding {table[5]}; tables with keys that are not integers are captured from databases in UTF8.");
        TableLook look = await LookAsync() ?? throw Missing(known);
        return new TableInfo
        {
            Where = settings.Where,
            Name = settings.Table,
            QuotedName = settings.QuotedTable,
            Oid = oid,
            IsPartitioned = kind == "p",
            Columns = columns,
            KeyColumns = keys,
            KeyIsInteger = isInteger,
            RowFilter = filter,
            Look = look,
            Replaced = known is not null && beginsAgain ? await ReplacedAsync(known) : null,
        };
    }

    /// <summary>Takes the slot of an earlier version, which called it otherwise, if the job has gone on with it so far.</summary>
    public async Task FindOlderSlotAsync(bool hasPosition)
    {
        const string Any = "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1";
        const string Ours = $"{Any} AND slot_type = 'logical' AND plugin = 'pgoutput' AND database = current_database()";
        if (settings.OlderSlot is not { } older || await RowAsync(Any, settings.Slot) is not null || await RowAsync(Ours, older) is null)
            return;

        if (hasPosition)
        {
            settings.GoOnWithOlderSlot();
        }
        else if (settings.Options.Start == CaptureStart.Slot)
        {
            throw Wrong($"there is a slot '{older}', which is what an earlier version called the default slot of this source, and of " +
                $"others whose names differ only in signs. If it is this source's, name it in " +
                $"{nameof(CaptureOptions)}.{nameof(CaptureOptions.Slot)} to go on with it; if nobody needs it, drop it: SELECT " +
                    $"pg_drop_replication_slot('{older}').");
        }
    }

    /// <summary>The slot, if it is there and can be used.</summary>
    public async Task<SlotInfo?> FindSlotAsync()
    {
        object?[]? slot = await RowAsync(
            "SELECT slot_type, plugin::text, database = current_database(), wal_status, confirmed_flush_lsn, active FROM pg_replication_slots WHERE slot_name = $1", settings.Slot);
        if (slot is null)
            return null;
        if ((string)slot[0]! != "logical" || (string)slot[1]! != "pgoutput" || slot[2] is not true)
            throw Wrong($"slot '{settings.Slot}' is not a logical slot of this database with plugin pgoutput. Name another one in {nameof(CaptureOptions)}.{nameof(CaptureOptions.Slot)}.");
        if (slot[3] is "lost")
        {
            throw Wrong($"the server has thrown away what slot '{settings.Slot}' had not confirmed (max_slot_wal_keep_size). Changes are lost to it: drop the slot, " +
                "and start with a new name for the source, which begins with a snapshot.");
        }

        return new SlotInfo((ulong)(NpgsqlLogSequenceNumber)slot[4]!, slot[5] is true);
    }

    /// <summary>The remedy for a replica identity that does not tell enough.</summary>
    public string IdentityRemedy(string identity, bool needsFull) => needsFull
        ? $"{settings.Table} has replica identity {NameOf(identity)}, so the server does not tell what an updated or deleted row was. Run ALTER TABLE {settings.QuotedTable} REPLICA IDENTITY FULL, " +
            $"or read it with {nameof(PostgreSqlTable)}.{nameof(PostgreSqlTable.Upserts)}, for which the key is enough."
        : $"{settings.Table} has replica identity NOTHING, so the server does not tell which row was updated or deleted. Run ALTER TABLE {settings.QuotedTable} REPLICA IDENTITY DEFAULT.";

    private static string NameOf(string identity) => identity switch
    {
        "d" => "DEFAULT",
        "i" => "USING INDEX",
        "n" => "NOTHING",
        _ => "FULL"
    };

    private async Task CheckServerAsync()
    {
        string level = (string)(await RowAsync("SHOW wal_level"))![0]!;
        if (level != "logical")
            throw Wrong($"wal_level of {settings.Server} is '{level}', and changes can only be captured with 'logical'. Set wal_level = logical in postgresql.conf (or ALTER SYSTEM) and restart the server.");
        if (connection.PostgreSqlVersion.Major < 14)
            throw Wrong($"{settings.Server} is PostgreSQL {connection.PostgreSqlVersion}; changes are captured from version 14 on.");
    }

    private async Task<TableLook?> LookAsync()
    {
        await using var command = new NpgsqlCommand(TableLook.Sql(connection.PostgreSqlVersion), connection);
        command.Parameters.AddRange(TableLook.Parameters(settings));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        return await TableLook.ReadAsync(reader, cancellation);
    }

    private async Task<string?> ReplacedAsync(TableShape known) =>
        await LookAsync() is { } look
            ? await new TableChanges(settings, connection, cancellation).FindAsync(known, look.Shape)
            : throw Missing(known);

    private Exception Missing(TableShape? known)
    {
        if (known is null)
            return Wrong($"there is no table {settings.Table} in {settings.Server}. Correct the name; it is case-sensitive, and its " +
                $"schema stands before a dot.");
        SourceException gone = settings.Replaced("is not there any more: it was dropped or renamed");
        return settings.Options.WhenReplaced == TableReplaced.Snapshot ? new TableMissingException(gone.Message) : gone;
    }

    private async Task CheckPublicationAsync(bool isPartitioned, bool isToAdd)
    {
        object?[]? publication = await FindPublicationAsync();
        if (publication is null && settings.MakesPublication)
        {
            // fits a table of any kind; several sources that start at once make different ones
            await using var create = new NpgsqlCommand(
                $"CREATE PUBLICATION {CaptureSettings.Quote(settings.Publication)} FOR TABLE {settings.QuotedTable} WITH (publish_via_partition_root = true)", connection);
            await create.ExecuteNonQueryAsync(cancellation);
            publication = await FindPublicationAsync();
        }

        else if (isToAdd && settings.MakesPublication && publication is [_, _, _, _, _, false])
        {
            // it was made for the table that is gone
            await using var add = new NpgsqlCommand($"ALTER PUBLICATION {CaptureSettings.Quote(settings.Publication)} SET TABLE " +
                $"{settings.QuotedTable}", connection);
            await add.ExecuteNonQueryAsync(cancellation);
        }

        if (publication is null)
            throw Wrong($"there is no publication '{settings.Publication}'. Run CREATE PUBLICATION {CaptureSettings.Quote(settings.Publication)} FOR TABLE {settings.QuotedTable}.");
        if (publication[0] is not true || publication[1] is not true || publication[2] is not true)
            throw Wrong($"publication '{settings.Publication}' leaves out inserts, updates or deletes, so the captured rows would differ from the table's. Run ALTER PUBLICATION … SET (publish = 'insert, update, delete, truncate').");
        if (publication[4] is not true && !settings.Options.IgnoreTruncate)
        {
            throw Wrong($"publication '{settings.Publication}' leaves out TRUNCATE, so rows that one takes away would stay. Run ALTER " +
                $"PUBLICATION … SET (publish = 'insert, update, delete, truncate'), " +
                $"or set {nameof(CaptureOptions)}.{nameof(CaptureOptions.IgnoreTruncate)}.");
        }

        if (isPartitioned && publication[3] is not true)
            throw Wrong($"{settings.Table} is partitioned, and publication '{settings.Publication}' names the partitions instead. Run ALTER PUBLICATION … SET (publish_via_partition_root = true).");
    }

    private Task<object?[]?> FindPublicationAsync() => RowAsync(
        """
        SELECT pubinsert, pubupdate, pubdelete, pubviaroot, pubtruncate, puballtables OR EXISTS (
            SELECT 1 FROM pg_publication_tables t WHERE t.pubname = p.pubname AND t.schemaname = $2 AND t.tablename = $3)
        FROM pg_publication p WHERE pubname = $1
        """, settings.Publication, settings.Schema, settings.Name);

    private async Task<(string[] Columns, string? Filter)> PublishedAsync(uint oid)
    {
        // None where the table was dropped since it was found: whoever asks looks again.
        string[] all = (await RowAsync(
            "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", oid))![0] as string[]
            ?? throw Wrong($"{settings.Table} has no columns, or was dropped while it was looked at.");
        bool hasLists = connection.PostgreSqlVersion.Major >= 15;
        object?[] published = await RowAsync(
            $"SELECT {(hasLists ? "attnames::text[], rowfilter" : "NULL::text[], NULL::text")} FROM pg_publication_tables WHERE pubname = $1 AND schemaname = $2 AND tablename = $3",
            settings.Publication, settings.Schema, settings.Name)
            ?? throw Wrong(
                $"{settings.Table} is not in publication '{settings.Publication}'. Run ALTER PUBLICATION {CaptureSettings.Quote(settings.Publication)} ADD TABLE {settings.QuotedTable}.");
        string[]? listed = published[0] as string[];
        return (listed is null ? all : [.. all.Where(column => listed.Contains(column, StringComparer.Ordinal))], published[1] as string);
    }

    /// <summary>The columns of the index that is the replica identity, or else of the primary key.</summary>
    private async Task<(string[] Columns, bool[] IsInteger)> KeyAsync(uint oid, string identity)
    {
        object?[]? key = await RowAsync(
            $"""
            SELECT array_agg(a.attname::text ORDER BY k.at), array_agg(a.atttypid IN ({IntegerTypes}) ORDER BY k.at)
            FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, at), pg_attribute a
            WHERE i.indrelid = $1 AND {(identity == "i" ? "i.indisreplident" : "i.indisprimary")} AND k.at <= i.indnkeyatts AND a.attrelid = i.indrelid AND a.attnum = k.attnum
            """,
            oid);
        return key?[0] is string[] columns ? (columns, (bool[])key[1]!) : ([], []);
    }

    private async Task<object?[]?> RowAsync(string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(
                new NpgsqlParameter { Value = value, NpgsqlDbType = value is uint ? NpgsqlDbType.Oid : NpgsqlDbType.Text });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        object?[] row = new object?[reader.FieldCount];
        for (int i = 0; i < row.Length; i++)
            row[i] = await reader.IsDBNullAsync(i, cancellation) ? null : reader.GetValue(i);
        return row;
    }

    private SourceException Wrong(string what) => new($"{settings.Where}: {what}");
}
