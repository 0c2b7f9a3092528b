using ActorStreams.Core.Journal;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Windows.General;

/// <summary>What a window operator keeps per key; a question about a key gets its open windows, the oldest first, with their results so
/// far.</summary>
internal sealed class WindowEntities<TKey, T, TAgg, TAcc, TOut>(ShardRange shards, IPartitionOfTime windows, TAgg aggregator)
    : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public PaneStore<TKey, TAcc> Panes { get; } = new(shards, windows.EndOf);

    public override IReadOnlyList<IShardedState> Journaled => [Panes];

    public override IReadOnlyList<string> Names => ["windows"];

    public override object Read(TKey key, string name)
    {
        ulong hash = shards.HashOf(key);
        var results = new List<WindowResult<TKey, TOut>>();
        foreach (Pane<TKey, TAcc> pane in Panes.Panes)
        {
            int slot = pane.Map.Find(key, hash);
            if (slot >= 0 && shards.Map.ShardOf(hash) - shards.First >= pane.FiredShards)
                results.Add(new WindowResult<TKey, TOut>(key, new Window(pane.Start, pane.End),
                    aggregator.Result(pane.Map.At(slot).State)));
        }

        return results;
    }
}
