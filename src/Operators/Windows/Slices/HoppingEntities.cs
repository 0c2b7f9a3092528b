using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>What a hopping aggregate keeps per key; a question about a key gets its open windows, the oldest first, with their results so
/// far.</summary>
internal sealed class HoppingEntities<TKey, T, TAgg, TAcc, TOut>(ShardRange shards, SliceGrid grid, TAgg aggregator) : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SliceStore<TKey, TAcc> Slices { get; } = new(shards, grid);

    public override IReadOnlyList<IShardedState> Journaled => [Slices];

    public override IReadOnlyList<string> Names => ["windows"];

    public override object Read(TKey key, string name)
    {
        ulong hash = shards.HashOf(key);
        int index = shards.Map.ShardOf(hash) - shards.First;
        var windows = new SortedDictionary<long, TAcc>();
        foreach (OpenSlice<TKey, TAcc> slice in Slices.Slices)
        {
            if (!slice.TryFind(key, hash, out TAcc part))
                continue;
            for (long window = grid.FirstWindowOf(
                new Slice(slice.Start, slice.End, slice.LastWindow)); window <= slice.LastWindow; window = grid.NextWindow(window))
            {
                if (Slices.HasFired(window, index))
                    continue;
                TAcc accumulator = windows.GetValueOrDefault(window)!;
                aggregator.Merge(ref accumulator, part);
                windows[window] = accumulator;
            }
        }

        return windows.Select(
            window => new WindowResult<TKey, TOut>(key, new Window(window.Key, grid.EndOf(window.Key)), aggregator.Result(window.Value)))
            .ToList();
    }
}
