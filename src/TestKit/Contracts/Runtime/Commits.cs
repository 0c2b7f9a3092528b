using ActorStreams.Authoring;

namespace ActorStreams.TestKit;

/// <summary>Epochs to commit, and what was committed as text to compare.</summary>
internal static class Commits
{
    public static EpochCommit Epoch(long epoch, params JournalEvent[] events) => new()
    {
        Epoch = epoch,
        CommittedAt = 1_000_000 * epoch,
        Manifest = new[] { (byte)epoch, (byte)0xFE },
        Events = events,
        Tables = [],
        RetainFrom = 0,
    };

    public static EpochCommit Retaining(this EpochCommit commit, long from) => commit with { RetainFrom = from };

    public static EpochCommit With(this EpochCommit commit, params TableWrite[] tables) => commit with { Tables = tables };

    public static JournalEvent Event(long epoch, int shard, string payload = "", string op = "counts", int part = 0) =>
        new(op, shard, epoch, IsSnapshot: false, part, System.Text.Encoding.UTF8.GetBytes(payload.Length == 0 ? $"{op}/{shard}@{epoch}"
            : payload));

    public static JournalEvent Snapshot(long epoch, int shard, string payload = "", string op = "counts", int part = 0) =>
        Event(epoch, shard, payload.Length == 0 ? $"all of {op}/{shard}@{epoch}" : payload, op, part) with { IsSnapshot = true };

    public static JournalEvent Blob(long epoch, int shard, int sizeBytes, int part = 0, string op = "counts")
    {
        byte[] bytes = new byte[sizeBytes];
        new Random((int)epoch * 1000 + shard).NextBytes(bytes);
        return new(op, shard, epoch, IsSnapshot: false, part, bytes);
    }

    public static async Task<List<JournalEvent>> ReadAllAsync(this JobReader reader, long epoch, string op = "counts",
        int firstShard = 0, int count = 128)
    {
        List<JournalEvent> events = [];
        await foreach (JournalEvent journalEvent in reader.ReadAsync(op, firstShard, count, epoch))
            events.Add(journalEvent);
        return events;
    }

    /// <summary><c>shard:epoch[S][.part]</c> of each event, in order.</summary>
    public static async Task<string> ReadAsTextAsync(this JobReader reader, long epoch, string op = "counts", int firstShard = 0,
        int count = 128) =>
        string.Join(' ', (await reader.ReadAllAsync(epoch, op, firstShard, count))
            .Select(e => $"{e.Shard}:{e.Epoch}{(e.IsSnapshot ? "S" : "")}{(e.Part > 0 ? $".{e.Part}" : "")}"));
}

/// <summary>Rows given as values; every row after the first <paramref name="sets"/> deletes.</summary>
internal sealed class RowsAndDeletes(TableSpec table, int sets, params object?[][] rows) : TableWrite(table)
{
    private readonly Rows _rows = new(table, rows);

    public override int Count => rows.Length;

    public override bool IsDelete(int index) => index >= sets;

    public override void Bind(int index, StoreRow row) => _rows.Bind(index, row);
}

/// <summary>Every row of the table goes, then come these.</summary>
internal sealed class AfterClear(TableWrite rows) : TableWrite(rows.Table)
{
    public override int Count => rows.Count;

    public override bool ClearsTable => true;

    public override bool IsDelete(int index) => rows.IsDelete(index);

    public override void Bind(int index, StoreRow row) => rows.Bind(index, row);
}

/// <summary>Rows given as values.</summary>
internal sealed class Rows(TableSpec table, params object?[][] rows) : TableWrite(table)
{
    public override int Count => rows.Length;

    public override void Bind(int index, StoreRow row)
    {
        for (int column = 0; column < rows[index].Length; column++)
        {
            switch (rows[index][column])
            {
                case null: row.SetNull(column); break;
                case long value: row.Set(column, value); break;
                case int value: row.Set(column, (long)value); break;
                case double value: row.Set(column, value); break;
                case string value: row.Set(column, value); break;
                case bool value: row.Set(column, value); break;
                case byte[] value: row.Set(column, value); break;
                case DateTimeOffset value: row.SetTimestamp(column, EventTime.ToMicros(value)); break;
            }
        }
    }
}
