using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Process;

/// <summary>User code on two streams in the graph.</summary>
internal sealed class CoProcessNode<TKey, TLeft, TRight, TOut>(
    string name, SideInput<TKey, TLeft> left, SideInput<TKey, TRight> right, Func<CoProcessFunction<TKey, TLeft, TRight, TOut>> create)
    : TwoInputNode<TKey, TLeft, TRight, TOut>(name, "co-process", left, right)
{
    private const long TimerGranularity = 1_000;

    public override long WatermarkGranularity => TimerGranularity;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        try
        {
            create();
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{pipeline}', operator '{Name}': {error.Message}", error);
        }
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new ProcessStates<TKey>(create(), shards, undoes: false);

    protected override TwoInputOperator<TKey, TLeft, TRight, TOut> Build(ActorBuild build, ShardRange shards)
    {
        Receiver<TOut> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        CoProcessFunction<TKey, TLeft, TRight, TOut> function = create();
        var region = new CoProcessRegion<TKey, TLeft, TRight, TOut>(Name, build.Context, shards, LeftKeyOf, RightKeyOf, errors, output,
            function, new ProcessStates<TKey>(function, shards, errors.Skips));
        build.Context.ProcessingTimeParts.Add(region);
        return region;
    }
}

/// <summary>One region of user code on two streams.</summary>
internal sealed class CoProcessRegion<TKey, TLeft, TRight, TOut> : TwoInputOperator<TKey, TLeft, TRight, TOut>, IProcessingTimePart
{
    private readonly CoProcessFunction<TKey, TLeft, TRight, TOut> _function;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private long _clock = EventTime.MinValue;

    public CoProcessRegion(string name, ActorContext context, ShardRange shards, Func<TLeft, TKey> leftKeyOf, Func<TRight, TKey> rightKeyOf, OperatorErrors errors,
        Receiver<TOut> output, CoProcessFunction<TKey, TLeft, TRight, TOut> function, ProcessStates<TKey> states)
        : base(name, context, shards, leftKeyOf, rightKeyOf, errors, output)
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

    protected override void OnLeft(in TLeft row, TKey key, ulong hash, long time)
    {
        _states.Scope.Enter(key, hash);
        _calls.At(time);
        _function.OnLeft(row, _calls);
    }

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time)
    {
        _states.Scope.Enter(key, hash);
        _calls.At(time);
        _function.OnRight(row, _calls);
    }

    protected override bool FireOne(long watermark) => FireOne(_states.EventTimers, watermark, isProcessingTime: false);

    protected override bool FireOneByClock()
    {
        BeginRow();
        return FireOne(_states.ClockTimers, _clock, isProcessingTime: true);
    }

    protected override void RollBack() => _states.Scope.RollBack();

    private bool FireOne(TimerQueue<TKey> timers, long now, bool isProcessingTime)
    {
        if (!timers.TryTake(now, out TKey key, out ulong hash, out long time))
            return false;
        _states.Scope.Enter(key, hash);
        _calls.At(isProcessingTime ? Watermark : time);
        try
        {
            _function.OnTimer(new TimerFiring(time, isProcessingTime), _calls);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"timer of key {key} at {EventTime.Format(time)}", time, Records.Position.None);
            ((ITwoInputs)this).OnRowFailed();
        }

        return true;
    }

    private sealed class Calls(CoProcessRegion<TKey, TLeft, TRight, TOut> region) : ProcessContext<TKey, TOut>
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
