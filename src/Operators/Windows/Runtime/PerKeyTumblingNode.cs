using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>A tumbling aggregate by keys' own watermarks in the graph.</summary>
internal sealed class PerKeyTumblingNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyWatermarkedStream<TKey, T> input, TumblingWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate, LateRows late)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window per key", input.Keyed)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public SideNode<T>? LateNode { get; set; }

    public override string Detail => $"{windows}, {input.Settings}, {aggregate.Description}, late rows " + late switch
    {
        LateRows.Drop => "dropped",
        LateRows.Output => $"to {LateNode?.Name}",
        _ => "to dead letters",
    };

    public override string Definition => $"{windows} per key, {aggregate.Definition}";

    public override bool NeedsDeadLetters => late == LateRows.DeadLetter;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards, undoes: false);

    protected override KeyedOperator<TKey, T> Build(ActorBuild build, ShardRange shards)
    {
        Receiver<WindowResult<TKey, TOut>> output = build.Downstream(this);
        Receiver<T>? lateOutput = LateNode is null ? null : build.Downstream(LateNode);
        OperatorErrors errors = build.ErrorsOf(this);
        var region = new PerKeyTumbling<TKey, T, TAgg, TAcc, TOut>(
            Name, build.Context, shards, KeyOf, errors, windows, aggregate.Aggregator, Entities(shards, errors.Skips), output, late, lateOutput);
        build.Context.Resumables.Add(region);
        build.Context.ProcessingTimeParts.Add(region);
        return region;
    }

    private PerKeyEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards, bool undoes) => new(shards, windows, input.Settings, aggregate.Aggregator, undoes);
}
