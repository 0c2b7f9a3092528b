using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>An operator of the user's own in the graph.</summary>
internal sealed class BatchNode<TKey, TIn, TOut>(string name, KeyedStream<TKey, TIn> input, Func<BatchOperator<TKey, TIn, TOut>> create)
    : KeyedNode<TKey, TIn, TOut>(name, "own", input)
{
    /// <summary>What it puts out beside its results.</summary>
    public TaggedOutputs Outputs => field ??= new TaggedOutputs(this);

    /// <summary>As that of process functions: timers may be set for any microsecond.</summary>
    public override long WatermarkGranularity => 1_000;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        ProcessStates<TKey>.Check(create, pipeline, Name);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new ProcessStates<TKey>(create(), shards, undoes: false);

    protected override KeyedOperator<TKey, TIn> Build(StageBuild build, RegionSite<TKey, TIn> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        BatchOperator<TKey, TIn, TOut> function = create();
        var states = new ProcessStates<TKey>(function, site.Shards, site.Errors.Skips);
        EventTimeLives.Check(build, this, states.Expiring?.NeedsEventTime);
        return new BatchRegion<TKey, TIn, TOut>(
            site, function, states, output, Outputs.Open(build), ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}

/// <summary>One region of an operator of the user's own.</summary>
internal sealed class BatchRegion<TKey, TIn, TOut> : RowByRowOperator<TKey, TIn, TOut>, IProcessingTimePart
{
    private readonly BatchOperator<TKey, TIn, TOut> _operator;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private readonly BatchCursor<TKey, TOut> _cursor;
    private readonly BatchCall<TKey, TIn, TOut> _onBatch;
    private long _clock = EventTime.MinValue;

    public BatchRegion(RegionSite<TKey, TIn> site, BatchOperator<TKey, TIn, TOut> operatorOfTheUser, ProcessStates<TKey> states,
        Receiver<TOut> output,
        SideOutputs sides, string? noEventTime)
        : base(site, output, sides.All)
    {
        (_operator, _states, _onBatch) = (operatorOfTheUser, states, operatorOfTheUser.OnBatch);
        _calls = new Calls(this, sides, noEventTime);
        _cursor = new BatchCursor<TKey, TOut>(_calls, OperatorName, () => !IsOutputFull, BeginRow);
        states.Expiring?.Clock.Use(Context.Clock);
    }

    public override KeptBack KeptBack => KeptBack.Of("timers", () => _states.EventTimers.Count);

    public override EntityStates<TKey> Entities => _states;

    public long NextProcessingTime => _states.ClockTimers.NextTime;

    public void OnProcessingTime(long now)
    {
        _clock = now;
        FireClock();
    }

    protected override void OnRows(in Chunk<TIn> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onBatch);

    protected override void OnRow(in TIn row, TKey key, ulong hash, long time) =>
        throw new System.Diagnostics.UnreachableException("It takes rows in batches.");

    protected override bool FireOne(long watermark) => _calls.FireOne(watermark, isProcessingTime: false, Errors);

    protected override bool FireOneByClock() => _calls.FireOne(_clock, isProcessingTime: true, Errors);

    protected override void RollBack() => _states.Scope.RollBack();

    private sealed class Calls(BatchRegion<TKey, TIn, TOut> region, SideOutputs sides, string? noEventTime)
        : ProcessCalls<TKey, TOut>(region._states, region.Context, sides, noEventTime)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void OnTimer(TimerFiring firing) => region._operator.OnTimer(firing, this);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
