using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>The context of user code: the row or timer that it is called for, timers and output. Timers are taken back with the
/// row.</summary>
/// <param name="code">The code's states, timers and further outputs.</param>
/// <param name="context">The actor.</param>
/// <param name="onTimer">Calls the code for a timer.</param>
internal abstract class ProcessCalls<TKey, TOut>(
    UserCodeInstance<TKey> code, StageContext context, Action<TimerFiring, ProcessContext<TKey, TOut>> onTimer)
    : ProcessContext<TKey, TOut>
{
    private readonly ProcessStates<TKey> _states = code.UsingClock(context.Clock);
    private long _time;

    public override TKey Key => Scope.Key;

    public override long Time => _time;

    public override long ProcessingTime => context.Clock.GetUtcNow().ToMicros();

    private protected override SideOutputs Sides => code.Sides;

    private KeyScope<TKey> Scope => _states.Scope;

    /// <summary>A row of a key comes.</summary>
    public void Enter(TKey key, ulong hash, long time)
    {
        Scope.Enter(key, hash);
        _time = time;
        _states.Expiring?.OnRow(time, Watermark);
    }

    /// <summary>The row is done, and has not failed.</summary>
    public void Leave() => _states.Expiring?.Leave();

    /// <summary>Runs user code on one timer that is due; if it throws, what it has put out and changed is taken back.</summary>
    /// <returns>False if none is due.</returns>
    public bool FireOne(long now, bool isProcessingTime, OperatorErrors errors)
    {
        if (!(isProcessingTime ? _states.ClockTimers : _states.EventTimers).TryTake(now, out TKey key, out ulong hash, out long time))
        {
            if (!isProcessingTime)
                _states.Expiring?.OnWatermark(now);
            return false;
        }

        EnterTimer(key, hash, time, isProcessingTime);
        try
        {
            onTimer(new TimerFiring(time, isProcessingTime), this);
            Leave();
        }
        catch (Exception error)
        {
            errors.OnPayload(error, $"timer of key {Key} at {EventTime.Format(time)}", time, Position.None);
            TakeBack();
        }

        return true;
    }

    /// <summary>User code threw: takes back what it has put out and changed.</summary>
    protected abstract void TakeBack();

    public override void Emit(TOut row) => Emit(row, _time);

    public override void SetTimer(long time)
    {
        if (code.NoEventTime is { } whyNot)
            throw new PipelineException(whyNot);
        Add(_states.EventTimers, time);
        _states.Expiring?.OnTimerSet(time);
    }

    public override void DeleteTimer(long time) => Remove(_states.EventTimers, time);

    public override void SetProcessingTimer(long time) => Add(_states.ClockTimers, time);

    public override void DeleteProcessingTimer(long time) => Remove(_states.ClockTimers, time);

    private void Add(TimerQueue<TKey> timers, long time)
    {
        (TKey key, ulong hash) = (Scope.Key, Scope.Hash);
        if (timers.Add(key, hash, time) && Scope.Undo is not null)
            NoteAdded(timers, key, time);
    }

    private void Remove(TimerQueue<TKey> timers, long time)
    {
        (TKey key, ulong hash) = (Scope.Key, Scope.Hash);
        if (timers.Remove(key, time) && Scope.Undo is not null)
            NoteRemoved(timers, key, hash, time);
    }

    private void EnterTimer(TKey key, ulong hash, long time, bool isProcessingTime)
    {
        if (isProcessingTime)
        {
            Enter(key, hash, Watermark);
            return;
        }

        Scope.Enter(key, hash);
        _time = time;
        _states.Expiring?.OnTimer(time);
    }

    // In methods of their own: where nothing is undone, nothing is captured.
    private void NoteAdded(TimerQueue<TKey> timers, TKey key, long time) => Scope.Undo!.Add(() => timers.Remove(key, time));

    private void NoteRemoved(TimerQueue<TKey> timers, TKey key, ulong hash, long time) =>
        Scope.Undo!.Add(() => timers.Add(key, hash, time));
}
