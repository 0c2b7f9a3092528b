using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Drops what topics need not keep: between commits, an entry or a few at a time.</summary>
/// <remarks>A step is not flushed to the disk (the next commit does that): losing it loses nothing, because each step leaves the topic
/// right.</remarks>
internal sealed class SqliteTopicTrim(SqliteSynchronous synchronous, Action<long> written) : ISqliteIdleWork
{
    private const int DropEntries = 8, StepBytes = 1024 * 1024;
    private readonly SqliteIdleStep _step = new(synchronous);
    private readonly Dictionary<string, (long Now, bool Always)> _due = new(StringComparer.Ordinal);
    private readonly Queue<Sweep> _sweeps = [];

    /// <summary>Asks for a topic to be looked at. On the writer's thread.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="now">The time, in microseconds.</param>
    /// <param name="always">Whether to compact it although little has come since the last time.</param>
    public void Add(string topic, long now, bool always = false) => _due[topic] = (now, always);

    bool ISqliteIdleWork.Step(SqliteDatabase database)
    {
        // What sweeps remember may be of the step that is undone.
        _step.Run(database, () =>
        {
            if (_sweeps.Count == 0)
                Plan(database);
            if (_sweeps.TryPeek(out Sweep? sweep) && !sweep.Step(database))
                _sweeps.Dequeue();
        },
        done: () => written(StepBytes), undone: _sweeps.Clear);
        return _sweeps.Count > 0;
    }

    private void Plan(SqliteDatabase database)
    {
        foreach ((string name, (long now, bool always)) in _due)
        {
            if (SqliteTopics.Find(database, name, out Topic? topic) is not { } id || !TopicRetention.Drops(topic!.Spec))
                continue;
            for (int partition = 0; partition < topic.Spec.Partitions; partition++)
            {
                Retain(database, topic.Spec, id, partition, now);
                if (topic.Spec.IsCompacted && (always || IsDirty(database, id, partition)))
                    _sweeps.Enqueue(new KeySweep(topic.Spec, id, partition, now, SqliteTopics.Head(database, id, partition).Next));
            }
        }

        _due.Clear();
    }

    private void Retain(SqliteDatabase database, TopicSpec spec, long id, int partition, long now)
    {
        if (!TopicRetention.Drops(spec with { IsCompacted = false }))
            return;
        List<(long, long, long)> entries = [];
        SqliteStatement select = database.Statement(
            "SELECT base_offset, written_at, length(payload) FROM actorstreams_topic_entries WHERE topic = ?1 AND partition = ?2 ORDER BY base_offset")
            .Bind(1, id).Bind(2, partition);
        while (select.Step())
        {
            entries.Add((select.Int64(0), select.Int64(1), select.Int64(2)));
            if (spec.RetainBytes is null && select.Int64(1) >= now - spec.RetainFor!.Value.ToMicros())
                break;   // the first that stays decides
        }

        select.Reset();
        TopicHead head = SqliteTopics.Head(database, id, partition);
        long floor = TopicRetention.Floor(spec, entries, head.Next, now);
        if (floor <= head.First)
            return;
        // from here on nobody reads what is before the floor: it may go piece by piece
        database.Statement("UPDATE actorstreams_topic_partitions SET first_offset = ?3 WHERE topic = ?1 AND partition = ?2").Bind(1, id)
            .Bind(2, partition).Bind(3, floor).Run();
        SqliteTopicChecks.Seal(database, id, partition);
        _sweeps.Enqueue(new FloorSweep(id, partition, floor));
    }

    private static bool IsDirty(SqliteDatabase database, long id, int partition)
    {
        SqliteStatement select = database.Statement("""
            SELECT ifnull(sum(e.records) FILTER (WHERE e.base_offset < p.compacted_to), 0), ifnull(sum(e.records) FILTER (WHERE e.base_offset >= p.compacted_to), 0)
            FROM actorstreams_topic_partitions p JOIN actorstreams_topic_entries e ON e.topic = p.topic AND e.partition = p.partition WHERE p.topic = ?1 AND p.partition = ?2
            """).Bind(1, id).Bind(2, partition);
        bool isDirty = select.Step() && TopicRetention.IsDirty(select.Int64(0), select.Int64(1));
        select.Reset();
        return isDirty;
    }

