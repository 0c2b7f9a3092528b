using ActorStreams.Core.Journal;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Windows.PerKey;

/// <summary>What a window operator by keys' own watermarks keeps: for each key its watermark and its open windows.</summary>
internal sealed class PerKeyEntities<TKey, T, TAgg, TAcc, TOut> : EntityStates<TKey>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly TAgg _aggregator;
    private readonly KeyedMap<TKey, Window, TAcc> _panes = new("panes");
    private readonly IShardedState[] _journaled;
    private readonly ShardRange _shards;

    public PerKeyEntities(ShardRange shards, KeyWatermarkSettings settings, TAgg aggregator, bool undoes)
    {
        (_aggregator, _shards) = (aggregator, shards);
        Scope.Undo = undoes ? [] : null;
        Watermarks = new KeyWatermarks<TKey>(settings, shards, Scope);
        OpenKeys = new TimerQueue<TKey>("open-keys", shards);
        _journaled = [_panes.Bind(shards, Scope), OpenKeys, .. Watermarks.Journaled];
    }

    public KeyScope<TKey> Scope { get; } = new();

    public KeyWatermarks<TKey> Watermarks { get; }

    /// <summary>The open windows of the present key.</summary>
    public MapState<Window, TAcc> Panes => _panes;

    /// <summary>The keys that have open windows: those to be closed when the input ends.</summary>
    public TimerQueue<TKey> OpenKeys { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["windows", "watermark"];

    public override object? Read(TKey key, string name)
    {
        ulong hash = _shards.HashOf(key);
        if (name == "watermark")
            return Watermarks.Read(key, hash);
        var panes = (IReadOnlyDictionary<Window, TAcc>?)_panes.Read(key, hash) ?? new Dictionary<Window, TAcc>();
        return panes.OrderBy(pane => pane.Key.Start).ThenBy(pane => pane.Key.End)
            .Select(pane => new WindowResult<TKey, TOut>(key, pane.Key, _aggregator.Result(pane.Value))).ToList();
    }
}
