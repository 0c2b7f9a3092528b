using System.Globalization;
using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Writes the rows of transactional sinks, inside the transaction of their epoch.</summary>
/// <remarks>
/// SQLite turns NaN into NULL, so NaN is stored as the text 'NaN' (the infinities are numbers). Tables with keys are <c>WITHOUT ROWID</c>:
/// one tree, not two.
/// </remarks>
internal static class SqliteTables
{
    private const int TrimRows = 50_000, TimestampBytes = 32;

    public static void Write(SqliteDatabase database, TableWrite write)
    {
        if (write is { Count: 0, Trim: not null } && Columns(database, write.Table.Name).Count == 0)
            return;   // nothing to write, and nothing there to drop
        SqliteStatement statement = database.Statement(Ensure(database, write.Table));
        if (write.ClearsTable)
            database.Execute($"DELETE FROM \"{write.Table.Name}\"");
        Row row = new(statement, write.Table.Columns.Count), deleted = row;
        SqliteStatement? delete = null;
        for (int i = 0; i < write.Count; i++)
        {
            bool isDelete = write.IsDelete(i);
            if (isDelete && delete is null)
            {
                delete = database.Statement(Delete(write.Table));
                deleted = new Row(delete, write.Table.Columns.Count);
            }

            Row bound = isDelete ? deleted : row;
            bound.Clear();
            write.Bind(i, bound);
            (isDelete ? delete! : statement).Run();
        }

        if (write.Trim is { } trim)
            Trim(database, write.Table.Name, trim);
    }

    /// <summary>Drops what is no longer kept, up to so many rows at a call. Rows were added in the order of their numbers.</summary>
    private static void Trim(SqliteDatabase database, string table, TableTrim trim)
    {
        if (trim.Before is { } before)
        {
            Span<byte> time = stackalloc byte[TimestampBytes];
            int length = Format(before, time);
            database.Statement(
                $"DELETE FROM \"{table}\" WHERE rowid IN (SELECT rowid FROM \"{table}\" WHERE \"{trim.OwnerColumn}\" = ?1 AND \"{trim.TimeColumn}\" < ?2 ORDER BY rowid LIMIT {TrimRows})")
                .Bind(1, trim.Owner).BindText(2, time[..length]).Run();
        }

        if (trim.Rows is { } rows)
        {
            database.Statement($"""
                DELETE FROM "{table}" WHERE rowid IN (SELECT rowid FROM "{table}" WHERE "{trim.OwnerColumn}" = ?1
                    AND rowid <= (SELECT rowid FROM "{table}" WHERE "{trim.OwnerColumn}" = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2) ORDER BY rowid LIMIT {TrimRows})
                """).Bind(1, trim.Owner).Bind(2, rows).Run();
        }
    }

    /// <summary>Takes the parameters of an insert, so that every row is bound alike: those that are no keys are looked at and not
    /// used.</summary>
    private static string Delete(TableSpec table)
    {
        IEnumerable<string> keys = table.Columns.Select((c, i) => c.IsKey ? $"\"{c.Name}\" = ?{i + 1}" : $"(?{i + 1} IS NULL OR TRUE)");
        return $"DELETE FROM \"{table.Name}\" WHERE {string.Join(" AND ", keys)}";
    }

    /// <summary>The table's INSERT, after making sure that the table is there and has the sink's columns.</summary>
    private static string Ensure(SqliteDatabase database, TableSpec table)
    {
        // the columns are part of what is known: two sinks may disagree about one table
        string wanted = $"{table.Name}|{table.Mode}|{string.Join(',', table.Columns)}";
        if (database.KnownTables.TryGetValue(wanted, out string? insert))
            return insert;
        List<string> found = Columns(database, table.Name),
            wants = [.. table.Columns.Select((c, i) => Describe(c.Name, TypeOf(c.Type), KeyNumber(table, i)))];
        int missing = TableRules.ColumnsToAdd(table, wants, found);
        if (found.Count == 0)
            database.Execute(Create(table));
        else if (missing == 0)
            TableRules.CheckExisting(table, $"SQLite store '{database.Path}'", wants, found);
        else
            wants.TakeLast(missing).ToList().ForEach(column => database.Execute($"ALTER TABLE \"{table.Name}\" ADD COLUMN {column}"));
        insert = Insert(table);
        database.KnownTables.Add(wanted, insert);
        return insert;
    }

