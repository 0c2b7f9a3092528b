using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>An operator of the user's own with two inputs, in the graph.</summary>
internal sealed class TwoInputBatchNode<TKey, TLeft, TRight, TOut>(
    string name, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, Func<TwoInputBatchOperator<TKey, TLeft, TRight, TOut>> create)
    : TwoInputNode<TKey, TLeft, TRight, TOut>(name, "own", left, right)
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

    protected override TwoInputOperator<TKey, TLeft, TRight, TOut> Build(StageBuild build, TwoInputSite<TKey, TLeft, TRight> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        TwoInputBatchOperator<TKey, TLeft, TRight, TOut> function = create();
        var states = new ProcessStates<TKey>(function, site.Shards, site.Errors.Skips);
        EventTimeLives.Check(build, this, states.Expiring?.NeedsEventTime);
        return new TwoInputBatchRegion<TKey, TLeft, TRight, TOut>(
            site, output, function, states, Outputs.Open(build), ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}

/// <summary>One region of an operator of the user's own with two inputs.</summary>
internal sealed class TwoInputBatchRegion<TKey, TLeft, TRight, TOut> : TwoInputOperator<TKey, TLeft, TRight, TOut>, IProcessingTimePart
{
    private readonly TwoInputBatchOperator<TKey, TLeft, TRight, TOut> _operator;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private readonly BatchCursor<TKey, TOut> _cursor;
    private readonly BatchCall<TKey, TLeft, TOut> _onLeft;
    private readonly BatchCall<TKey, TRight, TOut> _onRight;
    private long _clock = EventTime.MinValue;

    public TwoInputBatchRegion(TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output,
        TwoInputBatchOperator<TKey, TLeft, TRight, TOut> operatorOfTheUser, ProcessStates<TKey> states, SideOutputs sides,
            string? noEventTime)
        : base(site, output, sides.All)
    {
        (_operator, _states, _onLeft, _onRight) = (operatorOfTheUser, states, operatorOfTheUser.OnLeft, operatorOfTheUser.OnRight);
        _calls = new Calls(this, sides, noEventTime);
        _cursor = new BatchCursor<TKey, TOut>(_calls, OperatorName, () => !IsOutputFull, _ => BeginRow());
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

    protected override void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onLeft);

    protected override void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onRight);

    protected override bool FireOne(long watermark) => _calls.FireOne(watermark, isProcessingTime: false, Errors);

    protected override bool FireOneByClock() => _calls.FireOne(_clock, isProcessingTime: true, Errors);

    protected override void RollBack() => _states.Scope.RollBack();

    private sealed class Calls(TwoInputBatchRegion<TKey, TLeft, TRight, TOut> region, SideOutputs sides, string? noEventTime)
        : ProcessCalls<TKey, TOut>(region._states, region.Context, sides, noEventTime)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void OnTimer(TimerFiring firing) => region._operator.OnTimer(firing, this);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
