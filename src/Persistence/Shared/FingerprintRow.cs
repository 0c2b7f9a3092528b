using System.Security.Cryptography;
using System.Text;

namespace ActorStreams.Persistence.Shared;

/// <summary>Takes table rows into a commit's fingerprint, and holds every store to the same rules: the column's type, keys that are never
/// null.</summary>
internal sealed class FingerprintRow(TableSpec table, IncrementalHash hash) : StoreRow
{
    private const int FlushBytes = 64 * 1024;

    /// <summary>No column has this number, nor its complement.</summary>
    private const int Deletion = int.MaxValue;

    private readonly BlobWriter _bytes = new(FlushBytes);
    private readonly bool[] _isSet = new bool[table.Columns.Count];

    public void AddAll(TableWrite write)
    {
        _bytes.WriteString(table.Name);
        _bytes.WriteInt32(write.Count);
        if (write.ClearsTable)
        {
            if (table.Mode != TableMode.Upsert)
                throw new InvalidOperationException($"Table '{table.Name}': only tables with keys are cleared.");
            _bytes.WriteInt32(Deletion);
        }

        for (int row = 0; row < write.Count; row++)
        {
            write.Bind(row, this);
            for (int column = 0; column < _isSet.Length; column++)
            {
                if (!_isSet[column] && table.Columns[column].IsKey)
                    throw new InvalidOperationException(
                        $"Table '{table.Name}', row {row}: key column '{table.Columns[column].Name}' is null. Keys are never null.");
            }

            if (write.IsDelete(row))
            {
                if (table.Mode != TableMode.Upsert)
                    throw new InvalidOperationException($"Table '{table.Name}', row {row}: only rows with keys are deleted.");
                _bytes.WriteInt32(Deletion);
            }

            Array.Clear(_isSet);
            if (_bytes.Length >= FlushBytes)
                Flush();
        }

        Flush();
    }

    public override void SetNull(int column)
    {
        _bytes.WriteInt32(column);
        _isSet[column] = false;
    }

    public override void Set(int column, long value)
    {
        Begin(column, ColumnType.Int64);
        _bytes.WriteInt64(value);
    }

    public override void Set(int column, double value)
    {
        Begin(column, ColumnType.Double);
        _bytes.WriteDouble(value);
    }

    public override void Set(int column, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Begin(column, ColumnType.Text);
        if (UnicodeText.FaultOfColumn(value) is { } fault)
            throw new InvalidOperationException($"Table '{table.Name}', column '{table.Columns[column].Name}': {fault}");
        _bytes.WriteInt32(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _bytes.Take(Encoding.UTF8.GetByteCount(value)));
    }

    public override void Set(int column, bool value)
    {
        Begin(column, ColumnType.Boolean);
        _bytes.WriteByte(value ? (byte)1 : (byte)0);
    }

    public override void Set(int column, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Begin(column, ColumnType.Bytes);
        _bytes.WriteInt32(value.Length);
        _bytes.WriteBytes(value);
    }

    public override void SetTimestamp(int column, long time)
    {
        Begin(column, ColumnType.Timestamp);
        _bytes.WriteInt64(time);
    }

    private void Begin(int column, ColumnType type)
    {
        if (table.Columns[column].Type != type)
        {
            throw new InvalidOperationException(
                $"Table '{table.Name}', column '{table.Columns[column].Name}' holds {table.Columns[column].Type}, " +
                $"but was given {type}. Set the column by the method of its type.");
        }

        _bytes.WriteInt32(~column);
        _isSet[column] = true;
    }

    private void Flush()
    {
        hash.AppendData(_bytes.Written);
        _bytes.Clear();
    }
}
