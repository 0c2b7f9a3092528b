namespace ActorStreams.Persistence.Shared;

/// <summary>What an epoch appends to one topic: the writers of each producer taken together, the records by partition.</summary>
internal sealed class TopicAppends(string topic)
{
    private readonly SortedDictionary<string, (long Watermark, long Patience)> _producers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, List<(TopicBlob Blob, uint Checksum)>> _blobs = [];

    private long _furthest = EventTime.MinValue;

    public string Topic { get; } = topic;

    /// <summary>The partitions that get records.</summary>
    public IEnumerable<int> Partitions => _blobs.Keys;

    public bool HasRecords => _blobs.Count > 0;

    public long SizeBytes { get; private set; }

    public void Add(TopicWrite write)
    {
        long patience = write.Patience.ToMicros();
        _producers[write.Producer] = _producers.TryGetValue(write.Producer, out (long Watermark, long Patience) other)
            ? (Math.Min(other.Watermark, write.Watermark), Math.Max(other.Patience, patience))
            : (write.Watermark, patience);
    }

    public void Add(in TopicBlob blob, uint checksum)
    {
        if (!_blobs.TryGetValue(blob.Partition, out List<(TopicBlob, uint)>? blobs))
            _blobs.Add(blob.Partition, blobs = []);
        blobs.Add((blob, checksum));
        _furthest = Math.Max(_furthest, blob.MaxTime);
        SizeBytes += blob.Payload.Length;
    }

    /// <summary>Gives the records of a partition their offsets and moves its head on.</summary>
    /// <remarks>
    /// Rows of one epoch may come in any order: what the producers have reached at its end is true after its last record only. What they
    /// had reached before is recorded first if rows come behind it: a reader at the end of the log may have seen it by then, and one that
    /// reads the log later must see the same.
    /// </remarks>
    public List<(TopicEntry Entry, uint Checksum)> AppendTo(int partition, TopicHead head, long writtenAt)
    {
        head.GoOn(writtenAt, _furthest);
        long watermark = head.Watermark;
        foreach ((string producer, (long reached, long patience)) in _producers)
            head.Report(producer, reached, writtenAt, patience);
        List<(TopicEntry, uint)> entries = [];
        if (!_blobs.TryGetValue(partition, out List<(TopicBlob Blob, uint Checksum)>? blobs))
            return entries;
        if (watermark > head.Recorded && blobs.Exists(b => b.Blob.MinTime < watermark))
        {
            var payload = new BlobWriter();
            TopicRecords.Seal(payload, default, default, keys: null, default, default);
            TopicEntry mark = new(head.Take(1), 1, 0, blobs[0].Blob.Schema, EventTime.MaxValue, EventTime.MinValue, watermark, writtenAt,
                payload.ToArray());
            entries.Add((mark, TopicRules.Checksum(mark, partition)));
        }

        for (int i = 0; i < blobs.Count; i++)
        {
            (TopicBlob blob, uint checksum) = blobs[i];
            long reached = i == blobs.Count - 1 ? head.Watermark : watermark;
            TopicEntry entry = new(head.Take(blob.Records), blob.Records, blob.Records, blob.Schema, blob.MinTime, blob.MaxTime, reached,
                writtenAt, blob.Payload);
            entries.Add((entry, TopicRules.Checksum(entry, partition, checksum)));
        }

        head.Recorded = Math.Max(head.Recorded, head.Watermark);
        return entries;
    }

    /// <exception cref="InvalidOperationException">The epoch names partitions or schemas that the topic does not have: a bug of
    /// ours.</exception>
    public void Check(int partitions, int schemas)
    {
        foreach ((int partition, List<(TopicBlob Blob, uint Checksum)> blobs) in _blobs)
        {
            if (partition < 0 || partition >= partitions
                || blobs.Exists(b => b.Blob.Schema < 0 || b.Blob.Schema >= schemas || b.Blob.Records < 1))
                throw new InvalidOperationException(
                    $"Topic '{Topic}': records for partition {partition} of {partitions}, in a schema of {schemas}. Nothing was written.");
        }
    }
}

/// <summary>Where the next record of a partition goes.</summary>
internal sealed class TopicHead(long first, long next, TopicProducers producers)
{
    public long First { get; set; } = first;

    public long Next { get; private set; } = next;

    public long Watermark => producers.Watermark;

    /// <summary>Whether it must be stored again.</summary>
    public bool IsChanged { get; private set; }

    public TopicRange Range => new(First, Next, Watermark) { Producers = producers };

