namespace ActorStreams.Persistence.Shared;

/// <summary>Rows for a table that were written as bytes, and are bound from them.</summary>
internal sealed class PreparedTable : TableWrite
{
    private const byte Row = 0, Deletion = 1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;

    private PreparedTable(TableSpec spec, byte[] bytes, int[] starts, bool clearsTable, TableTrim? trim)
        : base(spec) => (_bytes, _starts, ClearsTable, Trim) = (bytes, starts, clearsTable, trim);

    public override int Count => _starts.Length;

    public override bool ClearsTable { get; }

    public override TableTrim? Trim { get; }

    /// <summary>Writes the table and all of its rows.</summary>
    public static void Write(TableWrite write, BlobWriter writer)
    {
        TableSpec table = write.Table;
        writer.WriteString(table.Name);
        writer.WriteByte((byte)table.Mode);
        writer.WriteInt32(table.ColumnsAdded);
        writer.WriteVarint((uint)table.Columns.Count);
        foreach (TableColumn column in table.Columns)
        {
            writer.WriteString(column.Name);
            writer.WriteByte((byte)column.Type);
            writer.WriteByte(column.IsKey ? (byte)1 : (byte)0);
        }

        writer.WriteByte(write.ClearsTable ? (byte)1 : (byte)0);
        WriteTrim(write.Trim, writer);
        writer.WriteVarint((uint)write.Count);
        var row = new RecordedRow(writer);
        for (int index = 0; index < write.Count; index++)
        {
            int at = writer.Length;
            writer.WriteInt32(0);
            writer.WriteByte(write.IsDelete(index) ? Deletion : Row);
            write.Bind(index, row);
            writer.PatchInt32(at, writer.Length - at - sizeof(int));
        }
    }

    /// <summary>Reads them, behind the first byte of a blob.</summary>
    public static PreparedTable Read(byte[] blob)
    {
        var reader = new BlobReader(blob.AsSpan(1));
        string name = reader.ReadString();
        var mode = (TableMode)reader.ReadByte();
        int added = reader.ReadInt32();
        var columns = new TableColumn[reader.ReadVarint()];
        for (int at = 0; at < columns.Length; at++)
            columns[at] = new TableColumn(reader.ReadString(), (ColumnType)reader.ReadByte(), reader.ReadByte() == 1);
        bool clears = reader.ReadByte() == 1;
        TableTrim? trim = ReadTrim(ref reader);
        var starts = new int[reader.ReadVarint()];
        for (int row = 0; row < starts.Length; row++)
        {
            int length = reader.ReadInt32();
            starts[row] = blob.Length - reader.Remaining;
            reader.Take(length);
        }

        return new PreparedTable(new TableSpec(name, columns, mode) { ColumnsAdded = added }, blob, starts, clears, trim);
    }

    public override bool IsDelete(int index) => _bytes[_starts[index]] == Deletion;

    public override void Bind(int index, StoreRow row)
    {
        int end = index + 1 < _starts.Length ? _starts[index + 1] - sizeof(int) : _bytes.Length;
        var reader = new BlobReader(_bytes.AsSpan((_starts[index] + 1)..end));
        while (reader.Remaining > 0)
            RecordedRow.Replay(ref reader, Table.Columns, row);
    }

    private static void WriteTrim(TableTrim? trim, BlobWriter writer)
    {
        writer.WriteByte(trim is null ? (byte)0 : (byte)1);
        if (trim is null)
            return;
        writer.WriteString(trim.OwnerColumn);
        writer.WriteString(trim.Owner);
        writer.WriteString(trim.TimeColumn);
        WriteOptional(trim.Before, writer);
        WriteOptional(trim.Rows, writer);
    }

    private static TableTrim? ReadTrim(ref BlobReader reader) => reader.ReadByte() == 0 ? null
        : new TableTrim(reader.ReadString(), reader.ReadString(), reader.ReadString(), ReadOptional(ref reader), ReadOptional(ref reader));

    private static void WriteOptional(long? value, BlobWriter writer)
    {
        writer.WriteByte(value is null ? (byte)0 : (byte)1);
        if (value is { } there)
            writer.WriteInt64(there);
    }

    private static long? ReadOptional(ref BlobReader reader) => reader.ReadByte() == 0 ? null : reader.ReadInt64();
}
