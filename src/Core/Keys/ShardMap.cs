using System.Numerics;

namespace ActorStreams.Core.Keys;

/// <summary>How hashes fall into shards, and shards into regions.</summary>
/// <remarks>The shard is the top bits of the hash; a region hosts a run of neighbouring shards, so that a state map ordered by hash is
/// ordered by shard.</remarks>
internal sealed class ShardMap
{
    /// <param name="count">How many shards; a power of two.</param>
    /// <param name="seed">The seed of the job's hashes.</param>
    /// <param name="areKeysByBytes">Whether what is stored may be of a version that told keys apart by their bytes.</param>
    public ShardMap(int count, ulong seed = KeySeed.None, bool areKeysByBytes = false)
    {
        if (count is < 1 or > 32_768 || !BitOperations.IsPow2(count))
            throw new PipelineException($"Shards must be a power of two from 1 to 32768, not {count}.");
        (Count, Seed, AreKeysByBytes) = (count, seed, areKeysByBytes);
        Bits = BitOperations.Log2((uint)count);
    }

    public int Count { get; }

    public int Bits { get; }

    /// <summary>The seed of the job's hashes.</summary>
    public ulong Seed { get; }

    /// <summary>Whether what is stored may be of a version that told keys apart by their bytes.</summary>
    public bool AreKeysByBytes { get; }

    /// <summary>The shift that leaves the shard; hashes are at least one bit wider than needed, so it is at most 63 and a single shard
    /// works too.</summary>
    public int HashShift => Bits == 0 ? 63 : 64 - Bits;

    /// <summary>The hash of a key by the seed of the job.</summary>
    public ulong HashOf<TKey>(TKey key) => KeyHash<TKey>.Of(key, Seed);

    public int ShardOf(ulong hash) => Bits == 0 ? 0 : (int)(hash >> (64 - Bits));

    public ShardRange RangeOf(int region, int regions)
    {
        int first = (int)((long)region * Count / regions);
        int end = (int)((long)(region + 1) * Count / regions);
        return new ShardRange(first, end - first, this);
    }

    public int[] RegionOfShard(int regions)
    {
        // A single shard leaves one bit in the hash (see HashShift), hence two entries.
        var map = new int[Math.Max(2, Count)];
        for (int region = 0; region < regions; region++)
        {
            ShardRange range = RangeOf(region, regions);
            for (int shard = range.First; shard < range.First + range.Count; shard++)
                map[shard] = region;
        }

        if (Count == 1)
            map[1] = map[0];
        return map;
    }
}

/// <summary>The neighbouring shards that one region hosts.</summary>
internal readonly record struct ShardRange(int First, int Count, ShardMap Map)
{
    public int End => First + Count;

    /// <summary>The hash of a key by the seed of the job.</summary>
    public ulong HashOf<TKey>(TKey key) => KeyHash<TKey>.Of(key, Map.Seed);

    public bool Contains(int shard) => shard >= First && shard < End;
}
