using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>The tables of topics, and what is written to them inside the transaction of an epoch.</summary>
/// <remarks>The tables are made with the first topic. Payloads stand last in their rows: what is searched for is read without
/// them.</remarks>
internal static class SqliteTopics
{
    private static readonly string[] s_create =
    [
        """
        CREATE TABLE IF NOT EXISTS actorstreams_topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
            is_compacted INTEGER NOT NULL, retain_micros INTEGER, retain_bytes INTEGER, deletion_micros INTEGER NOT NULL)
        """,
        "CREATE TABLE IF NOT EXISTS actorstreams_topic_schemas(topic INTEGER NOT NULL, version INTEGER NOT NULL, schema TEXT NOT NULL, crc INTEGER, PRIMARY KEY(topic, version)) WITHOUT ROWID",
        """
        CREATE TABLE IF NOT EXISTS actorstreams_topic_partitions(topic INTEGER NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL,
            next_offset INTEGER NOT NULL, compacted_to INTEGER NOT NULL, watermark INTEGER NOT NULL, producers BLOB NOT NULL, whole_from INTEGER NOT NULL DEFAULT 0, crc INTEGER,
            PRIMARY KEY(topic, partition)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS actorstreams_topic_entries(id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, partition INTEGER NOT NULL, base_offset INTEGER NOT NULL,
            span INTEGER NOT NULL, records INTEGER NOT NULL, schema INTEGER NOT NULL, min_time INTEGER NOT NULL, max_time INTEGER NOT NULL, watermark INTEGER NOT NULL,
            written_at INTEGER NOT NULL, crc INTEGER NOT NULL, payload BLOB NOT NULL)
        """,
        "CREATE UNIQUE INDEX IF NOT EXISTS actorstreams_topic_entries_order ON actorstreams_topic_entries(topic, partition, base_offset)",
    ];

    public static bool AreThere(SqliteDatabase database) =>
        database.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'actorstreams_topic_entries'") != 0;

    /// <summary>Makes or checks a topic. On the writer's thread.</summary>
    public static (Topic Topic, int Schema) Open(SqliteDatabase database, TopicSpec spec, Schema schema)
    {
        TopicRules.Check(spec);
        database.Begin();
        foreach (string sql in s_create)
            database.Execute(sql);
        long? id = Find(database, spec.Name, out Topic? topic);
        if (topic is null)
        {
            SqliteStatement insert = database.Statement(
                "INSERT INTO actorstreams_topics(name, partitions, is_compacted, deletion_micros) VALUES(?1, ?2, ?3, 0) RETURNING id")
                .Bind(1, spec.Name).Bind(2, spec.Partitions).Bind(3, spec.IsCompacted ? 1 : 0);
            while (insert.Step())
                id = insert.Int64(0);
            for (int partition = 0; partition < spec.Partitions; partition++)
            {
                database.Statement(
                    "INSERT INTO actorstreams_topic_partitions(topic, partition, first_offset, next_offset, compacted_to, watermark, producers) VALUES(?1, ?2, 0, 0, 0, ?3, x'')")
                    .Bind(1, id!.Value).Bind(2, partition).Bind(3, EventTime.MinValue).Run();
                SqliteTopicChecks.Seal(database, id.Value, partition);
            }

            id = Find(database, spec.Name, out topic);
        }

        TopicRules.CheckExisting(spec, topic!.Spec, $"SQLite store '{database.Path}'");
        SqliteStatement update = database.Statement(
            "UPDATE actorstreams_topics SET retain_micros = ?2, retain_bytes = ?3, deletion_micros = ?4 WHERE id = ?1")
            .Bind(1, id!.Value).Bind(4, spec.RetainDeletionsFor.ToMicros());
        Bind(update, 2, spec.RetainFor?.ToMicros());
        Bind(update, 3, spec.RetainBytes);
        update.Run();
        List<Schema> schemas = [.. topic.Schemas];
        int version = schemas.IndexOf(schema);
        if (version < 0)
        {
            version = schemas.Count;
            schemas.Add(schema);
            database.Statement("INSERT INTO actorstreams_topic_schemas(topic, version, schema, crc) VALUES(?1, ?2, ?3, ?4)")
                .Bind(1, id.Value).Bind(2, version).Bind(3, schema.Text).Bind(4, SqliteTopicChecks.OfSchema(id.Value, version, schema.Text))
                    .Run();
        }

        database.Commit();
        return (new Topic(spec, schemas), version);
    }

