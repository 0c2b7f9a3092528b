namespace ActorStreams.Core.Keys;

/// <summary>Keys as a journal gives them back to code whose type of key may have changed since.</summary>
internal static class StoredKeys
{
    private const string Remedy = "Group by the key as it was, or give the operator a new name: it then starts empty, " +
        $"and {nameof(JobOptions)}.{nameof(JobOptions.AllowRemovedState)} lets go of what it had stored.";

    /// <summary>What reads keys that were written with another schema.</summary>
    /// <exception cref="CodecException">The present type cannot hold them.</exception>
    public static Codec<TKey> ReaderOf<TKey>(Codec<TKey> present, Schema written)
    {
        try
        {
            return present.ReaderOf(written);
        }
        catch (CodecException error)
        {
            throw Changed(error);
        }
    }

    /// <summary>The same, for records that have their key in a field named <c>Key</c>.</summary>
    public static Codec<TRecord> ReaderOfRecords<TRecord>(Codec<TRecord> present, Schema written)
    {
        try
        {
            return present.ReaderOf(written);
        }
        catch (CodecException error) when (error.Field is "Key" || error.Field?.StartsWith("Key.", StringComparison.Ordinal) == true)
        {
            throw Changed(error);
        }
    }

    /// <summary>The hash of a key that was read from a shard.</summary>
    /// <exception cref="CodecException">It is in the shard no more: hashes are of the key's form, which is another since the type has
    /// another shape. Or an older version
    /// kept it apart from keys that it is equal to.</exception>
    public static ulong HashOf<TKey>(TKey key, int shard, ShardMap shards)
    {
        ulong hash = shards.HashOf(key);
        if (shards.AreKeysByBytes && KeyHash<TKey>.OfStored(key) != hash)
            throw KeptApart(key);
        return shards.ShardOf(hash) == shard ? hash : throw Moved(key, shard, shards.ShardOf(hash));
    }

    private static CodecException Changed(CodecException error) =>
        new($"the type of its keys has changed. {error.Fault ?? error.Message} {Remedy}", error);

    private static CodecException KeptApart<TKey>(TKey key) =>
        new($"the stored key '{key}' was written by a version of ActorStreams that told keys apart by how they are written (1.0 from " +
            "1.00, 12:00Z from 14:00+02:00). " +
            "Keys that are equal are one now, and what was kept of each apart cannot be put together. Give the operator a new name: it " +
                "then starts empty, and " +
            $"{nameof(JobOptions)}.{nameof(JobOptions.AllowRemovedState)} lets go of what it had stored.");

    private static CodecException Moved<TKey>(TKey key, int shard, int now) =>
        new($"the type of its keys has changed: the stored key '{key}' of shard {shard} belongs to shard {now} as the type is now, so " +
            $"no row would meet its state. {Remedy}");
}
