using ActorStreams.Core.Keys;

namespace ActorStreams.Core.State;

/// <summary>A map's dirty slots in order of shard: what a barrier walks through.</summary>
internal sealed class DirtySlots(ShardRange shards)
{
    private int[] _slots = [];
    private int[] _runs = [];

    public ReadOnlySpan<int> this[int shard] => _runs.Length == 0
        ? []
        : _slots.AsSpan(_runs[shard - shards.First], _runs[shard - shards.First + 1] - _runs[shard - shards.First]);

    /// <summary>Counting sort by shard, leaving out shards before <paramref name="from"/> (counted within the range).</summary>
    public void Sort<TKey, TState>(StateMap<TKey, TState> map, int from = 0)
    {
        ReadOnlySpan<int> dirty = map.Dirty;
        if (dirty.Length == 0)
        {
            _runs = [];
            return;
        }

        var runs = new int[shards.Count + 2];
        var shardOf = new short[dirty.Length];
        for (int i = 0; i < dirty.Length; i++)
        {
            int index = map.ShardOf(map.At(dirty[i])) - shards.First;
            shardOf[i] = (short)(index < from ? -1 : index);
            if (index >= from)
                runs[index + 2]++;
        }

        for (int i = 2; i < runs.Length; i++)
            runs[i] += runs[i - 1];
        if (_slots.Length < dirty.Length)
            _slots = new int[dirty.Length];
        for (int i = 0; i < dirty.Length; i++)
        {
            if (shardOf[i] >= 0)
                _slots[runs[shardOf[i] + 1]++] = dirty[i];
        }

        _runs = runs;
    }

    public void Clear() => _runs = [];
}
