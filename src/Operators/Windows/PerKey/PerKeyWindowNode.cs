using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;

namespace ActorStreams.Operators.Windows.PerKey;

/// <summary>Windows by keys' own watermarks in the graph.</summary>
internal sealed class PerKeyWindowNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyWatermarkedStream<TKey, T> input, PerKeyAssigner<T> assigner, Aggregate<T, TAgg, TAcc, TOut> aggregate,
        LateRows<T> lateRows)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window per key", input.Keyed)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public LateSide<T> Late { get; } = new(lateRows);

    public override string Detail => $"{assigner}, {input.Settings}, {aggregate.Description}, late rows {Late}";

    public override string Definition => $"{assigner} per key, {aggregate.Definition}";

    public override bool NeedsDeadLetters => Late.NeedsDeadLetters;

    public override EventTimeNeed EventTimeNeed => new("a key's watermark follows from the event times of its rows");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => Entities(shards, undoes: false);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        Receiver<WindowResult<TKey, TOut>> output = build.Downstream(this);
        LateOutput<T> late = Late.Output(build, site.Errors);
        return new PerKeyRegion<TKey, T, TAgg, TAcc, TOut>(
            site, assigner, aggregate.Aggregator, Entities(site.Shards, site.Errors.Skips), late.Beside(output), late);
    }

    private PerKeyEntities<TKey, T, TAgg, TAcc, TOut> Entities(ShardRange shards, bool undoes) =>
        new(shards, input.Settings, aggregate.Aggregator, undoes);
}
