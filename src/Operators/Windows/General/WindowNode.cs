using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams.Operators.Windows.General;

/// <summary>A window operator of any kind in the graph.</summary>
internal sealed class WindowNode<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(
    string name, KeyedStream<TKey, T> input, WindowOptions<T> options, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, TRow>(name, input, options, aggregate)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
    where TPanes : struct, IPanes<TKey, TOut, TRow>
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

    protected override KeyedOperator<TKey, T> Build(StageBuild build, ShardRange shards)
    {
        Receiver<TRow> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        LateOutput<T> late = Late.Output(build, errors);
        return Options.Merges
            ? new MergingRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(
                Name, build.Context, shards, KeyOf, errors, Options, _program, Aggregate.Aggregator, States(shards), late.Beside(output), late)
            : new AlignedRegion<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(
                Name, build.Context, shards, KeyOf, errors, Options, _program, Aggregate.Aggregator, States(shards), late.Beside(output), late);
    }

    private WindowStates<TKey, T, TAgg, TAcc, TOut> States(ShardRange shards) => new(shards, Aggregate.Aggregator, KeepsResults, _program);
}
