using System.Numerics;

namespace ActorStreams.Core.Keys;

/// <summary>How hashes fall into shards, and shards into regions.</summary>
/// <remarks>The shard is the top bits of the hash; a region hosts a run of neighbouring shards, so that a state map ordered by hash is ordered by shard.</remarks>
internal sealed class ShardMap
{
    public ShardMap(int count)
    {
        if (count is < 1 or > 32_768 || !BitOperations.IsPow2(count))
            throw new PipelineException($"Shards must be a power of two from 1 to 32768, not {count}.");
        Count = count;
        Bits = BitOperations.Log2((uint)count);
    }

    public int Count { get; }

    public int Bits { get; }

    /// <summary>The shift that leaves the shard; hashes are at least one bit wider than needed, so it is at most 63 and a single shard works too.</summary>
    public int HashShift => Bits == 0 ? 63 : 64 - Bits;

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

    public bool Contains(int shard) => shard >= First && shard < End;
}
