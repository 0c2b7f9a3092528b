using System.Runtime.InteropServices;

namespace ActorStreams.Persistence.Shared;

/// <summary>One pass over a partition of a compacted topic, from its newest entry to its oldest: of each key the last record
/// stays.</summary>
/// <remarks>
/// Remembers every key it has met. Deletions stay in this pass even if their time is over: would one go before the older records of its key
/// are gone, a crash between the two would bring those back. <see cref="WithoutDeletions"/> drops them once the pass is through.
/// </remarks>
internal sealed class TopicCompaction
{
    private readonly HashSet<byte[]> _seen = new(ByteComparer.Instance);
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public TopicCompaction() => _lookup = _seen.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Whether a deletion was seen.</summary>
    public bool HasDeletions { get; private set; }

    /// <summary>What stays of an entry; null if all of it does. It may have no records left.</summary>
    public TopicEntry? Next(in TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        bool[] keep = new bool[records.Count];
        for (int i = records.Count - 1; i >= 0; i--)
        {
            keep[i] = _lookup.Add(records.KeyOf(i));
            HasDeletions |= keep[i] && records.IsDeletion(i);
        }

        return Cut(entry, records, keep);
    }

    /// <summary>The same of a pass that is through: drops the deletions of an entry.</summary>
    public static TopicEntry? WithoutDeletions(in TopicEntry entry)
    {
        var records = new TopicRecords(entry.Payload.Span);
        bool[] keep = new bool[records.Count];
        for (int i = 0; i < keep.Length; i++)
            keep[i] = !records.IsDeletion(i);
        return Cut(entry, records, keep);
    }

    private static TopicEntry? Cut(in TopicEntry entry, TopicRecords records, bool[] keep)
    {
        int kept = keep.Count(k => k);
        if (kept == keep.Length)
            return null;
        BlobWriter rows = new(), keys = new();
        long[] times = new long[kept];
        int[] offsets = new int[kept], rowEnds = new int[kept], keyEnds = new int[kept];
        int at = 0;
        for (int i = 0; i < keep.Length; i++)
        {
            if (!keep[i])
                continue;
            rows.WriteBytes(records.RowOf(i));
            keys.WriteBytes(records.KeyOf(i));
            times[at] = records.TimeOf(i);
            offsets[at] = records.OffsetOf(i);
            rowEnds[at] = rows.Length;
            keyEnds[at++] = TopicRecords.Deletion(keys.Length, records.IsDeletion(i));
        }

        TopicRecords.Seal(rows, times, offsets, keys, rowEnds, keyEnds, records.AreKeysByEquality);
        return entry with { Records = kept, Payload = rows.ToArray() };
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static ByteComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