    private static List<string> Columns(SqliteDatabase database, string table)
    {
        List<string> found = [];
        SqliteStatement info = database.Statement("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid").Bind(1, table);
        while (info.Step())
            found.Add(Describe(info.Text(0), info.Text(1), info.Int64(2)));
        return found;
    }

    private static string Describe(string name, string type, long key) => key == 0 ? $"{name} {type}" : $"{name} {type} key";

    private static long KeyNumber(TableSpec table, int column) => table.Columns[column].IsKey ? table.Columns.Take(column + 1)
        .Count(c => c.IsKey) : 0;

    private static string Create(TableSpec table)
    {
        IEnumerable<string> columns = table.Columns.Select(c => $"\"{c.Name}\" {TypeOf(c.Type)}{(c.IsKey ? " NOT NULL" : "")}");
        return table.Mode == TableMode.Insert
            ? $"CREATE TABLE \"{table.Name}\"({string.Join(", ", columns)})"
            : $"CREATE TABLE \"{table.Name}\"({string.Join(", ", columns)}, PRIMARY KEY({Names(table, c => c.IsKey)})) WITHOUT ROWID";
    }

    private static string Insert(TableSpec table)
    {
        string insert =
            $"INSERT INTO \"{table.Name}\"({Names(table, _ => true)}) VALUES ({string.Join(", ", Enumerable.Range(1, table.Columns.Count).Select(i => $"?{i}"))})";
        if (table.Mode == TableMode.Insert)
            return insert;
        string set = string.Join(", ", table.Columns.Where(c => !c.IsKey).Select(c => $"\"{c.Name}\" = excluded.\"{c.Name}\""));
        return $"{insert} ON CONFLICT({Names(table, c => c.IsKey)}) DO {(set.Length == 0 ? "NOTHING" : $"UPDATE SET {set}")}";
    }

    private static int Format(long time, Span<byte> text)
    {
        EventTime.ToDateTimeOffset(time)
            .UtcDateTime.TryFormat(text, out int length, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return length;
    }

    private static string Names(TableSpec table, Func<TableColumn, bool> which) =>
        string.Join(", ", table.Columns.Where(which).Select(c => $"\"{c.Name}\""));

    private static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Int64 => "INTEGER",
        ColumnType.Double => "REAL",
        ColumnType.Text => "TEXT",
        ColumnType.Boolean => "BOOLEAN",
        ColumnType.Bytes => "BLOB",
        ColumnType.Timestamp => "TEXT",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such column type."),
    };

    private sealed class Row(SqliteStatement statement, int columns) : StoreRow
    {
        public void Clear()
        {
            for (int i = 1; i <= columns; i++)
                statement.BindNull(i);
        }

        public override void SetNull(int column) => statement.BindNull(column + 1);

        public override void Set(int column, long value) => statement.Bind(column + 1, value);

        public override void Set(int column, double value)
        {
            if (double.IsNaN(value))
                statement.BindText(column + 1, "NaN"u8);
            else
                statement.Bind(column + 1, value);
        }

        public override void Set(int column, string value) => statement.Bind(column + 1, value);

        public override void Set(int column, bool value) => statement.Bind(column + 1, value ? 1 : 0);

        public override void Set(int column, byte[] value) => statement.BindBlob(column + 1, value);

        public override void SetTimestamp(int column, long time)
        {
            Span<byte> text = stackalloc byte[TimestampBytes];
            int length = Format(time, text);
            statement.BindText(column + 1, text[..length]);
        }
    }
}
