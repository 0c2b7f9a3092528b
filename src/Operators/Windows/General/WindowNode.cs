using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>A window operator of any kind in the graph.</summary>
internal abstract class WindowNode<TKey, T, TAgg, TAcc, TOut, TRow>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, TRow>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly TriggerProgram _program = new(options.Trigger);

    /// <summary>Boundaries are those of the windows, each again after the allowed lateness, and those of the trigger.</summary>
    public override long WatermarkGranularity
    {
        get
        {
            long granularity = Options.Windows?.Granularity ?? Options.OwnWindows!.Granularity.ToMicros();
            if (granularity > 0)
                granularity = EventTime.GreatestCommonDivisor(granularity, Options.Lateness);
            return EventTime.GreatestCommonDivisor(granularity, _program.Granularity);
        }
    }

    public override EventTimeNeed? EventTimeNeed => base.EventTimeNeed ?? (_program.Granularity > 0 && !Options.IsProcessingTime
        ? new($"the trigger fires by event time ({Options.Trigger})", "take a trigger that counts rows, or one of processing time")
        : null);

    private bool KeepsResults => Options.Mode == PaneMode.Retracting;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        if (KeepsResults)
            Require<TOut>(pipeline, "result");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => States(shards);

    /// <summary>One region whose panes come out as <paramref name="panes"/> says.</summary>
    protected KeyedOperator<TKey, T> Region<TPanes>(RegionSite<TKey, T> site, TPanes panes, LateOutput<T> late)
        where TPanes : struct, IPanes<TKey, TOut> => Options.Merges
        ? new MergingRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(
            site, Options, _program, Aggregate.Aggregator, States(site.Shards), panes, late)
        : new AlignedRegion<TKey, T, TAgg, TAcc, TOut, TPanes>(
            site, Options, _program, Aggregate.Aggregator, States(site.Shards), panes, late);

    private WindowStates<TKey, T, TAgg, TAcc, TOut> States(ShardRange shards) => new(shards, Aggregate.Aggregator, KeepsResults, _program);
}

/// <summary>One whose panes come out each by itself.</summary>
internal sealed class PlainWindowNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowNode<TKey, T, TAgg, TAcc, TOut, WindowResult<TKey, TOut>>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    protected override KeyedOperator<TKey, T> Build(
        RegionSite<TKey, T> site, Receiver<WindowResult<TKey, TOut>> output, LateOutput<T> late) =>
        Region(site, new PlainPanes<TKey, TOut>(new(site.Context, output)), late);
}

/// <summary>One whose panes take back the ones before them.</summary>
internal sealed class RetractingWindowNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowNode<TKey, T, TAgg, TAcc, TOut, Change<WindowResult<TKey, TOut>>>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    protected override KeyedOperator<TKey, T> Build(
        RegionSite<TKey, T> site, Receiver<Change<WindowResult<TKey, TOut>>> output, LateOutput<T> late) =>
        Region(site, new ChangePanes<TKey, TOut>(new(site.Context, output)), late);
}
