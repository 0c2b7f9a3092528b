using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>User code on two streams in the graph.</summary>
internal sealed class CoProcessNode<TKey, TLeft, TRight, TOut>(
    string name, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, Func<CoProcessFunction<TKey, TLeft, TRight, TOut>> create)
    : TwoInputNode<TKey, TLeft, TRight, TOut>(name, "co-process", left, right)
{
    private const long TimerGranularity = 1_000;

    /// <summary>What it puts out beside its results.</summary>
    public TaggedOutputs Outputs => field ??= new TaggedOutputs(this);

    public override long WatermarkGranularity => TimerGranularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        ProcessStates<TKey>.Check(create, pipeline, Name);
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new ProcessStates<TKey>(create(), shards, undoes: false);

    protected override TwoInputOperator<TKey, TLeft, TRight, TOut> Build(StageBuild build, TwoInputSite<TKey, TLeft, TRight> site)
    {
        Receiver<TOut> output = build.Downstream(this);
        CoProcessFunction<TKey, TLeft, TRight, TOut> function = create();
        var states = new ProcessStates<TKey>(function, site.Shards, site.Errors.Skips);
        EventTimeLives.Check(build, this, states.Expiring?.NeedsEventTime);
        return new CoProcessRegion<TKey, TLeft, TRight, TOut>(
            site, output, function, states, Outputs.Open(build), ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}

/// <summary>One region of user code on two streams.</summary>
internal sealed class CoProcessRegion<TKey, TLeft, TRight, TOut> : RowByRowTwoInputOperator<TKey, TLeft, TRight, TOut>, IProcessingTimePart
{
    private readonly CoProcessFunction<TKey, TLeft, TRight, TOut> _function;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private long _clock = EventTime.MinValue;

    public CoProcessRegion(TwoInputSite<TKey, TLeft, TRight> site,
        Receiver<TOut> output, CoProcessFunction<TKey, TLeft, TRight, TOut> function, ProcessStates<TKey> states, SideOutputs sides,
        string? noEventTime)
        : base(site, output, sides.All)
    {
        (_function, _states) = (function, states);
        _calls = new Calls(this, sides, noEventTime);
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

    protected override void OnLeft(in TLeft row, TKey key, ulong hash, long time)
    {
        _calls.Enter(key, hash, time);
        _function.OnLeft(row, _calls);
        _calls.Leave();
    }

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time)
    {
        _calls.Enter(key, hash, time);
        _function.OnRight(row, _calls);
        _calls.Leave();
    }

    protected override bool FireOne(long watermark) => _calls.FireOne(watermark, isProcessingTime: false, Errors);

    protected override bool FireOneByClock() => _calls.FireOne(_clock, isProcessingTime: true, Errors);

    protected override void RollBack() => _states.Scope.RollBack();

    private sealed class Calls(CoProcessRegion<TKey, TLeft, TRight, TOut> region, SideOutputs sides, string? noEventTime)
        : ProcessCalls<TKey, TOut>(region._states, region.Context, sides, noEventTime)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void OnTimer(TimerFiring firing) => region._function.OnTimer(firing, this);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
