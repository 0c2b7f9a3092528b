namespace ActorStreams.Connectors.Log.Runtime;

/// <summary>A partition of a topic, and who reads it.</summary>
internal sealed record TopicPlace(TopicLog Log, string Topic, int Partition, string Where)
{
    private const int FetchBytes = 4 * 1024 * 1024;

    public ValueTask<TopicRange> RangeAsync(CancellationToken cancellation) => Log.RangeAsync(Topic, Partition, cancellation);

    public ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(long from, CancellationToken cancellation) =>
        Log.ReadAsync(Topic, Partition, from, FetchBytes, cancellation);

    /// <summary>The offset at which a first run begins.</summary>
    public async ValueTask<long> StartAsync(TopicStart from, TopicRange range, CancellationToken cancellation)
    {
        switch (from.At)
        {
            case TopicStart.Place.Beginning:
                return range.First;
            case TopicStart.Place.End:
                return range.Next;
            case TopicStart.Place.Offset:
                return Math.Min(from.Value, range.Next);
            default:
                long offset = await Log.EntryAtAsync(Topic, Partition, from.Value, cancellation);
                if (offset >= range.Next)
                    return offset;
                IReadOnlyList<TopicEntry> entries = await Log.ReadAsync(Topic, Partition, offset, maxBytes: 0, cancellation);
                return entries.Count == 0 ? offset : FirstAt(entries[0], from.Value);
        }
    }

    /// <exception cref="SourceException">Retention has dropped rows that were not read yet.</exception>
    public void CheckRetained(long next, TopicRange range)
    {
        if (next < range.First)
        {
            throw new SourceException(
                $"{Where}: topic '{Topic}', partition {Partition}, offset {next} is no longer retained; the oldest is {range.First}. Rows that were not read are lost. " +
                "Let the topic keep rows for longer; to go on from the oldest, give the source a new name.");
        }
    }

    /// <summary>Entries follow each other without a gap: what compaction drops, its neighbours cover.</summary>
    /// <exception cref="StoreException">Some are missing, or there twice.</exception>
    public void CheckWhole(long next, IReadOnlyList<TopicEntry> entries, TopicRange range)
    {
        bool isFirst = true;
        foreach (TopicEntry entry in entries)
        {
            if (entry.Offset > next && entry.Offset > range.WholeFrom)
                throw Missing(next, entry.Offset);
            if (entry.Offset < next && !isFirst)
                throw new StoreException(
                    $"{Where}: topic '{Topic}', partition {Partition}: the store holds the records from offset {entry.Offset} on twice. It is damaged: restore it from a backup.");
            (next, isFirst) = (entry.NextOffset, false);
        }
    }

    /// <summary>There are no entries from an offset on: it has to be the end.</summary>
    /// <exception cref="StoreException">The partition goes on.</exception>
    public void CheckNothing(long next, TopicRange range)
    {
        if (next < range.Next && range.WholeFrom < range.Next)
            throw Missing(next, range.Next);
    }

    private StoreException Missing(long from, long to) => new(
        $"{Where}: topic '{Topic}', partition {Partition}: the records from offset {from} to {to - 1} are missing from the store, and neither retention nor compaction has dropped them. " +
        $"Restore the store from a backup; to go on without them, give the source a new name and let it begin at {nameof(TopicStart)}.{nameof(TopicStart.Offset)}({to}).");

    public SourceException Unreadable(long offset, Exception error) =>
        new($"{Where}: topic '{Topic}', partition {Partition}, the row at offset {offset} cannot be read: {error.Message}", error);

    private static long FirstAt(in TopicEntry entry, long time)
    {
        var records = new TopicRecords(entry.Payload.Span);
        for (int record = 0; record < records.Count; record++)
        {
            if (records.TimeOf(record) >= time)
                return entry.Offset + records.OffsetOf(record);
        }

        return entry.Offset;   // what had the time was dropped by compaction: what came with it is near enough
    }
}

/// <summary>Reads rows of every schema that a topic was written with.</summary>
internal sealed class TopicCodecs<T>(TopicPlace place, Codec<T> codec)
{
    private Codec<T>[] _codecs = [];

    /// <exception cref="SourceException">Rows of one of the schemas cannot be read as the type.</exception>
    public void Take(Topic topic)
    {
        try
        {
            _codecs = [.. topic.Schemas.Select(codec.ReaderOf)];
        }
        catch (CodecException error)
        {
            throw new SourceException($"{place.Where}: topic '{place.Topic}' cannot be read as {typeof(T).Name}: {error.Message}", error);
        }
    }

    public async ValueTask<Codec<T>> OfAsync(int schema, CancellationToken cancellation)
    {
        if (schema >= _codecs.Length && await place.Log.FindAsync(place.Topic, cancellation) is { } topic)
            Take(topic);
        return _codecs[schema];
    }
}
