using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Checksums of the rows that describe topics: where a partition begins and ends, what its producers have reached, what its
/// records mean.</summary>
/// <remarks>The rows of a file that an older version wrote have none until a job opens the file to write.</remarks>
internal static class SqliteTopicChecks
{
    private const string Columns =
        "SELECT first_offset, next_offset, compacted_to, watermark, whole_from, producers, crc FROM actorstreams_topic_partitions WHERE topic = ?1 AND partition = ?2";

    /// <summary>Gives the row of a partition its checksum, after each change.</summary>
    public static void Seal(SqliteDatabase database, long topic, int partition)
    {
        SqliteStatement select = database.Statement(Columns).Bind(1, topic).Bind(2, partition);
        if (!select.Step())
            throw Damaged(database, $"topic number {topic}", $"partition {partition} is not there");
        uint checksum = OfHead(select, topic, partition);
        select.Reset();
        database.Statement("UPDATE actorstreams_topic_partitions SET crc = ?3 WHERE topic = ?1 AND partition = ?2").Bind(1, topic)
            .Bind(2, partition).Bind(3, checksum).Run();
    }

    public static void CheckHead(SqliteDatabase database, long topic, int partition)
    {
        if (!Are(database))
            return;
        SqliteStatement select = database.Statement(Columns).Bind(1, topic).Bind(2, partition);
        bool isRight = select.Step() && !select.IsNull(6) && OfHead(select, topic, partition) == (uint)select.Int64(6);
        select.Reset();
        if (!isRight)
            throw Damaged(database, $"topic number {topic}",
                $"what is stored of partition {partition} is damaged (its CRC32C does not match)");
    }

    /// <summary>The offset from which on nothing may be missing; 0, save for what an older version has compacted.</summary>
    public static long WholeFrom(SqliteDatabase database, long topic, int partition)
    {
        if (!Are(database))
            return long.MaxValue;
        SqliteStatement select = database.Statement(Columns).Bind(1, topic).Bind(2, partition);
        long from = select.Step() ? select.Int64(4) : 0;
        select.Reset();
        return from;
    }

    public static void CheckPartitions(SqliteDatabase database, long topic, TopicSpec spec)
    {
        SqliteStatement select = database.Statement("SELECT count(*) FROM actorstreams_topic_partitions WHERE topic = ?1").Bind(1, topic);
        long count = select.Step() ? select.Int64(0) : 0;
        select.Reset();
        if (count != spec.Partitions)
            throw Damaged(database, $"topic '{spec.Name}'", $"it should have {spec.Partitions} partitions, and {count} are there");
    }

    public static List<Schema> Schemas(SqliteDatabase database, long topic, string name)
    {
        List<Schema> schemas = [];
        bool areChecked = Are(database);
        SqliteStatement select = database.Statement(areChecked
            ? "SELECT version, schema, crc FROM actorstreams_topic_schemas WHERE topic = ?1 ORDER BY version"
            : "SELECT version, schema FROM actorstreams_topic_schemas WHERE topic = ?1 ORDER BY version").Bind(1, topic);
        try
        {
            while (select.Step())
            {
                string text = select.Text(1);
                if (select.Int64(0) != schemas.Count
                    || (areChecked && (select.IsNull(2) || (uint)select.Int64(2) != OfSchema(topic, schemas.Count, text))))
                    throw Damaged(database, $"topic '{name}'", $"schema {schemas.Count} is damaged or missing");
                schemas.Add(new Schema(text));
            }
        }
        finally
        {
            select.Reset();
        }

        return schemas;
    }

    public static uint OfSchema(long topic, int version, string text)
    {
        Span<byte> place = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(place, topic);
        BinaryPrimitives.WriteInt32LittleEndian(place[8..], version);
        return Crc32C.Append(Crc32C.Compute(place), Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Adds the checksums to the topics of a file that was written without, in the open transaction.</summary>
    /// <remarks>What was compacted before has holes that nothing tells of: up to where such a topic reaches now, missing records are not
    /// noticed.</remarks>
    public static void AddTo(SqliteDatabase database)
    {
        if (!SqliteTopics.AreThere(database) || Are(database))
            return;
        database.Execute("ALTER TABLE actorstreams_topic_schemas ADD COLUMN crc INTEGER");
        database.Execute("ALTER TABLE actorstreams_topic_partitions ADD COLUMN whole_from INTEGER NOT NULL DEFAULT 0");
        database.Execute("ALTER TABLE actorstreams_topic_partitions ADD COLUMN crc INTEGER");
        database.Execute(
            "UPDATE actorstreams_topic_partitions SET whole_from = next_offset WHERE topic IN (SELECT id FROM actorstreams_topics WHERE is_compacted <> 0)");
        List<(long Topic, int Number, string? Schema)> rows = [];
        SqliteStatement select = database.Statement(
            "SELECT topic, partition, NULL FROM actorstreams_topic_partitions UNION ALL SELECT topic, version, schema FROM actorstreams_topic_schemas");
        while (select.Step())
            rows.Add((select.Int64(0), (int)select.Int64(1), select.IsNull(2) ? null : select.Text(2)));
        foreach ((long topic, int number, string? schema) in rows)
        {
            if (schema is null)
                Seal(database, topic, number);
            else
                database.Statement("UPDATE actorstreams_topic_schemas SET crc = ?3 WHERE topic = ?1 AND version = ?2").Bind(1, topic)
                    .Bind(2, number).Bind(3, OfSchema(topic, number, schema)).Run();
        }
    }

    public static StoreException Damaged(SqliteDatabase database, string topic, string what) =>
        new($"SQLite store '{database.Path}', {topic}: {what}. The store is damaged: restore it from a backup.");

    private static uint OfHead(SqliteStatement row, long topic, int partition)
    {
        Span<byte> place = stackalloc byte[52];
        BinaryPrimitives.WriteInt64LittleEndian(place, topic);
        BinaryPrimitives.WriteInt32LittleEndian(place[8..], partition);
        for (int column = 0; column < 5; column++)
            BinaryPrimitives.WriteInt64LittleEndian(place[(12 + (8 * column))..], row.Int64(column));
        return Crc32C.Append(Crc32C.Compute(place), row.Blob(5));
    }

    /// <summary>Whether the file has checksums of topics: format 2 on, once there are topics.</summary>
    private static bool Are(SqliteDatabase database) =>
        database.HasTopicChecks
            || (database.HasTopicChecks = database.Number(
            "SELECT count(*) FROM pragma_table_info('actorstreams_topic_partitions') WHERE name = 'crc'") == 1);
}
