using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>Windows that cut time into pieces and fire once, in the graph.</summary>
internal sealed class TumblingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, IPartitionOfTime windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, WindowResult<TKey, TOut>>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public override long WatermarkGranularity => Options.Windows!.Granularity;

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(
        RegionSite<TKey, T> site, Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late) =>
        new TumblingAggregate<TKey, T, TAgg, TAcc, TOut>(
            site, windows, Aggregate.Aggregator, Entities(site.Shards), new WindowOutput<TKey, TOut>(site.Context, output), late);

    private WindowEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, windows, Aggregate.Aggregator);
}
