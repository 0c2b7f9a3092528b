using System.Net.Sockets;
using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Drops what topics need not keep, beside the commits: a few entries a transaction, none of them waiting for the disk.</summary>
internal sealed class PostgreSqlTopicTrim(PostgreSqlStore store)
{
    private const int Epochs = 16, DropEntries = 16;
    private Task _running = Task.CompletedTask;
    private long _epochs;
    private volatile bool _isStopping;

    /// <summary>Looks at most every so many epochs: looking costs a walk over the entries of the topic.</summary>
    public void Committed(EpochCommit commit, IReadOnlyList<TopicAppends> topics)
    {
        if (topics.Count > 0 && ++_epochs % Epochs == 0 && _running.IsCompleted)
            _running = DropAsync([.. topics.Select(topic => topic.Topic)], commit.CommittedAt);
    }

    public async Task StopAsync()
    {
        _isStopping = true;
        await _running;
    }

    /// <summary>All that is due of one topic.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, PostgreSqlStore store, string name, long now, bool always,
        CancellationToken cancellation)
    {
        string schema = store.Options.Schema;
        (int id, Topic? topic) = await PostgreSqlTopics.FindAsync(connection, schema, name, cancellation);
        if (topic is null)
            throw TopicRules.NotThere(name, store.Description);
        if (!TopicRetention.Drops(topic.Spec))
            return;
        await PostgreSqlSchema.ExecuteAsync(connection, "SET synchronous_commit = off", cancellation);
        try
        {
            for (int partition = 0; partition < topic.Spec.Partitions; partition++)
            {
                await RetainAsync(connection, schema, topic.Spec, id, partition, now, cancellation);
                if (topic.Spec.IsCompacted && (always || await IsDirtyAsync(connection, schema, id, partition, cancellation)))
                    await CompactAsync(connection, store, topic.Spec, id, partition, now, cancellation);
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await PostgreSqlSchema.ExecuteAsync(connection, "RESET synchronous_commit", CancellationToken.None);
        }
    }

    private async Task DropAsync(string[] topics, long now)
    {
        try
        {
            await using NpgsqlConnection connection = await store.ConnectAsync(CancellationToken.None);
            foreach (string topic in topics)
            {
                if (!_isStopping)
                    await RunAsync(connection, store, topic, now, always: false, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is StoreException or NpgsqlException or IOException or SocketException or TimeoutException
            or ObjectDisposedException)
        {
            // what could not be dropped now is dropped after a later epoch
        }
    }

    private static async Task RetainAsync(NpgsqlConnection connection, string schema, TopicSpec spec, int id, int partition, long now,
        CancellationToken cancellation)
    {
        if (!TopicRetention.Drops(spec with { IsCompacted = false }))
            return;
        List<(long, long, long)> entries = [];
        long next = 0;
        await using (NpgsqlCommand command = PostgreSqlTopicLog.Command(connection, $"""
            SELECT p.next_offset, e.base_offset, e.written_at, octet_length(e.payload)::bigint FROM "{schema}".topic_partitions p
            JOIN "{schema}".topic_entries e ON e.topic = p.topic AND e.partition = p.partition WHERE p.topic = $1 AND p.partition = $2 ORDER BY e.base_offset
            """, id, partition))
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                next = reader.GetInt64(0);
                entries.Add((reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
            }
        }

        if (entries.Count == 0)
            return;
        long floor = TopicRetention.Floor(spec, entries, next, now);
        // from here on nobody reads what is before the floor: it may go piece by piece
        await using (NpgsqlCommand command = PostgreSqlTopicLog.Command(connection,
            $"UPDATE \"{schema}\".topic_partitions SET first_offset = $3 WHERE topic = $1 AND partition = $2 AND first_offset < $3", id,
            partition, floor))
            await command.ExecuteNonQueryAsync(cancellation);
        while (true)
        {
            await using NpgsqlCommand delete = PostgreSqlTopicLog.Command(connection, $"""
                DELETE FROM "{schema}".topic_entries WHERE topic = $1 AND partition = $2 AND base_offset = ANY (ARRAY(
                    SELECT base_offset FROM "{schema}".topic_entries WHERE topic = $1 AND partition = $2 AND base_offset < $3 ORDER BY base_offset LIMIT {DropEntries}))
                """, id, partition, floor);
            if (await delete.ExecuteNonQueryAsync(cancellation) < DropEntries)
                return;
        }
    }

    private static async Task<bool> IsDirtyAsync(NpgsqlConnection connection, string schema, int id, int partition,
        CancellationToken cancellation)
    {
        await using NpgsqlCommand command = PostgreSqlTopicLog.Command(connection, $"""
            SELECT coalesce(sum(e.records) FILTER (WHERE e.base_offset < p.compacted_to), 0)::bigint, coalesce(sum(e.records) FILTER (WHERE e.base_offset >= p.compacted_to), 0)::bigint
            FROM "{schema}".topic_partitions p JOIN "{schema}".topic_entries e ON e.topic = p.topic AND e.partition = p.partition WHERE p.topic = $1 AND p.partition = $2
            """, id, partition);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) && TopicRetention.IsDirty(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task CompactAsync(NpgsqlConnection connection, PostgreSqlStore store, TopicSpec spec, int id, int partition,
        long now, CancellationToken cancellation)
    {
        string schema = store.Options.Schema;
        await using NpgsqlCommand end = PostgreSqlTopicLog.Command(connection,
            $"SELECT next_offset FROM \"{schema}\".topic_partitions WHERE topic = $1 AND partition = $2", id, partition);
        long next = (long)(await end.ExecuteScalarAsync(cancellation))!;
        TopicCompaction pass = new();
        for (long before = next; await EntryBeforeAsync(connection, store, spec, id, partition, before,
            cancellation) is { } found; before = found.Entry.Offset)
        {
            if (!await ReplaceAsync(connection, store, spec, id, partition, found, pass.Next(found.Entry), cancellation))
                return;
        }

        for (long before = next; pass.HasDeletions
            && await EntryBeforeAsync(connection, store, spec, id, partition, before,
            cancellation) is { } found; before = found.Entry.Offset)
        {
            if (TopicRetention.AreDeletionsOver(spec, found.Entry, now)
                && !await ReplaceAsync(connection, store, spec, id, partition, found, TopicCompaction.WithoutDeletions(found.Entry),
                    cancellation))
                return;
        }

        await using NpgsqlCommand done = PostgreSqlTopicLog.Command(connection,
            $"UPDATE \"{schema}\".topic_partitions SET compacted_to = $3 WHERE topic = $1 AND partition = $2", id, partition, next);
        await done.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<(TopicEntry Entry, long Checksum)?> EntryBeforeAsync(
        NpgsqlConnection connection, PostgreSqlStore store, TopicSpec spec, int id, int partition, long before,
            CancellationToken cancellation)
    {
        await using NpgsqlCommand command = PostgreSqlTopicLog.Command(connection, $"""
            SELECT base_offset, span, records, schema, min_time, max_time, watermark, written_at, crc, payload FROM "{store.Options.Schema}".topic_entries
            WHERE topic = $1 AND partition = $2 AND base_offset < $3 ORDER BY base_offset DESC LIMIT 1
            """, id, partition, before);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        (TopicEntry entry, long checksum) = (PostgreSqlTopicLog.Entry(reader), reader.GetInt64(8));
        return TopicRules.Checksum(entry, partition) == (uint)checksum ? (entry, checksum)
            : throw TopicRules.Damaged(store.Description, spec.Name, partition, entry.Offset);
    }

    /// <returns>False if another process has replaced the entry since it was read: that one goes on.</returns>
    private static async Task<bool> ReplaceAsync(
        NpgsqlConnection connection, PostgreSqlStore store, TopicSpec spec, int id, int partition, (TopicEntry Entry, long Checksum) found,
            TopicEntry? left, CancellationToken cancellation)
    {
        if (left is not { } entry)
            return true;
        string entries = $"\"{store.Options.Schema}\".topic_entries";
        if (entry.Records == 0 && await EntryBeforeAsync(connection, store, spec, id, partition, entry.Offset, cancellation) is { } older
            && TopicRules.Cover(older.Entry, found.Entry) is { } covering)
        {
            // both or none: in one statement, and only as both were read
            await using NpgsqlCommand cover = PostgreSqlTopicLog.Command(connection, $"""
                WITH covering AS (UPDATE {entries} SET span = $6, crc = $7 WHERE topic = $1 AND partition = $2 AND base_offset = $5 AND crc = $8
                    AND EXISTS (SELECT 1 FROM {entries} WHERE topic = $1 AND partition = $2 AND base_offset = $3 AND crc = $4) RETURNING 1)
                DELETE FROM {entries} WHERE topic = $1 AND partition = $2 AND base_offset = $3 AND crc = $4 AND EXISTS (SELECT 1 FROM covering)
                """, id, partition, entry.Offset, found.Checksum, covering.Offset, covering.Span, (long)TopicRules.Checksum(covering, partition), older.Checksum);
            return await cover.ExecuteNonQueryAsync(cancellation) == 1;
        }

        await using NpgsqlCommand command = PostgreSqlTopicLog.Command(connection,
            $"UPDATE {entries} SET records = $5, crc = $6, payload = $7 WHERE topic = $1 AND partition = $2 AND base_offset = $3 AND crc = $4",
            id, partition, entry.Offset, found.Checksum, entry.Records, (long)TopicRules.Checksum(entry, partition), entry.Payload);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }
}
