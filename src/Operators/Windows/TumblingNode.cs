using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows;

/// <summary>A tumbling aggregate in the graph.</summary>
internal sealed class TumblingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, TumblingWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate, LateRows late)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{windows}, {aggregate.Description}, late rows " + late switch
    {
        LateRows.Drop => "dropped",
        LateRows.Output => $"to {LateNode?.Name}",
        _ => "to dead letters",
    };

    public override string Definition => $"{windows}, {aggregate.Description}";

    public override bool NeedsDeadLetters => late == LateRows.DeadLetter;

    public override long WatermarkGranularity => windows.Offset == 0 ? windows.Size : EventTime.GreatestCommonDivisor(windows.Size, windows.Offset);

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards);

    protected override KeyedOperator<TKey, T> Build(ActorBuild build, ShardRange shards)
    {
        Receiver<WindowResult<TKey, TOut>> output = build.Downstream(this);
        Receiver<T>? lateOutput = LateNode is null ? null : build.Downstream(LateNode);
        OperatorErrors errors = build.ErrorsOf(this);
        var region = new TumblingAggregate<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, windows, aggregate.Aggregator, Entities(shards), output, late, lateOutput);
        build.Context.Resumables.Add(region);
        return region;
    }

    private WindowEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, windows, aggregate.Aggregator);
}
