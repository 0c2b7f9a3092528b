namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>The shards that have anything in their journals: of a small job few of many, and the others need not be asked.</summary>
/// <remarks>Immutable.</remarks>
internal sealed class ShardSet
{
    private readonly HashSet<ShardName> _shards;

    private ShardSet(HashSet<ShardName> shards) => _shards = shards;

    /// <summary>No shard has anything.</summary>
    public static ShardSet Empty { get; } = new([]);

    public bool Has(ShardName shard) => _shards.Contains(shard);

    /// <summary>These and some more.</summary>
    public ShardSet With(IEnumerable<ShardName> shards)
    {
        HashSet<ShardName>? more = null;
        foreach (ShardName shard in shards)
        {
            if (!_shards.Contains(shard))
                (more ??= [.. _shards]).Add(shard);
        }

        return more is null ? this : new ShardSet(more);
    }

    /// <summary>The same bytes for the same shards.</summary>
    public byte[] Encode()
    {
        var bytes = new BlobWriter();
        foreach (IGrouping<string, ShardName> shards in
            _shards.GroupBy(one => one.Operator).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            bytes.WriteString(shards.Key);
            bytes.WriteVarint((uint)shards.Count());
            foreach (ShardName shard in shards.OrderBy(one => one.Shard))
                bytes.WriteVarint((uint)shard.Shard);
        }

        return bytes.ToArray();
    }

    public static ShardSet Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes);
        HashSet<ShardName> shards = [];
        while (reader.Remaining > 0)
        {
            string operatorName = reader.ReadString();
            for (uint left = reader.ReadVarint(); left > 0; left--)
                shards.Add(new ShardName(operatorName, (int)reader.ReadVarint()));
        }

        return new ShardSet(shards);
    }
}