    /// <summary>What the last entry says of the watermark.</summary>
    public long Recorded
    {
        get => producers.Recorded;
        set => producers.Recorded = value;
    }

    public byte[] Producers() => producers.Encode();

    /// <summary>A commit begins.</summary>
    public void GoOn(long now, long furthest) => producers.GoOn(now, furthest);

    public void Report(string producer, long watermark, long now, long patience) =>
        IsChanged |= producers.Report(producer, watermark, now, patience);

    public long Take(int records)
    {
        (long offset, Next, IsChanged) = (Next, Next + records, true);
        return offset;
    }
}

/// <summary>What all stores hold topics to.</summary>
internal static class TopicRules
{
    private const int MaxPartitions = 1024, MaxNameLength = 64;

    /// <exception cref="StoreException">The topic cannot be as described.</exception>
    public static void Check(TopicSpec spec)
    {
        if (spec.Name.Length is 0 or > MaxNameLength || !spec.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new StoreException(
                $"'{spec.Name}' cannot be the name of a topic. Use letters, digits, '-', '_' and '.', at most {MaxNameLength}.");
        if (spec.Partitions is < 1 or > MaxPartitions)
            throw new StoreException($"Topic '{spec.Name}' cannot have {spec.Partitions} partitions. Give it 1 to {MaxPartitions}.");
        if (spec.RetainFor < TimeSpan.Zero || spec.RetainBytes < 0 || spec.RetainDeletionsFor < TimeSpan.Zero)
            throw new StoreException($"Topic '{spec.Name}': what it retains cannot be negative.");
    }

    /// <exception cref="StoreException">The topic is there already, otherwise than wanted.</exception>
    public static void CheckExisting(TopicSpec wanted, TopicSpec there, string where)
    {
        if (wanted.Partitions != there.Partitions)
        {
            throw new StoreException(
                $"Topic '{wanted.Name}' in {where} has {there.Partitions} partitions, and now {wanted.Partitions} are wanted. " +
                $"Keys are placed by that number, so it is fixed: write with {there.Partitions}, or to a topic of another name.");
        }

        if (wanted.IsCompacted != there.IsCompacted)
        {
            throw new StoreException(
                $"Topic '{wanted.Name}' in {where} {(there.IsCompacted ? "is compacted by key" : "is not compacted")}, and now it is wanted the other way. " +
                "That is fixed when a topic is made: write as it is, or to a topic of another name.");
        }
    }

    public static StoreException NotThere(string name, string where) =>
        new($"Topic '{name}' is not in {where}. It is made when a job that writes it starts: start that one first, or correct the name.");

    public static StoreException Damaged(string where, string name, int partition, long offset) =>
        new($"{where}: topic '{name}', partition {partition}, the records from offset {offset} on are damaged (their CRC32C does not match). " +
            "Restore the store from a backup, or let the readers start after them.");

    /// <summary>An entry that also covers the offsets of the one after it, of which compaction has left nothing: so a topic has no holes,
    /// and a missing entry is noticed.</summary>
    /// <returns>Null if it cannot: then the emptied entry stays.</returns>
    public static TopicEntry? Cover(in TopicEntry entry, in TopicEntry emptied) =>
        entry.NextOffset == emptied.Offset && (long)entry.Span + emptied.Span <= int.MaxValue
            ? entry with { Span = entry.Span + emptied.Span } : null;

    /// <summary>Covers where the records stand besides what they hold.</summary>
    public static uint Checksum(in TopicEntry entry, int partition, uint payloadChecksum)
    {
        Span<byte> place = stackalloc byte[52];
        BitConverter.TryWriteBytes(place, entry.Offset);
        BitConverter.TryWriteBytes(place[8..], entry.Span);
        BitConverter.TryWriteBytes(place[12..], entry.Records);
        BitConverter.TryWriteBytes(place[16..], entry.Schema);
        BitConverter.TryWriteBytes(place[20..], partition);
        BitConverter.TryWriteBytes(place[24..], entry.MinTime);
        BitConverter.TryWriteBytes(place[32..], entry.MaxTime);
        BitConverter.TryWriteBytes(place[40..], entry.Watermark);
        BitConverter.TryWriteBytes(place[48..], entry.Payload.Length);
        return Crc32C.Append(payloadChecksum, place);
    }

    public static uint Checksum(in TopicEntry entry, int partition) => Checksum(entry, partition, Crc32C.Compute(entry.Payload.Span));
}
