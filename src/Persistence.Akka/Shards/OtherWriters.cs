namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>What of single shards and epochs was written by another than the writer of the epoch: by a node that had to write it once more,
/// because the journal failed, or because a node that was overtaken had taken the number of an event.</summary>
/// <remarks>Immutable. What all other writers of the epoch have left of the shard does not count.</remarks>
internal sealed class OtherWriters
{
    private readonly Dictionary<ShardName, (long Epoch, long Writer)[]> _writers;

    private OtherWriters(Dictionary<ShardName, (long Epoch, long Writer)[]> writers) => _writers = writers;

    /// <summary>All was written by who commits.</summary>
    public static OtherWriters None { get; } = new([]);

    /// <summary>The shards that there is anything of.</summary>
    public IReadOnlyCollection<ShardName> Shards => _writers.Keys;

    /// <summary>Who wrote what a shard has of an epoch; null: the writer of the epoch.</summary>
    public long? Find(ShardName shard, long epoch)
    {
        if (_writers.Count == 0 || !_writers.TryGetValue(shard, out (long Epoch, long Writer)[]? found))
            return null;
        foreach ((long of, long writer) in found)
        {
            if (of == epoch)
                return writer;
        }

        return null;
    }

    /// <summary>These and some of one epoch more; what was known of that epoch or a later one is of an attempt that did not commit
    /// it.</summary>
    public OtherWriters With(long epoch, IReadOnlyCollection<(ShardName Shard, long Writer)> writers) =>
        writers.Count == 0 && !_writers.Values.Any(known => known.Any(one => one.Epoch >= epoch)) ? this
        : Of(_writers.SelectMany(known => known.Value.Where(one => one.Epoch < epoch).Select(one => (known.Key, one.Epoch, one.Writer)))
            .Concat(writers.Select(one => (one.Shard, epoch, one.Writer))));

    /// <summary>Without those of a shard before an epoch, which nobody reads any more.</summary>
    public OtherWriters Without(ShardName shard, long before) =>
        !_writers.TryGetValue(shard, out (long Epoch, long Writer)[]? found) || found.All(one => one.Epoch >= before) ? this
        : Of(_writers.SelectMany(known => known.Value.Where(one => known.Key != shard || one.Epoch >= before)
            .Select(one => (known.Key, one.Epoch, one.Writer))));

    public byte[] Encode()
    {
        var bytes = new BlobWriter();
        foreach ((ShardName shard, (long Epoch, long Writer)[] writers) in _writers
            .OrderBy(static one => one.Key.Operator, StringComparer.Ordinal).ThenBy(static one => one.Key.Shard))
        {
            bytes.WriteString(shard.Operator);
            bytes.WriteVarint((uint)shard.Shard);
            bytes.WriteVarint((uint)writers.Length);
            foreach ((long epoch, long writer) in writers)
            {
                bytes.WriteInt64(epoch);
                bytes.WriteInt64(writer);
            }
        }

        return bytes.ToArray();
    }

    public static OtherWriters Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes);
        Dictionary<ShardName, (long, long)[]> writers = [];
        while (reader.Remaining > 0)
        {
            var shard = new ShardName(reader.ReadString(), (int)reader.ReadVarint());
            var found = new (long, long)[reader.ReadVarint()];
            for (int at = 0; at < found.Length; at++)
                found[at] = (reader.ReadInt64(), reader.ReadInt64());
            writers.Add(shard, found);
        }

        return new OtherWriters(writers);
    }

    private static OtherWriters Of(IEnumerable<(ShardName Shard, long Epoch, long Writer)> writers) => new(writers
        .GroupBy(static one => one.Shard)
        .ToDictionary(static shard => shard.Key, static shard => shard.Select(static one => (one.Epoch, one.Writer)).ToArray()));
}