    /// <summary>The topic's number, and what it is; null if it is not there.</summary>
    public static long? Find(SqliteDatabase database, string name, out Topic? topic)
    {
        topic = null;
        SqliteStatement select = database.Statement(
            "SELECT id, partitions, is_compacted, retain_micros, retain_bytes, deletion_micros FROM actorstreams_topics WHERE name = ?1")
            .Bind(1, name);
        if (!select.Step())
            return null;
        long id = select.Int64(0);
        TopicSpec spec = new(name, (int)select.Int64(1))
        {
            IsCompacted = select.Int64(2) != 0,
            RetainFor = select.IsNull(3) ? null : TimeSpan.FromMicroseconds(select.Int64(3)),
            RetainBytes = select.IsNull(4) ? null : select.Int64(4),
            RetainDeletionsFor = TimeSpan.FromMicroseconds(select.Int64(5)),
        };
        select.Reset();
        SqliteTopicChecks.CheckPartitions(database, id, spec);
        topic = new Topic(spec, SqliteTopicChecks.Schemas(database, id, name));
        return id;
    }

    /// <summary>Appends what an epoch has for a topic. In the epoch's transaction, which is the only one that writes.</summary>
    public static void Write(SqliteDatabase database, TopicAppends appends, long writtenAt)
    {
        if (!AreThere(database) || Find(database, appends.Topic, out Topic? topic) is not { } id)
            throw TopicRules.NotThere(appends.Topic, $"SQLite store '{database.Path}'");
        appends.Check(topic!.Spec.Partitions, topic.Schemas.Count);
        for (int partition = 0; partition < topic.Spec.Partitions; partition++)
        {
            TopicHead head = Head(database, id, partition);
            foreach ((TopicEntry entry, uint checksum) in appends.AppendTo(partition, head, writtenAt))
                Insert(database, id, partition, entry, checksum);
            if (!head.IsChanged)
                continue;
            database.Statement(
                "UPDATE actorstreams_topic_partitions SET next_offset = ?3, watermark = ?4, producers = ?5 WHERE topic = ?1 AND partition = ?2")
                .Bind(1, id).Bind(2, partition).Bind(3, head.Next).Bind(4, head.Watermark).BindBlob(5, head.Producers()).Run();
            SqliteTopicChecks.Seal(database, id, partition);
        }
    }

    /// <exception cref="StoreException">What the store tells of the partition is damaged.</exception>
    public static TopicHead Head(SqliteDatabase database, long topic, int partition)
    {
        SqliteTopicChecks.CheckHead(database, topic, partition);
        SqliteStatement select = database.Statement(
            "SELECT first_offset, next_offset, producers FROM actorstreams_topic_partitions WHERE topic = ?1 AND partition = ?2")
            .Bind(1, topic).Bind(2, partition);
        if (!select.Step())
            throw SqliteTopicChecks.Damaged(database, $"topic number {topic}", $"partition {partition} is not there");
        TopicHead head = new(select.Int64(0), select.Int64(1), TopicProducers.Decode(select.Blob(2)));
        select.Reset();
        return head;
    }

    /// <summary>How far a partition reaches, and from where on nothing may be missing.</summary>
    public static TopicRange Range(SqliteDatabase database, long topic, int partition) =>
        Head(database, topic, partition).Range with { WholeFrom = SqliteTopicChecks.WholeFrom(database, topic, partition) };

    private static void Insert(SqliteDatabase database, long topic, int partition, in TopicEntry entry, uint checksum) =>
        database.Statement("""
            INSERT INTO actorstreams_topic_entries(topic, partition, base_offset, span, records, schema, min_time, max_time, watermark, written_at, crc, payload)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """).Bind(1, topic).Bind(2, partition).Bind(3, entry.Offset).Bind(4, entry.Span).Bind(5, entry.Records).Bind(6, entry.Schema).Bind(7, entry.MinTime)
            .Bind(8, entry.MaxTime).Bind(9, entry.Watermark).Bind(10, entry.WrittenAt).Bind(11, checksum).BindBlob(12, entry.Payload.Span)
                .Run();

    private static void Bind(SqliteStatement statement, int parameter, long? value)
    {
        if (value is { } number)
            statement.Bind(parameter, number);
        else
            statement.BindNull(parameter);
    }
}
