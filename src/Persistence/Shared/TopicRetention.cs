namespace ActorStreams.Persistence.Shared;

/// <summary>What of a partition is no longer retained, and whether compaction is worth its while.</summary>
internal static class TopicRetention
{
    /// <summary>Records that came since the last compaction before the next one begins by itself, at least, and not fewer than are left of
    /// older ones.</summary>
    public const long DirtyRecords = 10_000;

    /// <summary>Whether the topic ever drops anything.</summary>
    public static bool Drops(TopicSpec spec) => spec.IsCompacted || spec.RetainFor is not null || spec.RetainBytes is not null;

    /// <summary>The oldest offset to keep.</summary>
    /// <param name="spec">The topic.</param>
    /// <param name="entries">Offset, time of writing and size of each entry, oldest first.</param>
    /// <param name="next">The offset after them.</param>
    /// <param name="now">The time, in microseconds.</param>
    public static long Floor(TopicSpec spec, IReadOnlyList<(long Offset, long WrittenAt, long SizeBytes)> entries, long next, long now)
    {
        int from = 0;
        if (spec.RetainFor is { } time)
        {
            while (from < entries.Count && entries[from].WrittenAt < now - time.ToMicros())
                from++;
        }

        if (spec.RetainBytes is { } most)
        {
            long size = 0;
            int fits = entries.Count;
            while (fits > from && size + entries[fits - 1].SizeBytes <= most)
                size += entries[--fits].SizeBytes;
            from = fits;
        }

        return from == entries.Count ? next : entries[from].Offset;
    }

    public static bool IsDirty(long recordsBefore, long recordsSince) => recordsSince >= Math.Max(DirtyRecords, recordsBefore);

    /// <summary>Whether the deletions of an entry need not be readable any more.</summary>
    public static bool AreDeletionsOver(TopicSpec spec, in TopicEntry entry, long now) =>
        entry.WrittenAt < now - spec.RetainDeletionsFor.ToMicros();
}
