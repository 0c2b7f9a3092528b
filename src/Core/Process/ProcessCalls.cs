using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>What user code is given of the row or timer it is called for; its timers are taken back with the row.</summary>
/// <param name="states">The function's states and timers.</param>
/// <param name="context">The actor.</param>
/// <param name="sides">The outputs beside the results.</param>
/// <param name="noEventTime">Why its rows have no event times, and what to do; null: they have.</param>
internal abstract class ProcessCalls<TKey, TOut>(
    ProcessStates<TKey> states, StageContext context, SideOutputs sides, string? noEventTime)
    : ProcessContext<TKey, TOut>
{
    private long _time;

    public override TKey Key => Scope.Key;

    public override long Time => _time;

    public override long ProcessingTime => context.Clock.GetUtcNow().ToMicros();

    private protected override SideOutputs Sides => sides;

    private KeyScope<TKey> Scope => states.Scope;

    /// <summary>A row of a key comes.</summary>
    public void Enter(TKey key, ulong hash, long time)
    {
        Scope.Enter(key, hash);
        _time = time;
        states.Expiring?.OnRow(time, Watermark);
    }

    /// <summary>The row is done, and has not failed.</summary>
    public void Leave() => states.Expiring?.Leave();

    /// <summary>Runs user code on one timer that is due; if it throws, what it has put out and changed is taken back.</summary>
    /// <returns>False if none is due.</returns>
    public bool FireOne(long now, bool isProcessingTime, OperatorErrors errors)
    {
        if (!(isProcessingTime ? states.ClockTimers : states.EventTimers).TryTake(now, out TKey key, out ulong hash, out long time))
        {
            if (!isProcessingTime)
                states.Expiring?.OnWatermark(now);
            return false;
        }

        EnterTimer(key, hash, time, isProcessingTime);
        try
        {
            OnTimer(new TimerFiring(time, isProcessingTime));
            Leave();
        }
        catch (Exception error)
        {
            errors.OnPayload(error, $"timer of key {Key} at {EventTime.Format(time)}", time, Position.None);
            TakeBack();
        }

        return true;
    }

    /// <summary>Calls user code.</summary>
    protected abstract void OnTimer(TimerFiring firing);

    /// <summary>User code threw: takes back what it has put out and changed.</summary>
    protected abstract void TakeBack();

    public override void Emit(TOut row) => Emit(row, _time);

    public override void SetTimer(long time)
    {
        if (noEventTime is not null)
            throw new PipelineException(noEventTime);
        Add(states.EventTimers, time);
        states.Expiring?.OnTimerSet(time);
    }

    public override void DeleteTimer(long time) => Remove(states.EventTimers, time);

    public override void SetProcessingTimer(long time) => Add(states.ClockTimers, time);

    public override void DeleteProcessingTimer(long time) => Remove(states.ClockTimers, time);

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
        states.Expiring?.OnTimer(time);
    }

    /// <summary>Why timers of event time would not fire; null: they do.</summary>
    public static string? WhyNoTimers(StageBuild build, StreamNode node)
    {
        if (node.Inputs.FirstOrDefault(input => !build.EventTimes.Has(input)) is not { } without)
            return null;
        return $"Operator '{node.Name}': a timer of event time is due when the watermark reaches it, and {build.EventTimes.Remedy(without)}; " +
            $"or set a timer of the clock: {nameof(SetProcessingTimer)}.";
    }

    // In methods of their own: where nothing is undone, nothing is captured.
    private void NoteAdded(TimerQueue<TKey> timers, TKey key, long time) => Scope.Undo!.Add(() => timers.Remove(key, time));

    private void NoteRemoved(TimerQueue<TKey> timers, TKey key, ulong hash, long time) =>
        Scope.Undo!.Add(() => timers.Add(key, hash, time));
}
