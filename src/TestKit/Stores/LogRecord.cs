using ActorStreams.Core.Codecs;
using ActorStreams.Core.Epochs;
using ActorStreams.Persistence.Memory;

namespace ActorStreams.TestKit.Stores;

/// <summary>One record of the simulated store's log.</summary>
/// <param name="Job">The job.</param>
/// <param name="Generation">The writer; a record without a commit is its opening.</param>
/// <param name="Commit">What it committed, without its tables; null if nothing.</param>
/// <param name="Fingerprint">The commit's fingerprint.</param>
/// <param name="Rows">The commit's rows by table.</param>
internal sealed record LogRecord(
    string Job, long Generation, EpochCommit? Commit, byte[] Fingerprint, IReadOnlyList<(TableSpec Table, List<object?[]> Rows)> Rows)
{
    public static LogRecord Opening(string job, long generation) => new(job, generation, null, [], []);

    public static LogRecord Of(string job, long generation, EpochCommit commit, byte[] fingerprint) =>
        new(job, generation, commit, fingerprint, [.. commit.Tables.Select(write => (write.Table, MemoryTable.Bind(write)))]);

    public byte[] Encode()
    {
        var log = new BlobWriter();
        log.WriteString(Job);
        log.WriteInt64(Generation);
        log.WriteInt64(Commit?.Epoch ?? 0);
        if (Commit is null)
            return log.ToArray();
        WriteBytes(log, Fingerprint);
        log.WriteInt64(Commit.CommittedAt);
        log.WriteInt64(Commit.RetainFrom);
        WriteBytes(log, Commit.Manifest.Span);
        log.WriteInt32(Commit.Events.Count);
        foreach (JournalEvent entry in Commit.Events)
        {
            log.WriteString(entry.Operator);
            log.WriteInt32(entry.Shard);
            log.WriteByte(entry.IsSnapshot ? (byte)1 : (byte)0);
            log.WriteInt32(entry.Part);
            WriteBytes(log, entry.Payload.Span);
        }

        log.WriteInt32(Rows.Count);
        foreach ((TableSpec table, List<object?[]> rows) in Rows)
            WriteTable(log, table, rows);
        return log.ToArray();
    }

    public static LogRecord Decode(ReadOnlySpan<byte> bytes)
    {
        var log = new BlobReader(bytes);
        string job = log.ReadString();
        long generation = log.ReadInt64();
        long epoch = log.ReadInt64();
        if (epoch == 0)
            return Opening(job, generation);
        byte[] fingerprint = ReadBytes(ref log);
        (long committedAt, long retainFrom, byte[] manifest) = (log.ReadInt64(), log.ReadInt64(), ReadBytes(ref log));
        var events = new JournalEvent[log.ReadInt32()];
        for (int i = 0; i < events.Length; i++)
            events[i] = new JournalEvent(log.ReadString(), log.ReadInt32(), epoch, log.ReadByte() == 1, log.ReadInt32(), ReadBytes(ref log));
        var rows = new (TableSpec, List<object?[]>)[log.ReadInt32()];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = ReadTable(ref log);
        var commit = new EpochCommit { Epoch = epoch, CommittedAt = committedAt, Manifest = manifest, Events = events, Tables = [], RetainFrom = retainFrom };
        return new LogRecord(job, generation, commit, fingerprint, rows);
    }

    private static void WriteBytes(BlobWriter log, ReadOnlySpan<byte> bytes)
    {
        log.WriteInt32(bytes.Length);
        log.WriteBytes(bytes);
    }

    private static byte[] ReadBytes(ref BlobReader log) => log.Take(log.ReadInt32()).ToArray();

    private static void WriteTable(BlobWriter log, TableSpec table, List<object?[]> rows)
    {
        log.WriteString(table.Name);
        log.WriteByte((byte)table.Mode);
        log.WriteInt32(table.Columns.Count);
        foreach (TableColumn column in table.Columns)
        {
            log.WriteString(column.Name);
            log.WriteByte((byte)column.Type);
            log.WriteByte(column.IsKey ? (byte)1 : (byte)0);
        }

        log.WriteInt32(rows.Count);
        foreach (object?[] row in rows)
        {
            foreach (object? value in row)
                WriteValue(log, value);
        }
    }

    private static (TableSpec Table, List<object?[]> Rows) ReadTable(ref BlobReader log)
    {
        string name = log.ReadString();
        var mode = (TableMode)log.ReadByte();
        var columns = new TableColumn[log.ReadInt32()];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = new TableColumn(log.ReadString(), (ColumnType)log.ReadByte(), log.ReadByte() == 1);
        int count = log.ReadInt32();
        var rows = new List<object?[]>(count);
        for (int i = 0; i < count; i++)
        {
            var row = new object?[columns.Length];
            for (int column = 0; column < row.Length; column++)
                row[column] = ReadValue(ref log, columns[column].Type);
            rows.Add(row);
        }

        return (new TableSpec(name, columns, mode), rows);
    }

    private static void WriteValue(BlobWriter log, object? value)
    {
        log.WriteByte(value is null ? (byte)0 : (byte)1);
        switch (value)
        {
            case long number: log.WriteInt64(number); break;
            case double number: log.WriteDouble(number); break;
            case string text: log.WriteString(text); break;
            case bool flag: log.WriteByte(flag ? (byte)1 : (byte)0); break;
            case byte[] bytes: WriteBytes(log, bytes); break;
            case DateTimeOffset instant: log.WriteInt64(instant.UtcTicks); break;
        }
    }

    private static object? ReadValue(ref BlobReader log, ColumnType type)
    {
        if (log.ReadByte() == 0)
            return null;
        return type switch
        {
            ColumnType.Int64 => log.ReadInt64(),
            ColumnType.Double => log.ReadDouble(),
            ColumnType.Text => log.ReadString(),
            ColumnType.Boolean => log.ReadByte() == 1,
            ColumnType.Bytes => ReadBytes(ref log),
            _ => new DateTimeOffset(log.ReadInt64(), TimeSpan.Zero),
        };
    }
}
