namespace ActorStreams.Core.State;

/// <summary>The dirty slots in order of shard: what a barrier walks through.</summary>
internal sealed unsafe partial class StateMap<TKey, TState>
{
    private int[] _sorted = [];
    private short[] _shardOf = [];
    private int[] _runs = [];
    private bool _isSorted;

    /// <summary>Sorts by shard what the epoch touched, for <see cref="DirtyOf"/>. The memory that it takes is kept for the next
    /// epoch.</summary>
    /// <remarks>Counting sort.</remarks>
    /// <param name="from">Shards before this one (counted within the range) are left out.</param>
    public void SortDirty(int from = 0)
    {
        _isSorted = _dirtyCount > 0;
        if (!_isSorted)
            return;
        if (_sorted.Length < _dirtyCount)
        {
            int room = _dirtyCount + (_dirtyCount / 8);
            (_sorted, _shardOf) = (GC.AllocateUninitializedArray<int>(room), GC.AllocateUninitializedArray<short>(room));
        }

        if (_runs.Length == 0)
            _runs = new int[_shards.Count + 2];
        else
            Array.Clear(_runs);
        for (int i = 0; i < _dirtyCount; i++)
        {
            int index = ShardOf(At(_dirty[i])) - _shards.First;
            _shardOf[i] = (short)(index < from ? -1 : index);
            if (index >= from)
                _runs[index + 2]++;
        }

        for (int i = 2; i < _runs.Length; i++)
            _runs[i] += _runs[i - 1];
        for (int i = 0; i < _dirtyCount; i++)
        {
            if (_shardOf[i] >= 0)
                _sorted[_runs[_shardOf[i] + 1]++] = _dirty[i];
        }
    }

    /// <summary>What the epoch touched in a shard, as of the last <see cref="SortDirty"/>, until <see cref="ClearDirty"/>.</summary>
    public ReadOnlySpan<int> DirtyOf(int shard)
    {
        int index = shard - _shards.First;
        return _isSorted ? _sorted.AsSpan(_runs[index].._runs[index + 1]) : [];
    }
}
