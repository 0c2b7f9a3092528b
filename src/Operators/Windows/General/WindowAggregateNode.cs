using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;

namespace ActorStreams.Operators.Windows.General;

/// <summary>What window operators in the graph share: their late rows, and what their stored panes depend on.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TAgg">How the aggregate is computed.</typeparam>
/// <typeparam name="TAcc">What is kept per key and window.</typeparam>
/// <typeparam name="TOut">The result of the aggregate.</typeparam>
/// <typeparam name="TRow">What comes out of the operator.</typeparam>
internal abstract class WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, TRow>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, TRow>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public LateSide<T> Late { get; } = new(options.Late, options.IsBySource);

    public override string Detail => $"{options.Definition}, {aggregate.Description}, late rows {Late}";

    public sealed override string Definition => $"{options.Definition}{StoredAs}, {aggregate.Definition}";

    public override bool NeedsSourceWatermarks => options.IsBySource;

    /// <summary>On-time results are never late for the next operator, whatever partition their rows came from: they need no more than to be
    /// without.</summary>
    public override IReadOnlyList<StreamNode>? SourceWatermarksFrom => options is { IsBySource: true, FiresOnceOnTime: true } ? [] : null;

    public override bool NeedsDeadLetters => Late.NeedsDeadLetters;

    public override EventTimeNeed? EventTimeNeed => options.IsProcessingTime || options.Windows is GlobalWindows
        ? null
        : new(
            $"rows belong to {(object?)options.Windows ?? options.OwnWindows!.Definition} by their event times, and the watermark completes these",
            options.Windows is null ? null : "take the windows by the clock: Window.….InProcessingTime()");

    protected WindowOptions<T> Options => options;

    protected Aggregate<T, TAgg, TAcc, TOut> Aggregate => aggregate;

    /// <summary>How panes are stored, where that is not as the others do: state of one kind means nothing to another.</summary>
    protected virtual string StoredAs => "";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    protected sealed override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        Receiver<TRow> output = build.Downstream(this);
        LateOutput<T> late = Late.Output(build, site.Errors);
        return Build(site, late.Beside(output), late);
    }

    /// <summary>Builds one region.</summary>
    /// <param name="site">Where it stands.</param>
    /// <param name="output">What takes its results; late rows hear of the watermark with it.</param>
    /// <param name="late">What takes its late rows.</param>
    protected abstract KeyedOperator<TKey, T> Build(RegionSite<TKey, T> site, Receiver<TRow> output, LateOutput<T> late);
}
