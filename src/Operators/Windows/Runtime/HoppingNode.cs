using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>A hopping aggregate in the graph.</summary>
internal sealed class HoppingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, HoppingWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly SliceGrid _grid = new(windows.Size, windows.Slide, windows.Offset);

    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{options.Definition} by slices, {aggregate.Description}, late rows {options.LateText(LateNode)}";

    public override string Definition => $"{options.Definition} by slices";

    public override bool NeedsDeadLetters => options.Late == LateRows.DeadLetter;

    public override long WatermarkGranularity => _grid.Granularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(ActorBuild build, ShardRange shards)
    {
        var output = new WindowOutput<TKey, TOut>(build.Context, build.Downstream(this));
        Receiver<T>? lateOutput = LateNode is null ? null : build.Downstream(LateNode);
        OperatorErrors errors = build.ErrorsOf(this);
        var region = new HoppingAggregate<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, _grid, aggregate.Aggregator, Entities(shards), output, new LateOutput<T>(options.Late, errors, lateOutput));
        build.Context.Resumables.Add(region);
        return region;
    }

    private HoppingEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, _grid, aggregate.Aggregator);
}
