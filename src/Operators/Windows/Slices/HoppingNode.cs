using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>A hopping aggregate in the graph.</summary>
internal sealed class HoppingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, HoppingWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, WindowResult<TKey, TOut>>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly SliceGrid _grid = new(windows.Size, windows.Slide, windows.Offset);

    public override string Detail => $"{Options.Definition} by slices, {Aggregate.Description}, late rows {Late}";

    protected override string StoredAs => " by slices";

    public override long WatermarkGranularity => _grid.Granularity;

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(
        RegionSite<TKey, T> site, Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late) =>
        new HoppingAggregate<TKey, T, TAgg, TAcc, TOut>(
            site, _grid, Aggregate.Aggregator, Entities(site.Shards), new WindowOutput<TKey, TOut>(site.Context, output), late);

    private HoppingEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, _grid, Aggregate.Aggregator);
}
