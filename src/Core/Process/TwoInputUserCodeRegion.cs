using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>One region of user code on two streams; else as <see cref="UserCodeRegion{TKey, TIn, TOut}"/>.</summary>
internal abstract class TwoInputUserCodeRegion<TKey, TLeft, TRight, TOut>
    : RowByRowTwoInputOperator<TKey, TLeft, TRight, TOut>, IProcessingTimePart
{
    private readonly ProcessStates<TKey> _states;
    private long _clock = EventTime.MinValue;

    /// <inheritdoc cref="UserCodeRegion{TKey, TIn, TOut}(RegionSite{TKey, TIn}, Receiver{TOut}, UserCodeInstance{TKey},
    /// Action{TimerFiring, ProcessContext{TKey, TOut}})"/>
    protected TwoInputUserCodeRegion(TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output, UserCodeInstance<TKey> code,
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
        TwoInputUserCodeRegion<TKey, TLeft, TRight, TOut> region, UserCodeInstance<TKey> code,
        Action<TimerFiring, ProcessContext<TKey, TOut>> onTimer)
        : ProcessCalls<TKey, TOut>(code, region.Context, onTimer)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        protected override void TakeBack() => region.TakeBackRow();
    }
}
