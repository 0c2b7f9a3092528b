using ActorStreams.Core.Keys;

namespace ActorStreams.Core.Tests.Keys;

public sealed class ShardMapSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Every_hash_goes_to_the_region_that_hosts_its_shard_even_when_there_are_more_regions_than_shards(int shards)
    {
        var map = new ShardMap(shards);
        for (int regions = 1; regions <= 12; regions++)
        {
            int[] regionOf = map.RegionOfShard(regions);
            for (ulong step = 0; step < 64; step++)
            {
                ulong hash = step << 58;
                Assert.True(map.RangeOf(regionOf[(int)(hash >> map.HashShift)], regions).Contains(map.ShardOf(hash)));
            }
        }
    }
}
