using ActorStreams.Authoring;
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

    protected override TwoInputOperator<TKey, TLeft, TRight, TOut> Build(StageBuild build, ShardRange shards)
    {
        Receiver<TOut> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        CoProcessFunction<TKey, TLeft, TRight, TOut> function = create();
        return new CoProcessRegion<TKey, TLeft, TRight, TOut>(Name, build.Context, shards, LeftKeyOf, RightKeyOf, errors, output,
            function, new ProcessStates<TKey>(function, shards, errors.Skips), ProcessCalls<TKey, TOut>.WhyNoTimers(build, this));
    }
}

/// <summary>One region of user code on two streams.</summary>
internal sealed class CoProcessRegion<TKey, TLeft, TRight, TOut> : TwoInputOperator<TKey, TLeft, TRight, TOut>, IProcessingTimePart
{
    private readonly CoProcessFunction<TKey, TLeft, TRight, TOut> _function;
    private readonly ProcessStates<TKey> _states;
    private readonly Calls _calls;
    private long _clock = EventTime.MinValue;

    public CoProcessRegion(string name, StageContext context, ShardRange shards, Func<TLeft, TKey> leftKeyOf, Func<TRight, TKey> rightKeyOf, OperatorErrors errors,
        Receiver<TOut> output, CoProcessFunction<TKey, TLeft, TRight, TOut> function, ProcessStates<TKey> states, string? noEventTime)
        : base(name, context, shards, leftKeyOf, rightKeyOf, errors, output)
    {
        (_function, _states) = (function, states);
        _calls = new Calls(this, noEventTime);
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
    }

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time)
    {
        _calls.Enter(key, hash, time);
        _function.OnRight(row, _calls);
    }

    protected override bool FireOne(long watermark) => FireOne(watermark, isProcessingTime: false);

    protected override bool FireOneByClock() => FireOne(_clock, isProcessingTime: true);

    protected override void RollBack() => _states.Scope.RollBack();

    private bool FireOne(long now, bool isProcessingTime)
    {
        if (!_calls.TryEnterTimer(now, isProcessingTime, out TimerFiring firing))
            return false;
        try
        {
            _function.OnTimer(firing, _calls);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"timer of key {_calls.Key} at {EventTime.Format(firing.Time)}", firing.Time, Position.None);
            ((ITwoInputs)this).OnRowFailed();
        }

        return true;
    }

    private sealed class Calls(CoProcessRegion<TKey, TLeft, TRight, TOut> region, string? noEventTime)
        : ProcessCalls<TKey, TOut>(region._states, region.Context, noEventTime)
    {
        public override long Watermark => region.Watermark;

        public override void Emit(TOut row, long time) => region.Emit(row, time);
    }
}
