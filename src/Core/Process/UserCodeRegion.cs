using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>One region of user code on one stream: its states, its timers, what it is called with. How rows reach it says a
/// subclass.</summary>
internal abstract class UserCodeRegion<TKey, TIn, TOut> : RowByRowOperator<TKey, TIn, TOut>, IProcessingTimePart
{
    private readonly ProcessStates<TKey> _states;
    private long _clock = EventTime.MinValue;

    /// <param name="site">Where it runs.</param>
    /// <param name="output">Takes what the code puts out.</param>
    /// <param name="code">What the code needs.</param>
    /// <param name="onTimer">Calls the code for a timer.</param>
    protected UserCodeRegion(RegionSite<TKey, TIn> site, Receiver<TOut> output, UserCodeInstance<TKey> code,
        Action<TimerFiring, ProcessContext<TKey, TOut>> onTimer)
        : base(site, output, code.Sides.All)
    {
        _states = code.States;
        Calls = new CallsOfRegion(this, code, onTimer);
    }

    public override KeptBack KeptBack => _states.KeptBack;

    public override EntityStates<TKey> Entities => _states;

    public long NextProcessingTime => _states.ClockTimers.NextTime;

    /// <summary>What the code is called with.</summary>
    protected ProcessCalls<TKey, TOut> Calls { get; }

    public void OnProcessingTime(long now)
    {
        _clock = now;
        FireClock();
    }

    protected sealed override bool FireOne(long watermark) => Calls.FireOne(watermark, isProcessingTime: false, Errors);

    protected sealed override bool FireOneByClock() => Calls.FireOne(_clock, isProcessingTime: true, Errors);

    protected sealed override void RollBack() => _states.Scope.RollBack();

    private sealed class CallsOfRegion(
        UserCodeRegion<TKey, TIn, TOut> region, UserCodeInstance<TKey> code, Action<TimerFiring, ProcessContext<TKey, TOut>> onTimer)
        : ProcessCalls<TKey, TOut>(code, region.Context, onTimer)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
