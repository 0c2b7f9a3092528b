using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>Sessions that fire once, in the graph.</summary>
internal sealed class SessionNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, SessionWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, WindowResult<TKey, TOut>>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    protected override string StoredAs => " in place";

    public override long WatermarkGranularity => windows.Granularity;

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(
        RegionSite<TKey, T> site, Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late) =>
        new SessionAggregate<TKey, T, TAgg, TAcc, TOut>(
            site, windows, Aggregate.Aggregator, Entities(site.Shards), new WindowOutput<TKey, TOut>(site.Context, output), late);

    private SessionEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, windows.Gap, Aggregate.Aggregator);
}
