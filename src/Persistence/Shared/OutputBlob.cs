namespace ActorStreams.Persistence.Shared;

/// <summary>Rows of one table, or records of one topic, as the bytes in which a node prepares them.</summary>
internal static class OutputBlob
{
    private const byte OfTable = 1, OfTopic = 2;

    /// <summary>Of each write one blob.</summary>
    public static IReadOnlyList<byte[]> Of(EpochPart part)
    {
        var blobs = new List<byte[]>();
        foreach (TableWrite write in part.Tables)
            blobs.Add(OfWrite(write));
        foreach (TopicWrite write in part.Topics)
            blobs.Add(OfWrite(write));
        return blobs;
    }

    /// <summary>Adds what a blob holds to one of the two.</summary>
    /// <exception cref="CodecException">The bytes are no blob.</exception>
    public static void Read(byte[] blob, List<TableWrite> tables, List<TopicWrite> topics)
    {
        switch (new BlobReader(blob).ReadByte())
        {
            case OfTable:
                tables.Add(PreparedTable.Read(blob));
                break;
            case OfTopic:
                topics.Add(TopicOf(blob));
                break;
            default:
                throw new CodecException("they begin with neither a table nor a topic");
        }
    }

    private static byte[] OfWrite(TableWrite write)
    {
        var writer = new BlobWriter();
        writer.WriteByte(OfTable);
        PreparedTable.Write(write, writer);
        return writer.ToArray();
    }

    private static byte[] OfWrite(TopicWrite write)
    {
        var writer = new BlobWriter();
        writer.WriteByte(OfTopic);
        writer.WriteString(write.Topic);
        writer.WriteString(write.Producer);
        writer.WriteInt64(write.Watermark);
        writer.WriteInt64(write.Patience.Ticks);
        writer.WriteVarint((uint)write.Blobs.Count);
        foreach (TopicBlob blob in write.Blobs)
        {
            writer.WriteInt32(blob.Partition);
            writer.WriteInt32(blob.Schema);
            writer.WriteInt32(blob.Records);
            writer.WriteInt64(blob.MinTime);
            writer.WriteInt64(blob.MaxTime);
            writer.WriteVarint((uint)blob.Payload.Length);
            writer.WriteBytes(blob.Payload.Span);
        }

        return writer.ToArray();
    }

    private static TopicWrite TopicOf(ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes[1..]);
        string topic = reader.ReadString(), producer = reader.ReadString();
        long watermark = reader.ReadInt64();
        var patience = new TimeSpan(reader.ReadInt64());
        var blobs = new TopicBlob[reader.ReadVarint()];
        for (int at = 0; at < blobs.Length; at++)
        {
            int partition = reader.ReadInt32(), schema = reader.ReadInt32(), records = reader.ReadInt32();
            long min = reader.ReadInt64(), max = reader.ReadInt64();
            blobs[at] = new TopicBlob(partition, schema, records, min, max, reader.Take((int)reader.ReadVarint()).ToArray());
        }

        return new TopicWrite(topic, producer, watermark, blobs) { Patience = patience };
    }
}
