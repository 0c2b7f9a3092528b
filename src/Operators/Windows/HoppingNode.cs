using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows;

/// <summary>A hopping aggregate in the graph.</summary>
internal sealed class HoppingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, SliceGrid grid, string windows, Aggregate<T, TAgg, TAcc, TOut> aggregate, LateRows late)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{windows} by slices, {aggregate.Description}, late rows " + late switch
    {
        LateRows.Drop => "dropped",
        LateRows.Output => $"to {LateNode?.Name}",
        _ => "to dead letters",
    };

    public override string Definition => windows;

    public override bool NeedsDeadLetters => late == LateRows.DeadLetter;

    public override long WatermarkGranularity => grid.Granularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
        if (!aggregate.CanMerge)
            throw new PipelineException($"Pipeline '{pipeline}', operator '{Name}': hopping windows are put together from slices. {aggregate.WhyNotMerge}.");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(ActorBuild build, ShardRange shards)
    {
        var output = new WindowOutput<TKey, TOut>(build.Context, build.Downstream(this));
        Receiver<T>? lateOutput = LateNode is null ? null : build.Downstream(LateNode);
        OperatorErrors errors = build.ErrorsOf(this);
        var region = new HoppingAggregate<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, grid, aggregate.Aggregator, Entities(shards), output, new LateOutput<T>(late, errors, lateOutput));
        build.Context.Resumables.Add(region);
        return region;
    }

    private HoppingEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, grid, aggregate.Aggregator);
}
