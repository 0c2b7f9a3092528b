using ActorStreams.Persistence.Memory;

namespace ActorStreams.TestKit;

/// <summary>One record of the simulated store's log.</summary>
/// <param name="Job">The job.</param>
/// <param name="Generation">The writer; a record without a commit is its opening.</param>
/// <param name="Commit">What it committed, without its tables; null if nothing.</param>
/// <param name="Fingerprint">The commit's fingerprint.</param>
/// <param name="Rows">The commit's rows by table.</param>
internal sealed record LogRecord(
    string Job, long Generation, EpochCommit? Commit, byte[] Fingerprint,
        IReadOnlyList<(TableSpec Table, List<MemoryTable.BoundRow> Rows)> Rows)
{
    /// <summary>The topic that was opened; null if none.</summary>
    public (TopicSpec Spec, Schema Schema)? Topic { get; private init; }

    public static LogRecord OpeningTopic(TopicSpec spec, Schema schema) => new("", 0, null, [], []) { Topic = (spec, schema) };

    public static LogRecord Opening(string job, long generation) => new(job, generation, null, [], []);

    public static LogRecord Of(string job, long generation, EpochCommit commit, byte[] fingerprint) =>
        new(job, generation, commit, fingerprint, [.. commit.Tables.Select(write => (write.Table, MemoryTable.Bind(write)))]);

    public byte[] Encode()
    {
        var log = new BlobWriter();
        log.WriteString(Job);
        log.WriteInt64(Generation);
        log.WriteInt64(Commit?.Epoch ?? (Topic is null ? 0 : -1));
        if (Topic is var (spec, schema))
            WriteSpec(log, spec, schema);
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
        foreach ((TableSpec table, List<MemoryTable.BoundRow> rows) in Rows)
            WriteTable(log, table, rows);
        log.WriteInt32(Commit.Topics.Count);
        foreach (TopicWrite write in Commit.Topics)
            WriteTopic(log, write);
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
        if (epoch < 0)
            return OpeningTopic(ReadSpec(ref log), new Schema(log.ReadString()));
        byte[] fingerprint = ReadBytes(ref log);
        (long committedAt, long retainFrom, byte[] manifest) = (log.ReadInt64(), log.ReadInt64(), ReadBytes(ref log));
        var events = new JournalEvent[log.ReadInt32()];
        for (int i = 0; i < events.Length; i++)
            events[i] = new JournalEvent(log.ReadString(), log.ReadInt32(), epoch, log.ReadByte() == 1, log.ReadInt32(),
                ReadBytes(ref log));
        var rows = new (TableSpec, List<MemoryTable.BoundRow>)[log.ReadInt32()];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = ReadTable(ref log);
        var topics = new TopicWrite[log.ReadInt32()];
        for (int i = 0; i < topics.Length; i++)
            topics[i] = ReadTopic(ref log);
        var commit = new EpochCommit
        {
            Epoch = epoch,
            CommittedAt = committedAt,
            Manifest = manifest,
            Events = events,
            Tables = [],
            Topics = topics,
            RetainFrom = retainFrom
        };
        return new LogRecord(job, generation, commit, fingerprint, rows);
    }

    private static void WriteBytes(BlobWriter log, ReadOnlySpan<byte> bytes)
    {
        log.WriteInt32(bytes.Length);
        log.WriteBytes(bytes);
    }

    private static byte[] ReadBytes(ref BlobReader log) => log.Take(log.ReadInt32()).ToArray();

    private static void WriteSpec(BlobWriter log, TopicSpec spec, Schema schema)
    {
        log.WriteString(spec.Name);
        log.WriteInt32(spec.Partitions);
        log.WriteByte(spec.IsCompacted ? (byte)1 : (byte)0);
        log.WriteInt64(spec.RetainFor?.Ticks ?? -1);
        log.WriteInt64(spec.RetainBytes ?? -1);
        log.WriteInt64(spec.RetainDeletionsFor.Ticks);
        log.WriteString(schema.Text);
    }

    private static TopicSpec ReadSpec(ref BlobReader log)
    {
        var spec = new TopicSpec(log.ReadString(), log.ReadInt32()) { IsCompacted = log.ReadByte() == 1 };
        (long retainTicks, long retainBytes) = (log.ReadInt64(), log.ReadInt64());
        return spec with
        {
            RetainFor = retainTicks < 0 ? null : new TimeSpan(retainTicks),
            RetainBytes = retainBytes < 0 ? null : retainBytes,
            RetainDeletionsFor = new TimeSpan(log.ReadInt64()),
        };
    }

    private static void WriteTopic(BlobWriter log, TopicWrite write)
    {
        log.WriteString(write.Topic);
        log.WriteString(write.Producer);
        log.WriteInt64(write.Watermark);
        log.WriteInt64(write.Patience.Ticks);
        log.WriteInt32(write.Blobs.Count);
        foreach (TopicBlob blob in write.Blobs)
        {
            log.WriteInt32(blob.Partition);
            log.WriteInt32(blob.Schema);
            log.WriteInt32(blob.Records);
            log.WriteInt64(blob.MinTime);
            log.WriteInt64(blob.MaxTime);
            WriteBytes(log, blob.Payload.Span);
        }
    }

    private static TopicWrite ReadTopic(ref BlobReader log)
    {
        (string topic, string producer, long watermark, long patience) = (log.ReadString(), log.ReadString(), log.ReadInt64(),
            log.ReadInt64());
        var blobs = new TopicBlob[log.ReadInt32()];
        for (int i = 0; i < blobs.Length; i++)
            blobs[i] = new TopicBlob(log.ReadInt32(), log.ReadInt32(), log.ReadInt32(), log.ReadInt64(), log.ReadInt64(),
                ReadBytes(ref log));
        return new TopicWrite(topic, producer, watermark, blobs) { Patience = new TimeSpan(patience) };
    }

    private static void WriteTable(BlobWriter log, TableSpec table, List<MemoryTable.BoundRow> rows)
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
        foreach (MemoryTable.BoundRow row in rows)
        {
            log.WriteByte((byte)row.Kind);
            foreach (object? value in row.Values)
                WriteValue(log, value);
        }
    }

    private static (TableSpec Table, List<MemoryTable.BoundRow> Rows) ReadTable(ref BlobReader log)
    {
        string name = log.ReadString();
        var mode = (TableMode)log.ReadByte();
        var columns = new TableColumn[log.ReadInt32()];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = new TableColumn(log.ReadString(), (ColumnType)log.ReadByte(), log.ReadByte() == 1);
        int count = log.ReadInt32();
        var rows = new List<MemoryTable.BoundRow>(count);
        for (int i = 0; i < count; i++)
        {
            var kind = (UpsertKind)log.ReadByte();
            object?[] row = kind == UpsertKind.Clear ? [] : new object?[columns.Length];
            for (int column = 0; column < row.Length; column++)
                row[column] = ReadValue(ref log, columns[column].Type);
            rows.Add(new MemoryTable.BoundRow(row, kind));
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
