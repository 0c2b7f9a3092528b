using ActorStreams.Core.Codecs;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Epochs;

/// <summary>Who appends to a partition, and how far each has come. The partition has come as far as the last of them, and never goes back.</summary>
/// <remarks>One that ends holds nothing back any more; if all have ended, the partition stays where it was, since another may come.</remarks>
internal sealed class TopicProducers
{
    private readonly SortedDictionary<string, long> _reached = new(StringComparer.Ordinal);

    public long Watermark { get; private set; } = EventTime.MinValue;

    public static TopicProducers Decode(ReadOnlySpan<byte> bytes)
    {
        var producers = new TopicProducers();
        if (bytes.IsEmpty)
            return producers;
        var reader = new BlobReader(bytes);
        producers.Watermark = reader.ReadInt64();
        while (reader.Remaining > 0)
            producers._reached.Add(reader.ReadString(), reader.ReadInt64());
        return producers;
    }

    public byte[] Encode()
    {
        var writer = new BlobWriter();
        writer.WriteInt64(Watermark);
        foreach ((string producer, long reached) in _reached)
        {
            writer.WriteString(producer);
            writer.WriteInt64(reached);
        }

        return writer.ToArray();
    }

    /// <returns>Whether that changed anything.</returns>
    public bool Report(string producer, long watermark)
    {
        bool isChanged;
        if (watermark == EventTime.MaxValue)
        {
            isChanged = _reached.Remove(producer);
        }
        else
        {
            isChanged = !_reached.TryGetValue(producer, out long before) || before != watermark;
            _reached[producer] = watermark;
        }

        if (_reached.Count > 0)
            Watermark = Math.Max(Watermark, _reached.Values.Min());
        return isChanged;
    }
}
