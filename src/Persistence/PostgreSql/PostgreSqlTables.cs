using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Writes the rows of transactional sinks inside the transaction of their epoch: a statement for thousands of rows, a column an
/// array.</summary>
internal static class PostgreSqlTables
{
    private const int ChunkRows = 4096, TrimRows = 50_000;

    /// <summary>Writes the rows. To <c>known</c>, the tables whose columns were checked, it adds; the caller takes that over once the
    /// transaction is committed.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, string where, string schema, TableWrite write, HashSet<string> known,
        CancellationToken cancellation)
    {
        TableSpec table = write.Table;
        string wanted = $"{table.Name}|{table.Mode}|{string.Join(',', table.Columns)}";
        if (write is { Count: 0, Trim: not null } && !known.Contains(wanted)
            && (await ColumnsAsync(connection, schema, table.Name, cancellation)).Count == 0)
            return;   // nothing to write, and nothing there to drop
        if (!known.Contains(wanted))
        {
            await EnsureAsync(connection, where, schema, table, cancellation);
            known.Add(wanted);
        }

        if (write.ClearsTable)
            await PostgreSqlSchema.ExecuteAsync(connection, $"DELETE FROM \"{schema}\".\"{table.Name}\"", cancellation);
        string sql = Insert(schema, table);
        string? delete = null;
        for (int first = 0; first < write.Count; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, write.Count - first);
            PostgreSqlRows rows = new(table, count);
            for (int i = 0; i < count; i++)
            {
                rows.Row = i;
                write.Bind(first + i, rows);
                rows.IsDelete[i] = write.IsDelete(first + i);
            }

            if (rows.IsDelete.Contains(true))
            {
                await using NpgsqlCommand deletion = new(delete ??= Delete(schema, table), connection);
                rows.AddTo(deletion.Parameters);
                await deletion.ExecuteNonQueryAsync(cancellation);
            }

            await using NpgsqlCommand command = new(sql, connection);
            rows.AddTo(command.Parameters);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        if (write.Trim is { } trim)
            await TrimAsync(connection, $"\"{schema}\".\"{table.Name}\"", trim, cancellation);
    }

    /// <summary>Drops what is no longer kept, up to so many rows at a call.</summary>
    private static async Task TrimAsync(NpgsqlConnection connection, string table, TableTrim trim, CancellationToken cancellation)
    {
        string owned = $"SELECT ctid FROM {table} WHERE \"{trim.OwnerColumn}\" = $1";
        if (trim.Before is { } before)
        {
            await using NpgsqlCommand command = new(
                $"DELETE FROM {table} WHERE ctid = ANY (ARRAY({owned} AND \"{trim.TimeColumn}\" < $2 LIMIT {TrimRows}))", connection)
            { Parameters = { new() { Value = trim.Owner }, new() { Value = EventTime.ToDateTimeOffset(before).UtcDateTime } } };
            await command.ExecuteNonQueryAsync(cancellation);
        }

        if (trim.Rows is { } rows)
        {
            await using NpgsqlCommand command = new(
                $"DELETE FROM {table} WHERE ctid = ANY (ARRAY({owned} ORDER BY \"{trim.TimeColumn}\" DESC NULLS LAST, ctid DESC LIMIT {TrimRows} OFFSET $2))", connection)
            { Parameters = { new() { Value = trim.Owner }, new() { Value = rows } } };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static async Task EnsureAsync(NpgsqlConnection connection, string where, string schema, TableSpec table,
        CancellationToken cancellation)
    {
        List<string> found = await ColumnsAsync(connection, schema, table.Name, cancellation);
        if (found.Count == 0)
        {
            // CREATE TABLE IF NOT EXISTS of two jobs at once can still collide: one after the other, then look again
            await PostgreSqlSchema.ExecuteAsync(connection,
                $"SELECT pg_advisory_xact_lock(hashtext('actorstreams table'), hashtext('{schema}.{table.Name}'))", cancellation);
            found = await ColumnsAsync(connection, schema, table.Name, cancellation);
        }

        List<string> wants = [.. table.Columns.Select(c => Describe(c.Name, PostgreSqlRows.TypeOf(c.Type), c.IsKey))];
        int missing = TableRules.ColumnsToAdd(table, wants, found);
        if (found.Count == 0)
            await PostgreSqlSchema.ExecuteAsync(connection, Create(schema, table), cancellation);
        else if (missing == 0)
            TableRules.CheckExisting(table, where, wants, found);
        foreach (string column in found.Count == 0 ? [] : wants.TakeLast(missing))
            await PostgreSqlSchema.ExecuteAsync(connection, $"ALTER TABLE \"{schema}\".\"{table.Name}\" ADD COLUMN IF NOT EXISTS {column}",
                cancellation);
    }

    private static async Task<List<string>> ColumnsAsync(NpgsqlConnection connection, string schema, string table,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new("""
            SELECT a.attname, format_type(a.atttypid, a.atttypmod),
                EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY(i.indkey))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, connection) { Parameters = { new() { Value = schema }, new() { Value = table } } };
        List<string> found = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            found.Add(Describe(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return found;
    }

    private static string Describe(string name, string type, bool isKey) => isKey ? $"{name} {type} key" : $"{name} {type}";

    private static string Create(string schema, TableSpec table)
    {
        string columns = string.Join(", ", table.Columns.Select(c => $"\"{c.Name}\" {PostgreSqlRows.TypeOf(c.Type)}"));
        string key = table.Mode == TableMode.Upsert ? $", PRIMARY KEY({Names(table, c => c.IsKey)})" : "";
        return $"CREATE TABLE \"{schema}\".\"{table.Name}\"({columns}{key})";
    }

    private static string Insert(string schema, TableSpec table)
    {
        string all = Names(table, _ => true);
        string insert = $"INSERT INTO \"{schema}\".\"{table.Name}\"({all}) SELECT {all} FROM";
        if (table.Mode == TableMode.Insert)
            return $"{insert} unnest({Arrays(table)}) AS r({all})";

        string keys = Names(table, c => c.IsKey);
        string set = string.Join(", ", table.Columns.Where(c => !c.IsKey).Select(c => $"\"{c.Name}\" = excluded.\"{c.Name}\""));
        return $"{insert} ({LastOfEachKey(table)}) r WHERE NOT \"is delete\" " +
            $"ON CONFLICT ({keys}) DO {(set.Length == 0 ? "NOTHING" : $"UPDATE SET {set}")}";
    }

    private static string Delete(string schema, TableSpec table)
    {
        string same = string.Join(" AND ", table.Columns.Where(c => c.IsKey).Select(c => $"t.\"{c.Name}\" = r.\"{c.Name}\""));
        return $"DELETE FROM \"{schema}\".\"{table.Name}\" t USING ({LastOfEachKey(table)}) r WHERE r.\"is delete\" AND {same}";
    }

    /// <summary>One statement may touch a row once: of the rows with one key, the last stays.</summary>
    private static string LastOfEachKey(TableSpec table)
    {
        string keys = Names(table, c => c.IsKey);
        return $"SELECT DISTINCT ON ({keys}) * FROM unnest({Arrays(table)}, ${table.Columns.Count + 1}::boolean[]) " +
            $"WITH ORDINALITY AS r({Names(table, _ => true)}, \"is delete\", \"row number\") ORDER BY {keys}, \"row number\" DESC";
    }

    private static string Arrays(TableSpec table) =>
        string.Join(", ", table.Columns.Select((c, i) => $"${i + 1}::{PostgreSqlRows.TypeOf(c.Type)}[]"));

    private static string Names(TableSpec table, Func<TableColumn, bool> which) =>
        string.Join(", ", table.Columns.Where(which).Select(c => $"\"{c.Name}\""));
}
