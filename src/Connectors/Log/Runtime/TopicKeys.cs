using ActorStreams.Core.Keys;

namespace ActorStreams.Connectors.Log.Runtime;

/// <summary>Keys that an older version wrote into a compacted topic as they came, although equal ones have other bytes.</summary>
internal static class TopicKeys<TKey>
{
    private const int ReadBytes = 1 << 20;

    /// <summary>Refuses a topic that holds such: a later record of an equal key would not replace theirs, and may lie in another
    /// partition.</summary>
    /// <remarks>Reads what older versions have left, and only for types whose equal keys can have several forms.</remarks>
    /// <exception cref="SinkException">There is such a key.</exception>
    public static async ValueTask CheckAsync(string where, TopicLog log, TopicSpec topic, CancellationToken cancellation)
    {
        if (KeyForm<TKey>.IsAsStored)
            return;
        for (int partition = 0; partition < topic.Partitions; partition++)
        {
            TopicRange range = await log.RangeAsync(topic.Name, partition, cancellation);
            bool isOld = true;
            for (long from = range.First; isOld && from < range.Next;)
            {
                IReadOnlyList<TopicEntry> entries = await log.ReadAsync(topic.Name, partition, from, ReadBytes, cancellation);
                if (entries.Count == 0)
                    break;
                for (int at = 0; isOld && at < entries.Count; at++)
                    isOld = IsOld(where, topic.Name, partition, entries[at]);
                from = entries[^1].NextOffset;
            }
        }
    }

    /// <returns>Whether an older version wrote the entry; after the first that is not, none is.</returns>
    private static bool IsOld(string where, string topic, int partition, in TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        if (records.AreKeysByEquality)
            return false;
        var form = new BlobWriter();
        for (int record = 0; record < records.Count; record++)
        {
            var bytes = new BlobReader(records.KeyOf(record));
            TKey key;
            try
            {
                key = RecordCodec.Of<TKey>().Read(ref bytes);
            }
            catch (CodecException)
            {
                return true;   // the type was another one then
            }

            form.Clear();
            KeyForm<TKey>.Write(form, key);
            if (!form.Written.SequenceEqual(records.KeyOf(record)))
                throw Apart(where, topic, partition, entry.Offset + records.OffsetOf(record), key);
        }

        return true;
    }

    private static SinkException Apart(string where, string topic, int partition, long offset, TKey key) => new(
        $"{where}: topic '{topic}', partition {partition}, offset {offset} holds the key '{key}' as a version of ActorStreams wrote it " +
            "that told keys apart by how they are written " +
        "(1.0 from 1.00, 12:00Z from 14:00+02:00). A later row of an equal key would not replace it. Write to a topic of another name: " +
            "read this one into it, and the last row of each key is there.");
}
