using System.Globalization;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Time;
using ActorStreams.Persistence.Runtime;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Writes the rows of transactional sinks, inside the transaction of their epoch.</summary>
/// <remarks>
/// SQLite turns NaN into NULL, so NaN is stored as the text 'NaN' (the infinities are numbers). Tables with keys are <c>WITHOUT ROWID</c>: one tree, not two.
/// </remarks>
internal static class SqliteTables
{
    public static void Write(SqliteDatabase database, TableWrite write)
    {
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
    }

    /// <summary>Takes the parameters of an insert, so that every row is bound alike: those that are no keys are looked at and not used.</summary>
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
        List<string> found = Columns(database, table.Name);
        if (found.Count == 0)
            database.Execute(Create(table));
        else
            TableRules.CheckExisting(table, $"SQLite store '{database.Path}'", table.Columns.Select((c, i) => Describe(c.Name, TypeOf(c.Type), KeyNumber(table, i))), found);
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

    private static long KeyNumber(TableSpec table, int column) => table.Columns[column].IsKey ? table.Columns.Take(column + 1).Count(c => c.IsKey) : 0;

    private static string Create(TableSpec table)
    {
        IEnumerable<string> columns = table.Columns.Select(c => $"\"{c.Name}\" {TypeOf(c.Type)}{(c.IsKey ? " NOT NULL" : "")}");
        return table.Mode == TableMode.Insert
            ? $"CREATE TABLE \"{table.Name}\"({string.Join(", ", columns)})"
            : $"CREATE TABLE \"{table.Name}\"({string.Join(", ", columns)}, PRIMARY KEY({Names(table, c => c.IsKey)})) WITHOUT ROWID";
    }

    private static string Insert(TableSpec table)
    {
        string insert = $"INSERT INTO \"{table.Name}\"({Names(table, _ => true)}) VALUES ({string.Join(", ", Enumerable.Range(1, table.Columns.Count).Select(i => $"?{i}"))})";
        if (table.Mode == TableMode.Insert)
            return insert;
        string set = string.Join(", ", table.Columns.Where(c => !c.IsKey).Select(c => $"\"{c.Name}\" = excluded.\"{c.Name}\""));
        return $"{insert} ON CONFLICT({Names(table, c => c.IsKey)}) DO {(set.Length == 0 ? "NOTHING" : $"UPDATE SET {set}")}";
    }

    private static string Names(TableSpec table, Func<TableColumn, bool> which) => string.Join(", ", table.Columns.Where(which).Select(c => $"\"{c.Name}\""));

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

    private sealed class Row(SqliteStatement statement, int columns) : TableRow
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
            Span<byte> text = stackalloc byte[32];
            EventTime.ToDateTimeOffset(time).UtcDateTime.TryFormat(text, out int length, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            statement.BindText(column + 1, text[..length]);
        }
    }
}
