using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>One region of an operator that runs user code.</summary>
internal sealed class ProcessRegion<TKey, TIn, TOut> : RowByRowOperator<TKey, TIn, TOut>, IProcessingTimePart
{
    private readonly ProcessFunction<TKey, TIn, TOut> _function;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private long _clock = EventTime.MinValue;

    public ProcessRegion(RegionSite<TKey, TIn> site,
        ProcessFunction<TKey, TIn, TOut> function, ProcessStates<TKey> states, Receiver<TOut> output,
        SideOutputs sides, string? noEventTime)
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

    protected override void OnRow(in TIn row, TKey key, ulong hash, long time)
    {
        _calls.Enter(key, hash, time);
        _function.OnRow(row, _calls);
        _calls.Leave();
    }

    protected override bool FireOne(long watermark) => _calls.FireOne(watermark, isProcessingTime: false, Errors);

    protected override bool FireOneByClock() => _calls.FireOne(_clock, isProcessingTime: true, Errors);

    protected override void RollBack() => _states.Scope.RollBack();

    private sealed class Calls(ProcessRegion<TKey, TIn, TOut> region, SideOutputs sides, string? noEventTime)
        : ProcessCalls<TKey, TOut>(region._states, region.Context, sides, noEventTime)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void OnTimer(TimerFiring firing) => region._function.OnTimer(firing, this);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
