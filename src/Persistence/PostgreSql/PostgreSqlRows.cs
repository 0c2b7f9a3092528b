using Npgsql;
using NpgsqlTypes;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Rows of one statement, as an array for each column.</summary>
internal sealed class PostgreSqlRows(TableSpec table, int count) : StoreRow
{
    private readonly Array[] _columns = [.. table.Columns.Select(c => NewColumn(c.Type, count))];

    /// <summary>The row that is being set.</summary>
    public int Row { get; set; }

    /// <summary>Whether each row deletes the one with its key.</summary>
    public bool[] IsDelete { get; } = new bool[count];

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        for (int i = 0; i < _columns.Length; i++)
            parameters.Add(
                new NpgsqlParameter { Value = _columns[i], NpgsqlDbType = NpgsqlDbType.Array | DbTypeOf(table.Columns[i].Type) });
        if (table.Mode == TableMode.Upsert)
            parameters.Add(new NpgsqlParameter { Value = IsDelete, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Boolean });
    }

    public static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Int64 => "bigint",
        ColumnType.Double => "double precision",
        ColumnType.Text => "text",
        ColumnType.Boolean => "boolean",
        ColumnType.Bytes => "bytea",
        ColumnType.Timestamp => "timestamp with time zone",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such column type."),
    };

    public override void SetNull(int column)
    {
        switch (_columns[column])
        {
            case long?[] values: values[Row] = null; break;
            case double?[] values: values[Row] = null; break;
            case bool?[] values: values[Row] = null; break;
            case DateTime?[] values: values[Row] = null; break;
            case string?[] values: values[Row] = null; break;
            case byte[]?[] values: values[Row] = null; break;
        }
    }

    public override void Set(int column, long value) => ((long?[])_columns[column])[Row] = value;

    public override void Set(int column, double value) => ((double?[])_columns[column])[Row] = value;

    public override void Set(int column, string value) => ((string?[])_columns[column])[Row] = value;

    public override void Set(int column, bool value) => ((bool?[])_columns[column])[Row] = value;

    public override void Set(int column, byte[] value) => ((byte[]?[])_columns[column])[Row] = value;

    // the two ends of DateTime become PostgreSQL's infinities
    public override void SetTimestamp(int column, long time) => ((DateTime?[])_columns[column])[Row] = time switch
    {
        EventTime.MinValue => DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
        EventTime.MaxValue => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
        _ => EventTime.ToDateTimeOffset(time).UtcDateTime,
    };

    private static Array NewColumn(ColumnType type, int count) => type switch
    {
        ColumnType.Int64 => new long?[count],
        ColumnType.Double => new double?[count],
        ColumnType.Text => new string?[count],
        ColumnType.Boolean => new bool?[count],
        ColumnType.Bytes => new byte[]?[count],
        _ => new DateTime?[count],
    };

    private static NpgsqlDbType DbTypeOf(ColumnType type) => type switch
    {
        ColumnType.Int64 => NpgsqlDbType.Bigint,
        ColumnType.Double => NpgsqlDbType.Double,
        ColumnType.Text => NpgsqlDbType.Text,
        ColumnType.Boolean => NpgsqlDbType.Boolean,
        ColumnType.Bytes => NpgsqlDbType.Bytea,
        _ => NpgsqlDbType.TimestampTz,
    };
}
