using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Process;

/// <summary>One region of an operator that runs user code.</summary>
internal sealed class ProcessRegion<TKey, TIn, TOut> : RowByRowOperator<TKey, TIn, TOut>, IProcessingTimePart
{
    private readonly ProcessFunction<TKey, TIn, TOut> _function;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private long _clock = EventTime.MinValue;

    public ProcessRegion(string name, ActorContext context, ShardRange shards, Func<TIn, TKey> keyOf, OperatorErrors errors,
        ProcessFunction<TKey, TIn, TOut> function, ProcessStates<TKey> states, Receiver<TOut> output)
        : base(name, context, shards, keyOf, errors, output)
    {
        (_function, _states) = (function, states);
        _calls = new Calls(this);
    }

    public override EntityStates<TKey> Entities => _states;

    public long NextProcessingTime => _states.ClockTimers.NextTime;

    public void OnProcessingTime(long now)
    {
        _clock = now;
        FireClock();
    }

    protected override void OnRow(in TIn row, TKey key, ulong hash, long time)
    {
        _states.Scope.Enter(key, hash);
        _calls.At(time);
        _function.OnRow(row, _calls);
    }

    protected override bool FireOne(long watermark) => FireOne(_states.EventTimers, watermark, isProcessingTime: false);

    protected override bool FireOneByClock() => FireOne(_states.ClockTimers, _clock, isProcessingTime: true);

    protected override void RollBack() => _states.Scope.RollBack();

    private bool FireOne(TimerQueue<TKey> timers, long now, bool isProcessingTime)
    {
        if (!timers.TryTake(now, out TKey key, out ulong hash, out long time))
            return false;
        _states.Scope.Enter(key, hash);
        _calls.At(isProcessingTime ? Watermark : time);
        int before = Unsent;
        try
        {
            _function.OnTimer(new TimerFiring(time, isProcessingTime), _calls);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"timer of key {key} at {EventTime.Format(time)}", time, Records.Position.None);
            TakeBack(before);
            RollBack();
        }

        return true;
    }

    private sealed class Calls(ProcessRegion<TKey, TIn, TOut> region) : ProcessContext<TKey, TOut>
    {
        private long _time;

        public override TKey Key => Scope.Key;

        public override long Time => _time;

        public override long Watermark => region.Watermark;

        public override long ProcessingTime => region.Context.Clock.GetUtcNow().ToMicros();

        private KeyScope<TKey> Scope => region._states.Scope;

        public void At(long time) => _time = time;

        public override void Emit(TOut row) => region.Emit(row, _time);

        public override void Emit(TOut row, long time) => region.Emit(row, time);

        public override void SetTimer(long time) => Add(region._states.EventTimers, time);

        public override void DeleteTimer(long time) => Remove(region._states.EventTimers, time);

        public override void SetProcessingTimer(long time) => Add(region._states.ClockTimers, time);

        public override void DeleteProcessingTimer(long time) => Remove(region._states.ClockTimers, time);

        private void Add(TimerQueue<TKey> timers, long time)
        {
            (TKey key, ulong hash) = (Scope.Key, Scope.Hash);
            if (timers.Add(key, hash, time))
                Scope.Undo?.Add(() => timers.Remove(key, time));
        }

        private void Remove(TimerQueue<TKey> timers, long time)
        {
            (TKey key, ulong hash) = (Scope.Key, Scope.Hash);
            if (timers.Remove(key, time))
                Scope.Undo?.Add(() => timers.Add(key, hash, time));
        }
    }
}
