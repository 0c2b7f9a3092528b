using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Tests.State;

public sealed class StateMapSpec
{
    private static readonly ShardMap s_shards = new(128);

    public static TheoryData<int, int, bool> Tables => new()
    {
        { 1_000, 1, false }, { 1_000, 1, true }, { 200_000, 1, false }, { 200_000, 2, true }, { 5_000_000, 2, true },
            { 5_000_000, 2, false },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_key_that_was_touched_is_found_whatever_the_order(int count, int regions, bool inOrderOfHash)
    {
        ShardRange range = s_shards.RangeOf(0, regions);
        using var map = new StateMap<long, (long, long, long, long)>(range);
        long[] keys = [.. Enumerable.Range(1, count).Select(key => (long)key)
            .Where(key => range.Contains(s_shards.ShardOf(KeyHash<long>.Stable(key))))];
        if (inOrderOfHash)
            keys = [.. keys.OrderBy(KeyHash<long>.Stable)];

        foreach (long key in keys)
        {
            map.Reserve(1);
            map.Touch(key, KeyHash<long>.Stable(key)) = (key, key + 1, key + 2, key + 3);
        }

        Assert.Equal(keys.Length, map.Count);
        Assert.Equal(keys.Length, map.Dirty.Length);
        foreach (long key in keys)
        {
            int slot = map.Find(key, KeyHash<long>.Stable(key));
            Assert.True(slot >= 0, $"key {key} is gone");
            Assert.Equal((key, key + 1, key + 2, key + 3), map.At(slot).State);
        }

        var dirty = new HashSet<long>();
        foreach (int slot in map.Dirty)
            Assert.True(dirty.Add(map.At(slot).Key));
        Assert.Equal(keys.Length, dirty.Count);
        Assert.True(map.SlotCount <= 64 * keys.Length + 100_000, $"{map.SlotCount} slots for {keys.Length} keys");
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(300_000)]
    public void Walking_shard_by_shard_meets_every_key_once(int count)
    {
        ShardRange range = s_shards.RangeOf(1, 3);
        using var map = new StateMap<long, int>(range);
        long[] keys = [.. Enumerable.Range(1, count).Select(key => key * 7919L)
            .Where(key => range.Contains(s_shards.ShardOf(KeyHash<long>.Stable(key))))];
        foreach (long key in keys)
            map.Restore(key, KeyHash<long>.Stable(key)) = 1;

        var met = new List<long>();
        for (int shard = range.First; shard < range.End; shard++)
        {
            (int start, int end) = map.SlotsOf(shard);
            int ownEnd = start + map.SlotsPerShard;
            for (int slot = start; slot < end; slot++)
            {
                ref StateMap<long, int>.Entry entry = ref map.At(slot);
                if (map.IsLive(entry) && (!map.MayHoldOthers(shard, slot, ownEnd) || map.ShardOf(entry) == shard))
                    met.Add(entry.Key);
            }
        }

        Assert.Equal(keys.Order(), met.Order());
    }

    [Theory]
    [InlineData(1_000, 3)]
    [InlineData(40_000, 256)]
    public void A_shard_lists_each_of_its_states_once_however_few_it_lists_at_a_time(int count, int atOnce)
    {
        ShardRange range = s_shards.RangeOf(1, 3);
        using var map = new StateMap<long, int>(range);
        long[] keys = [.. Enumerable.Range(1, count).Select(key => key * 7919L)
            .Where(key => range.Contains(s_shards.ShardOf(KeyHash<long>.Stable(key))))];
        foreach (long key in keys)
            map.Restore(key, KeyHash<long>.Stable(key)) = 1;
        foreach (long key in keys.Where(key => key % 3 == 0))
            map.Remove(key, KeyHash<long>.Stable(key));

        var met = new List<long>();
        Span<int> found = stackalloc int[atOnce];
        for (int shard = range.First; shard < range.End; shard++)
        {
            (int slot, int end) = map.SlotsOf(shard);
            while (map.ListShard(shard, ref slot, end, found) is > 0 and int listed)
            {
                foreach (int at in found[..listed])
                {
                    Assert.Equal(shard, s_shards.ShardOf(KeyHash<long>.Stable(map.At(at).Key)));
                    met.Add(map.At(at).Key);
                }
            }
        }

        Assert.Equal(keys.Where(key => key % 3 != 0).Order(), met.Order());
    }

    [Fact]
    public void Room_made_at_once_keeps_what_is_there()
    {
        using var map = new StateMap<long, long>(s_shards.RangeOf(0, 1));
        for (long key = 0; key < 100; key++)
            map.Restore(key, KeyHash<long>.Stable(key)) = key;

        map.EnsureCapacity(100_000);
        int slots = map.SlotCount;
        map.EnsureCapacity(50_000);

        Assert.Equal((slots, 100), (map.SlotCount, map.Count));
        for (long key = 100; key < 100_000; key++)
            map.Restore(key, KeyHash<long>.Stable(key)) = key;
        Assert.Equal((slots, 100_000), (map.SlotCount, map.Count));
        for (long key = 0; key < 100_000; key++)
            Assert.Equal(key, map.At(map.Find(key, KeyHash<long>.Stable(key))).State);
    }

    [Fact]
    public void Keys_that_come_and_go_within_one_epoch_make_the_table_larger_until_they_are_journaled()
    {
        using var map = new StateMap<long, int>(s_shards.RangeOf(0, 1));
        for (long key = 0; key < 100_000; key++)
        {
            ulong hash = KeyHash<long>.Stable(key);
            map.Reserve(1);
            map.Touch(key, hash) = 1;
            map.Remove(key, hash);
        }

        Assert.Equal((0, 100_000), (map.Count, map.Dirty.Length));
    }

    [Fact]
    public void A_random_history_leaves_what_a_dictionary_would_hold()
    {
        ShardRange range = s_shards.RangeOf(0, 1);
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            using var map = new StateMap<string, int>(range);
            var model = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int step = 0; step < 20_000; step++)
            {
                string key = $"key {random.Next(3_000)}";
                ulong hash = KeyHash<string>.Stable(key);
                switch (random.Next(100))
                {
                    case < 60:
                        map.Reserve(1);
                        map.Touch(key, hash) = model[key] = step;
                        break;
                    case < 95:
                        Assert.Equal(model.Remove(key), map.Remove(key, hash));
                        break;
                    case < 99:
                        map.ClearDirty();
                        break;
                    default:
                        map.Clear();
                        model.Clear();
                        break;
                }
            }

            Assert.Equal(model.Count, map.Count);
            foreach ((string key, int value) in model)
                Assert.Equal(value, map.At(map.Find(key, KeyHash<string>.Stable(key))).State);
        }
    }
}
