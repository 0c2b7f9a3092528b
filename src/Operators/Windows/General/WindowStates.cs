using ActorStreams.Core.Journal;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>What a window operator of any kind keeps per key; a question about a key gets its open windows, the oldest first, with what
/// they hold.</summary>
internal sealed class WindowStates<TKey, T, TAgg, TAcc, TOut> : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly TAgg _aggregator;

    public WindowStates(ShardRange shards, TAgg aggregator, bool keepsResults, TriggerProgram program)
    {
        _aggregator = aggregator;
        Cells = new WindowCells<TKey, TAcc, TOut>(keepsResults, program);
        Journaled = [Cells.Bind(shards, new KeyScope<TKey>())];
    }

    public WindowCells<TKey, TAcc, TOut> Cells { get; }

    public override IReadOnlyList<IShardedState> Journaled { get; }

    public override IReadOnlyList<string> Names => ["windows"];

    public override object Read(TKey key, string name)
    {
        int slot = Cells.Map.Find(key, Cells.Map.HashOf(key));
        var results = new List<WindowResult<TKey, TOut>>();
        if (slot < 0)
            return results;
        ref KeyWindows<TAcc, TOut> windows = ref Cells.Map.At(slot).State;
        for (int i = 0; i < windows.Count; i++)
        {
            ref WindowCell<TAcc, TOut> cell = ref windows.At(i);
            if (!cell.IsClosed)
                results.Add(new WindowResult<TKey, TOut>(key, cell.Window, _aggregator.Result(cell.Accumulator)));
        }

        return results;
    }
}
