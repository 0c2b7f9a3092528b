using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Tests.Keys;

/// <summary>Who knows the hash, but not the seed of the job, cannot choose keys that fall together.</summary>
[Trait("Issue", "D5")]
public sealed class KeySeedSpec
{
    private const int Count = 20_000, FirstBits = 17;
    private const ulong GoldenRatio = 0x9E37_79B9_7F4A_7C15;

    public static TheoryData<ulong> Seeds =>
        [.. Enumerable.Range(1, 20).Select(number => KeySeed.Of((ulong)number * 0xD134_2543_DE82_EF95 ^ 0x1234_5678_9ABC_DEF0))];

    [Fact]
    public void Without_a_seed_numbers_can_be_crafted_whose_hashes_begin_alike() =>
        Assert.Single(Crafted().Select(key => KeyHash<long>.Stable(key) >> (64 - FirstBits)).Distinct());

    [Theory]
    [MemberData(nameof(Seeds))]
    public void With_a_seed_they_spread_as_random_ones_do(ulong seed)
    {
        Assert.InRange(Places(Crafted(), seed), Places(RandomKeys(), seed) * 9 / 10, Count);
        Assert.InRange(Places([.. Crafted().Select(key => (key, key))], seed), Places(RandomKeys(), seed) * 9 / 10, Count);
        Assert.InRange(Places([.. Crafted().Select(key => BitConverter.Int64BitsToDouble(key))], seed),
            Places(RandomKeys(), seed) * 9 / 10, Count);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Numbers_in_sequence_spread_without_collisions_under_every_seed(ulong seed) =>
        Assert.Equal(10_000, Places([.. Enumerable.Range(0, 10_000).Select(number => (long)number)], seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_table_of_crafted_keys_is_as_large_as_one_of_random_keys(ulong seed)
    {
        ShardRange shards = new ShardMap(128, seed).RangeOf(0, 1);
        using StateMap<long, long> crafted = Fill(shards, Crafted()), random = Fill(shards, RandomKeys());
        Assert.InRange(crafted.SizeBytes, 1, random.SizeBytes * 2);
    }

    [Fact]
    public void Numbers_that_their_own_hash_code_calls_alike_are_told_apart_in_dictionaries()
    {
        long[] keys = [.. Enumerable.Range(1, Count).Select(number => (long)(((ulong)number << 32) | (uint)number))];
        Assert.Single(keys.Select(key => key.GetHashCode()).Distinct());
        Assert.InRange(keys.Select(KeyComparer<long>.HashOf).Distinct().Count(), Count * 99 / 100, Count);
        Assert.InRange(keys.Select(key => KeyComparer<long>.With<long>().GetHashCode((key, 1))).Distinct().Count(), Count * 99 / 100,
            Count);
    }

    [Fact]
    public void Every_draw_is_another_and_leaves_the_lowest_bits_free()
    {
        ulong[] drawn = [.. Enumerable.Range(0, 100).Select(_ => KeySeed.Draw())];
        Assert.Equal(100, drawn.Distinct().Count());
        Assert.All(drawn, seed => Assert.Equal(0UL, seed & 0x3FFF));
    }

    private static int Places<TKey>(TKey[] keys, ulong seed) => keys.Select(key => KeyHash<TKey>.Of(key, seed) >> (64 - FirstBits))
        .Distinct().Count();

    private static StateMap<long, long> Fill(ShardRange shards, long[] keys)
    {
        var map = new StateMap<long, long>(shards);
        foreach (long key in keys)
        {
            map.Reserve(1);
            map.Touch(key, map.HashOf(key)) = key;
        }

        return map;
    }

    private static long[] RandomKeys()
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Count).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))];
    }

    /// <summary>Both steps of the hash of a number can be undone, so keys are made from the hashes that they shall have.</summary>
    private static long[] Crafted()
    {
        ulong inverse = GoldenRatio;
        for (int i = 0; i < 5; i++)
            inverse *= 2 - (GoldenRatio * inverse);
        return [.. Enumerable.Range(0, Count).Select(number =>
        {
            ulong folded = ((0x123UL << 40) + (ulong)number) * inverse;
            return (long)(folded ^ (folded >> 32));
        })];
    }
}
