using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>A sliding aggregate per row, in the graph.</summary>
internal sealed class OverNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, Frame frame, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, OverResult<T, TOut>>(name, "over", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public LateSide<T> Late { get; } = new(options.Late, options.IsBySource);

    public override string Detail => $"{frame}, {aggregate.Description}, late rows {Late}";

    public override string Definition => $"{frame}";

    public override bool NeedsSourceWatermarks => options.IsBySource;

    /// <summary>A result goes out before its time is told to be complete: it is never late for the next operator.</summary>
    public override IReadOnlyList<StreamNode>? SourceWatermarksFrom => options.IsBySource ? [] : null;

    public override bool NeedsDeadLetters => Late.NeedsDeadLetters;

    public override long WatermarkGranularity => frame.Step;

    public override EventTimeNeed EventTimeNeed => new(
        "each row waits until the watermark has passed it, and its frame follows from event times");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new FrameEntities<TKey, T, TAcc>(shards);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        Receiver<OverResult<T, TOut>> output = build.Downstream(this);
        LateOutput<T> late = Late.Output(build, site.Errors);
        return new OverRegion<TKey, T, TAgg, TAcc, TOut>(
            site, frame, new FrameAggregate<T, TAgg, TAcc, TOut>(aggregate, site.Errors.Skips),
            new FrameEntities<TKey, T, TAcc>(site.Shards), new InSteps<OverResult<T, TOut>>(frame, late.Beside(output)), late);
    }
}

/// <summary>Tells the output no more of the watermark than the operator acts upon.</summary>
internal sealed class InSteps<TOut>(Frame frame, Receiver<TOut> output) : Receiver<TOut>
{
    public override void OnChunk(in Chunk<TOut> chunk) => output.OnChunk(chunk);

    public override void OnWatermark(long watermark) => output.OnWatermark(frame.Complete(watermark));
}
