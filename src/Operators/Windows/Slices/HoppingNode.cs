using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;
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

    protected override KeyedOperator<TKey, T> Build(StageBuild build, ShardRange shards)
    {
        Receiver<WindowResult<TKey, TOut>> results = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        LateOutput<T> late = Late.Output(build, errors);
        var output = new WindowOutput<TKey, TOut>(build.Context, late.Beside(results));
        return new HoppingAggregate<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, _grid, Aggregate.Aggregator, Entities(shards), output, late);
    }

    private HoppingEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, _grid, Aggregate.Aggregator);
}
