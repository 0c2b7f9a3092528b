using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Tests.State;

/// <summary>States that are over are removed, a bounded number of them at a time.</summary>
[Trait("Issue", "11")]
public sealed class ExpiringStateSpec
{
    private const int Keys = 500;
    private const long Minute = 60_000_000;

    private static readonly ShardRange s_shards = new ShardMap(1).RangeOf(0, 1);

    private readonly KeyScope<int> _scope = new();
    private readonly TimeToLive _minute = new(TimeSpan.FromMinutes(1));

    [Fact]
    public void Values_go_a_few_at_a_time()
    {
        var value = new ExpiringValue<int, int>("value", 0, _minute);
        GoesByAndBy(value, value.Bind(s_shards, _scope), key => value.Value = key);
    }

    [Fact]
    public void Lists_go_a_few_at_a_time()
    {
        var list = new ExpiringList<int, int>("list", _minute);
        GoesByAndBy(list, list.Bind(s_shards, _scope), list.Add);
    }

    [Fact]
    public void Maps_go_a_few_at_a_time()
    {
        var map = new ExpiringMap<int, int, int>("map", _minute);
        GoesByAndBy(map, map.Bind(s_shards, _scope), key => map.Put(key, key));
    }

    [Fact]
    public void Of_a_list_and_a_map_only_what_is_over_goes()
    {
        var list = new ExpiringList<int, int>("list", _minute);
        var map = new ExpiringMap<int, int, int>("map", _minute);
        map.Lives.Clock = list.Lives.Clock;
        IShardedState lists = list.Bind(s_shards, _scope), maps = map.Bind(s_shards, _scope);
        _scope.Enter(1, s_shards.HashOf(1));
        for (int item = 0; item < 100; item++)
        {
            list.Lives.Clock.OnRow(item * Minute / 100, 0);
            list.Add(item);
            map.Put(item, item);
        }

        long whole = BytesOf(lists), wholeMap = BytesOf(maps);
        list.Lives.Clock.OnWatermark(Minute + (Minute * 3 / 4));
        list.Purge();
        map.Purge();
        Assert.Equal(Enumerable.Range(76, 24), list.Items);
        Assert.Equal(Enumerable.Range(76, 24), map.Entries.Keys.Order());
        Assert.InRange(BytesOf(lists), whole / 10, whole / 3);
        Assert.InRange(BytesOf(maps), wholeMap / 10, wholeMap / 3);
    }

    private void GoesByAndBy(IExpiringState state, IShardedState journaled, Action<int> write)
    {
        state.Lives.Clock.OnRow(0, 0);
        for (int key = 0; key < Keys; key++)
        {
            _scope.Enter(key, s_shards.HashOf(key));
            write(key);
        }

        long before = BytesOf(journaled);
        state.Sweep(10 * Keys);
        Assert.Equal(before, BytesOf(journaled));                        // none is over yet
        state.Lives.Clock.OnWatermark(Minute);
        state.Sweep(4);
        Assert.InRange(BytesOf(journaled), before * (Keys - 4) / Keys / 2, before);
        for (int sweep = 0; sweep < 4 * Keys && BytesOf(journaled) > 0; sweep++)
            state.Sweep(4);
        Assert.Equal(0, BytesOf(journaled));
    }

    private static long BytesOf(IShardedState state)
    {
        var writer = new ShardBlobWriter();
        writer.Begin([], "operator", 0, 1, isSnapshot: true);
        writer.BeginSection(state.Name, 1);
        int before = writer.Out.Length;
        state.WriteSnapshot(0, writer);
        return writer.Out.Length - before;
    }
}
