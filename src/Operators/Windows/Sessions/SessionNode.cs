using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;
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

    protected override KeyedOperator<TKey, T> Build(StageBuild build, ShardRange shards)
    {
        Receiver<WindowResult<TKey, TOut>> results = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        LateOutput<T> late = Late.Output(build, errors);
        var output = new WindowOutput<TKey, TOut>(build.Context, late.Beside(results));
        return new SessionAggregate<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, windows, Aggregate.Aggregator, Entities(shards), output, late);
    }

    private SessionEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, windows.Gap, Aggregate.Aggregator);
}
