using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Connecting;

/// <summary>A table of the job's own store, kept in step by key inside the transaction of each epoch.</summary>
internal sealed class TableConnector : Connector
{
    public override ChangelogMode Takes(ConnectorSettings settings) =>
        settings.TextOr("key", null) is null ? ChangelogMode.Upsert : ChangelogMode.Retract;

    public override void Write(ConnectorWriting write, ConnectorSettings settings)
    {
        string table = settings.Text("table");
        int[] key = UpsertRows.KeyOf(write, settings);
        settings.Done();
        (object stream, RowLayout keys, RowLayout row) = UpsertRows.Of(write, key);
        WireSource.Call(typeof(TableConnector), nameof(WriteTable), [keys.Row, row.Row], stream, write.Name, table, keys, row);
    }

    public static OperatorHandle WriteTable<TKey, TRow>(
        Stream<Upsert<TKey, TRow>> rows, string name, string table, RowLayout key, RowLayout row) =>
        rows.Write(name, Sinks.UpsertTable<TKey, TRow>(table, columns => UpsertRows.AddColumns(columns, key, row, Takes)));

    private static bool Takes(Type type) => type == typeof(short) || type == typeof(int) || type == typeof(long) || type == typeof(float)
        || type == typeof(double) || type == typeof(string) || type == typeof(bool) || type == typeof(byte[])
            || type == typeof(DateTimeOffset);
}