    private abstract class Sweep
    {
        /// <summary>A part of it; true if there is more.</summary>
        public abstract bool Step(SqliteDatabase database);
    }

    private sealed class FloorSweep(long id, int partition, long floor) : Sweep
    {
        public override bool Step(SqliteDatabase database)
        {
            SqliteStatement delete = database.Statement("""
                DELETE FROM actorstreams_topic_entries WHERE id IN (
                    SELECT id FROM actorstreams_topic_entries WHERE topic = ?1 AND partition = ?2 AND base_offset < ?3 ORDER BY base_offset LIMIT ?4) RETURNING id
                """).Bind(1, id).Bind(2, partition).Bind(3, floor).Bind(4, DropEntries);
            int dropped = 0;
            while (delete.Step())
                dropped++;
            return dropped == DropEntries;
        }
    }

    private sealed class KeySweep(TopicSpec spec, long id, int partition, long now, long end) : Sweep
    {
        private readonly TopicCompaction _pass = new();
        private readonly long _end = end;
        private long _before = end;
        private bool _dropsDeletions;

        public override bool Step(SqliteDatabase database)
        {
            if (Before(database, _before) is not (var row, var entry))
            {
                if (!_dropsDeletions && _pass.HasDeletions)
                {
                    (_before, _dropsDeletions) = (_end, true);
                    return true;
                }

                database.Statement("UPDATE actorstreams_topic_partitions SET compacted_to = ?3 WHERE topic = ?1 AND partition = ?2")
                    .Bind(1, id).Bind(2, partition).Bind(3, _end).Run();
                SqliteTopicChecks.Seal(database, id, partition);
                return false;
            }

            _before = entry.Offset;
            TopicEntry? left = !_dropsDeletions ? _pass.Next(entry) : TopicRetention.AreDeletionsOver(spec, entry, now)
                ? TopicCompaction.WithoutDeletions(entry) : null;
            if (left is { Records: 0 } && Before(database, entry.Offset) is (var older, var before)
                && TopicRules.Cover(before, entry) is { } covering)
            {
                database.Statement("DELETE FROM actorstreams_topic_entries WHERE id = ?1").Bind(1, row).Run();
                database.Statement("UPDATE actorstreams_topic_entries SET span = ?2, crc = ?3 WHERE id = ?1")
                    .Bind(1, older).Bind(2, covering.Span).Bind(3, TopicRules.Checksum(covering, partition)).Run();
            }
            else if (left is { } kept)
            {
                database.Statement("UPDATE actorstreams_topic_entries SET records = ?2, crc = ?3, payload = ?4 WHERE id = ?1")
                    .Bind(1, row).Bind(2, kept.Records).Bind(3, TopicRules.Checksum(kept, partition)).BindBlob(4, kept.Payload.Span).Run();
            }

            return true;
        }

        /// <summary>The entry before an offset, and its row; null if there is none.</summary>
        /// <exception cref="StoreException">It is damaged: nothing of it is dropped.</exception>
        private (long Row, TopicEntry Entry)? Before(SqliteDatabase database, long offset)
        {
            SqliteStatement select = database.Statement("""
                SELECT id, base_offset, span, records, schema, min_time, max_time, watermark, written_at, crc, payload FROM actorstreams_topic_entries
                WHERE topic = ?1 AND partition = ?2 AND base_offset < ?3 ORDER BY base_offset DESC LIMIT 1
                """).Bind(1, id).Bind(2, partition).Bind(3, offset);
            if (!select.Step())
                return null;
            long row = select.Int64(0);
            TopicEntry entry = new(select.Int64(1), (int)select.Int64(2), (int)select.Int64(3), (int)select.Int64(4), select.Int64(5),
                select.Int64(6), select.Int64(7), select.Int64(8), select.Blob(10).ToArray());
            uint checksum = (uint)select.Int64(9);
            select.Reset();
            return TopicRules.Checksum(entry, partition) == checksum ? (row, entry)
                : throw TopicRules.Damaged($"SQLite store '{database.Path}'", spec.Name, partition, entry.Offset);
        }
    }
}
