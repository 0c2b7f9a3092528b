using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>The topics of a file: made on the writer's thread, read on the caller's.</summary>
internal sealed class SqliteTopicLog(SqliteStore store) : TopicLog
{
    public TopicWakes Wakes { get; } = new();

    public override async ValueTask<(Topic Topic, int Schema)> OpenAsync(TopicSpec spec, Schema schema,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return await store.Writer.RunAsync(database => SqliteTopics.Open(database, spec, schema));
    }

    public override ValueTask<Topic?> FindAsync(string name, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!store.IsThere)
            return new((Topic?)null);
        return new(store.Read(database =>
        {
            Topic? topic = null;
            if (SqliteTopics.AreThere(database))
                SqliteTopics.Find(database, name, out topic);
            return topic;
        }));
    }

    public override ValueTask<TopicRange> RangeAsync(string name, int partition, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(store.Read(database => SqliteTopics.Range(database, IdOf(database, name), partition)));
    }

    public override ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(string name, int partition, long from, int maxBytes,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(store.Read(database => Entries(database, name, partition, from, maxBytes)));
    }

    public override ValueTask<long> EntryAtAsync(string name, int partition, long time, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(store.Read(database =>
        {
            database.Execute("BEGIN");   // one snapshot for both answers
            long id = IdOf(database, name);
            SqliteStatement select = database.Statement(
                "SELECT base_offset FROM actorstreams_topic_entries WHERE topic = ?1 AND partition = ?2 AND max_time >= ?3 ORDER BY base_offset LIMIT 1")
                .Bind(1, id).Bind(2, partition).Bind(3, time);
            long? found = select.Step() ? select.Int64(0) : null;
            select.Reset();
            return found ?? SqliteTopics.Head(database, id, partition).Next;
        }));
    }

    public override async ValueTask CompactAsync(string name, DateTimeOffset now, CancellationToken cancellation = default)
    {
        SqliteTopicTrim trim = new(store.Options.Synchronous, store.Checkpointer.Written);
        await store.Writer.RunAsync(database =>
        {
            SqliteTopics.Find(database, name, out Topic? topic);
            if (topic is null)
                throw TopicRules.NotThere(name, store.Description);
            trim.Add(name, EventTime.ToMicros(now), always: true);
            return true;
        });
        while (await store.Writer.RunAsync(((ISqliteIdleWork)trim).Step))
            cancellation.ThrowIfCancellationRequested();
    }

    public override IDisposable OnAppended(string name, Action appended) => Wakes.Add(name, appended);

    private long IdOf(SqliteDatabase database, string name) => SqliteTopics.Find(database, name, out _)
        ?? throw TopicRules.NotThere(name, store.Description);

    private IReadOnlyList<TopicEntry> Entries(SqliteDatabase database, string name, int partition, long from, int maxBytes)
    {
        long id = IdOf(database, name);
        SqliteStatement select = database.Statement("""
            SELECT base_offset, span, records, schema, min_time, max_time, watermark, written_at, crc, payload FROM actorstreams_topic_entries
            WHERE topic = ?1 AND partition = ?2 AND base_offset >= ifnull((SELECT max(base_offset) FROM actorstreams_topic_entries WHERE topic = ?1 AND partition = ?2 AND base_offset <= ?3), 0)
            ORDER BY base_offset
            """).Bind(1, id).Bind(2, partition).Bind(3, from);
        List<TopicEntry> entries = [];
        long size = 0;
        while (select.Step())
        {
            if (select.Int64(0) + select.Int64(1) <= from)
                continue;
            ReadOnlySpan<byte> payload = select.Blob(9);
            size += payload.Length;
            if (entries.Count > 0 && size > maxBytes)
                break;
            TopicEntry entry = new(select.Int64(0), (int)select.Int64(1), (int)select.Int64(2), (int)select.Int64(3), select.Int64(4),
                select.Int64(5), select.Int64(6), select.Int64(7), payload.ToArray());
            if (TopicRules.Checksum(entry, partition) != (uint)select.Int64(8))
                throw TopicRules.Damaged(store.Description, name, partition, entry.Offset);
            entries.Add(entry);
        }

        select.Reset();
        return entries;
    }
}
