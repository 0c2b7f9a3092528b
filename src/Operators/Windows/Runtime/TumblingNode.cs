using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>Windows that cut time into pieces and fire once, in the graph.</summary>
internal sealed class TumblingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, IPartitionOfTime windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{options.Definition}, {aggregate.Description}, late rows {options.LateText(LateNode)}";

    public override string Definition => $"{options.Definition}, {aggregate.Definition}";

    public override bool NeedsDeadLetters => options.Late == LateRows.DeadLetter;

    public override long WatermarkGranularity => options.Windows!.Granularity;

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
            Name, build.Context, shards, KeyOf, errors, windows, aggregate.Aggregator, Entities(shards), output, options.Late, lateOutput);
        build.Context.Resumables.Add(region);
        return region;
    }

    private WindowEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards) => new(shards, windows, aggregate.Aggregator);
}
