using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>A slice without the gaps of its map: the same entries, by shard, those still to be journaled apart.</summary>
public sealed class PackedSliceSpec
{
    private static readonly ShardRange s_shards = new ShardMap(8).RangeOf(0, 1);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(500, 0)]
    [InlineData(0, 500)]
    [InlineData(400, 300)]
    public void Packed_and_unpacked_nothing_is_lost_and_what_is_journaled_stays_so(int journaled, int touched)
    {
        using StateMap<long, long> map = Filled(journaled, touched);
        var packed = new PackedSlice<long, long>(s_shards, new PaneEntry<long, long>[map.Count]);

        // In any order, and asked twice.
        foreach (int shard in (int[])[5, 0, 7, 1, 2, 2, 6, 4, 3, 5])
            packed.Pack(map, shard);

        var entries = new Dictionary<long, long>();
        var dirty = new List<long>();
        for (int shard = 0; shard < s_shards.Count; shard++)
        {
            foreach (PaneEntry<long, long> entry in packed.Of(shard))
            {
                Assert.Equal(shard, s_shards.Map.ShardOf(KeyHash<long>.Stable(entry.Key)));
                entries.Add(entry.Key, entry.Accumulator);
            }

            foreach (PaneEntry<long, long> entry in packed.DirtyOf(shard))
                dirty.Add(entry.Key);
        }

        Assert.Equal(Expected(journaled, touched), entries.OrderBy(entry => entry.Key));
        Assert.Equal(Enumerable.Range(journaled, touched).Select(key => (long)key), dirty.Order());

        using var back = new StateMap<long, long>(s_shards);
        packed.Unpack(back);
        Assert.Equal(Expected(journaled, touched), EntriesOf(back).OrderBy(entry => entry.Key));
        Assert.Equal(dirty.Order(), DirtyOf(back).Order());
    }

    [Fact]
    public void Once_journaled_nothing_is_left_to_journal()
    {
        using StateMap<long, long> map = Filled(10, 20);
        var packed = new PackedSlice<long, long>(s_shards, new PaneEntry<long, long>[map.Count]);
        for (int shard = 0; shard < s_shards.Count; shard++)
            packed.Pack(map, shard);

        packed.ClearDirty();

        for (int shard = 0; shard < s_shards.Count; shard++)
            Assert.Equal(0, packed.DirtyOf(shard).Length);
        using var back = new StateMap<long, long>(s_shards);
        packed.Unpack(back);
        Assert.Equal((30, 0), (back.Count, back.Dirty.Length));
    }

    private static StateMap<long, long> Filled(int journaled, int touched)
    {
        var map = new StateMap<long, long>(s_shards);
        for (long key = 0; key < journaled + touched; key++)
        {
            if (key == journaled)
                map.ClearDirty();
            map.Reserve(1);
            map.Touch(key, KeyHash<long>.Stable(key)) = key * 3;
        }

        if (touched == 0)
            map.ClearDirty();
        return map;
    }

    private static IEnumerable<KeyValuePair<long, long>> Expected(int journaled, int touched) =>
        Enumerable.Range(0, journaled + touched).Select(key => KeyValuePair.Create((long)key, key * 3L));

    private static List<KeyValuePair<long, long>> EntriesOf(StateMap<long, long> map)
    {
        var entries = new List<KeyValuePair<long, long>>();
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            if (map.IsLive(map.At(slot)))
                entries.Add(KeyValuePair.Create(map.At(slot).Key, map.At(slot).State));
        }

        return entries;
    }

    private static List<long> DirtyOf(StateMap<long, long> map)
    {
        var keys = new List<long>();
        foreach (int slot in map.Dirty)
            keys.Add(map.At(slot).Key);
        return keys;
    }
}
