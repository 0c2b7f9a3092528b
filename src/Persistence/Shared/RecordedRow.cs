namespace ActorStreams.Persistence.Shared;

/// <summary>Writes down what is set of a row, so that it can be set again elsewhere: of each column that is set its number, whether it is
/// null, and the value by the column's type.</summary>
internal sealed class RecordedRow(BlobWriter writer) : StoreRow
{
    /// <summary>Sets the next recorded column.</summary>
    /// <exception cref="CodecException">The bytes are no row of the columns.</exception>
    public static void Replay(ref BlobReader reader, IReadOnlyList<TableColumn> columns, StoreRow row)
    {
        uint mark = reader.ReadVarint();
        int column = (int)(mark >> 1);
        if (column >= columns.Count)
            throw new CodecException($"they set column {column} of {columns.Count}");
        if ((mark & 1) == 0)
        {
            row.SetNull(column);
            return;
        }

        switch (columns[column].Type)
        {
            case ColumnType.Int64: row.Set(column, reader.ReadInt64()); break;
            case ColumnType.Double: row.Set(column, reader.ReadDouble()); break;
            case ColumnType.Text: row.Set(column, reader.ReadString()); break;
            case ColumnType.Boolean: row.Set(column, reader.ReadByte() == 1); break;
            case ColumnType.Bytes: row.Set(column, reader.Take((int)reader.ReadVarint()).ToArray()); break;
            case ColumnType.Timestamp: row.SetTimestamp(column, reader.ReadInt64()); break;
            default: throw new CodecException($"column {column} has type {columns[column].Type}");
        }
    }

    public override void SetNull(int column) => writer.WriteVarint((uint)column << 1);

    public override void Set(int column, long value)
    {
        Begin(column);
        writer.WriteInt64(value);
    }

    public override void Set(int column, double value)
    {
        Begin(column);
        writer.WriteDouble(value);
    }

    public override void Set(int column, string value)
    {
        Begin(column);
        writer.WriteString(value);
    }

    public override void Set(int column, bool value)
    {
        Begin(column);
        writer.WriteByte(value ? (byte)1 : (byte)0);
    }

    public override void Set(int column, byte[] value)
    {
        Begin(column);
        writer.WriteVarint((uint)value.Length);
        writer.WriteBytes(value);
    }

    public override void SetTimestamp(int column, long time)
    {
        Begin(column);
        writer.WriteInt64(time);
    }

    private void Begin(int column) => writer.WriteVarint(((uint)column << 1) | 1);
}
