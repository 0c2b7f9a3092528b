using System.Linq.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;

namespace ActorStreams.Sql.Connecting;

/// <summary>Tables of a PostgreSQL database: read by change data capture, written by key.</summary>
internal sealed class PostgreSqlConnector : Connector
{
    public override bool IsAppendOnly(ConnectorSettings settings) => false;

    public override bool IsBounded(ConnectorSettings settings) => false;

    public override ChangelogMode Takes(ConnectorSettings settings) =>
        settings.TextOr("key", null) is null ? ChangelogMode.Upsert : ChangelogMode.Retract;

    public override PlannedRows Read(ConnectorReading read, ConnectorSettings settings)
    {
        string connection = settings.Text("connection"), table = settings.Text("table");
        CaptureOptions options = new();
        if (settings.TextOr("slot", null) is { } slot)
            options = options with { Slot = slot };
        if (settings.TextOr("publication", null) is { } publication)
            options = options with { Publication = publication };
        settings.Done();
        Type wire = WireSource.Texts(settings.Table);
        if (settings.Table.Key.Count == 0)
        {
            return WireSource.Rows(read, settings.Table, wire, true,
                WireSource.Call(typeof(PostgreSqlConnector), nameof(Capture), [wire], connection, table, options));
        }

        string[] key = [.. settings.Table.Key.Select(at => settings.Table.Columns[at].Name)];
        return WireSource.RowsOf(read, settings.Table, wire,
            WireSource.Call(typeof(PostgreSqlConnector), nameof(CaptureByKey), [wire], read, connection, table, key, options));
    }

    public override void Write(ConnectorWriting write, ConnectorSettings settings)
    {
        string connection = settings.Text("connection"), table = settings.Text("table");
        int[] key = UpsertRows.KeyOf(write, settings);
        settings.Done();
        (object stream, RowLayout keys, RowLayout row) = UpsertRows.Of(write, key);
        WireSource.Call(typeof(PostgreSqlConnector), nameof(WriteTable), [keys.Row, row.Row], stream, write.Name, connection, table, keys,
            row);
    }

    /// <summary>Of a table with a key, the key of a row that goes is enough: the rows are kept, to be taken back whole.</summary>
    public static Stream<Change<T>> CaptureByKey<T>(ConnectorReading read, string connection, string table, string[] key,
        CaptureOptions options)
    {
        ParameterExpression row = Expression.Parameter(typeof(CapturedRow), "row");
        Func<CapturedRow, T> rowOf = Expression.Lambda<Func<CapturedRow, T>>(Expression.MemberInit(Expression.New(typeof(T)),
            typeof(T).GetProperties().Select(property => Expression.Bind(property,
                Expression.Call(row, nameof(CapturedRow.Get), [typeof(string)], Expression.Constant(property.Name))))), row).Compile();
        Source<Upsert<string, T>> source = PostgreSqlTable.Upserts(connection, table,
            captured => string.Join('\u001f', key.Select(captured.Get<string>)), rowOf, options);
        return read.Pipeline.Read(read.Name, source, read.Errors).ToTable($"{read.Name}-by-key").Changes()
            .Map(static change => new Change<T>(change.Row.Value, change.Weight), $"{read.Name}-captured");
    }

    public static Source<Change<T>> Capture<T>(string connection, string table, CaptureOptions options) =>
        PostgreSqlTable.Changes<T>(connection, table, options);

    public static OperatorHandle WriteTable<TKey, TRow>(
        Stream<Upsert<TKey, TRow>> rows, string name, string connection, string table, RowLayout key, RowLayout row) =>
        rows.Write(name, PostgreSqlSink.Upsert<TKey, TRow>(connection, table, columns => UpsertRows.AddColumns(columns, key, row,
            static type => !type.IsArray || type == typeof(byte[]))));
}
