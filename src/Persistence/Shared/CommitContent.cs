using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ActorStreams.Persistence.Shared;

/// <summary>What an epoch commits, checked and fingerprinted in one pass before anything is written.</summary>
/// <remarks>
/// Two commits are the same when manifest, journal, table rows and topic records are; the time of the commit and the retention may differ.
/// Payloads enter the fingerprint by length and CRC32C, which are needed anyway: it has to tell our own bugs apart, not an attacker's work.
/// </remarks>
internal sealed class CommitContent
{
    private CommitContent(byte[] fingerprint, uint[] checksums, IReadOnlyList<TopicAppends> topics, long sizeBytes) =>
        (Fingerprint, Checksums, Topics, SizeBytes) = (fingerprint, checksums, topics, sizeBytes);

    /// <summary>32 bytes that are equal for equal content.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>The CRC32C of each journal event, in order.</summary>
    public uint[] Checksums { get; }

    /// <summary>What is appended to each topic, by the topic's name.</summary>
    public IReadOnlyList<TopicAppends> Topics { get; }

    /// <summary>Bytes of manifest, journal and topics.</summary>
    public long SizeBytes { get; }

    public static CommitContent Of(string job, EpochCommit commit)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[16];
        long sizeBytes = commit.Manifest.Length;
        AppendHead(hash, head, commit.Epoch, Crc32C.Compute(commit.Manifest.Span), commit.Manifest.Length);

        uint[] checksums = new uint[commit.Events.Count];
        string? name = null;
        byte[] nameBytes = [];
        for (int i = 0; i < checksums.Length; i++)
        {
            JournalEvent journalEvent = commit.Events[i];
            if (journalEvent.Epoch != commit.Epoch || journalEvent.Shard < 0 || journalEvent.Part < 0)
            {
                throw new InvalidOperationException(
                    $"Job '{job}', epoch {commit.Epoch}: it holds an event of operator '{journalEvent.Operator}', " +
                    $"shard {journalEvent.Shard}, epoch {journalEvent.Epoch}, part {journalEvent.Part}, which is not of this epoch. Nothing was written.");
            }

            if (!string.Equals(name, journalEvent.Operator, StringComparison.Ordinal))
                nameBytes = Encoding.UTF8.GetBytes(name = journalEvent.Operator);
            checksums[i] = journalEvent.Checksum ?? Checksum.Of(journalEvent);   // covers shard, part and kind
            sizeBytes += journalEvent.Payload.Length;
            AppendHead(hash, head, ((long)journalEvent.Shard << 32) | (uint)journalEvent.Part, checksums[i], journalEvent.Payload.Length);
            hash.AppendData(nameBytes);
        }

        foreach (TableWrite write in commit.Tables)
        {
            TableRules.Check(write.Table);
            new FingerprintRow(write.Table, hash).AddAll(write);
        }

        foreach (PreparedPart part in commit.Prepared)
            AppendHead(hash, head, ((long)part.Instance << 32) | (uint)part.Events, part.Sum, part.Outputs);
        IReadOnlyList<TopicAppends> topics = TopicsOf(commit, hash, head);
        return new CommitContent(hash.GetHashAndReset(), checksums, topics, sizeBytes + topics.Sum(topic => topic.SizeBytes));
    }

    private static IReadOnlyList<TopicAppends> TopicsOf(EpochCommit commit, IncrementalHash hash, Span<byte> head)
    {
        if (commit.Topics.Count == 0)
            return [];
        SortedDictionary<string, TopicAppends> topics = new(StringComparer.Ordinal);
        foreach (TopicWrite write in commit.Topics)
        {
            if (!topics.TryGetValue(write.Topic, out TopicAppends? appends))
                topics.Add(write.Topic, appends = new TopicAppends(write.Topic));
            appends.Add(write);
            AppendHead(hash, head, write.Watermark, (uint)write.Blobs.Count, write.Topic.Length);
            hash.AppendData(Encoding.UTF8.GetBytes($"{write.Topic}\0{write.Producer}\0"));
            foreach (TopicBlob blob in write.Blobs)
            {
                uint checksum = Crc32C.Compute(blob.Payload.Span);
                AppendHead(hash, head, ((long)blob.Partition << 32) | (uint)blob.Schema, checksum, blob.Payload.Length);
                appends.Add(blob, checksum);
            }
        }

        return [.. topics.Values];
    }

    private static void AppendHead(IncrementalHash hash, Span<byte> head, long where, uint checksum, int length)
    {
        BinaryPrimitives.WriteInt64LittleEndian(head, where);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], checksum);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], length);
        hash.AppendData(head);
    }
}
