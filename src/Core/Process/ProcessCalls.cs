using ActorStreams.Core.Actors;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Process;

/// <summary>What user code is given of the row or timer it is called for; its timers are taken back with the row.</summary>
internal abstract class ProcessCalls<TKey, TOut>(ProcessStates<TKey> states, ActorContext context) : ProcessContext<TKey, TOut>
{
    private long _time;

    public override TKey Key => Scope.Key;

    public override long Time => _time;

    public override long ProcessingTime => context.Clock.GetUtcNow().ToMicros();

    private KeyScope<TKey> Scope => states.Scope;

    /// <summary>A row of a key comes.</summary>
    public void Enter(TKey key, ulong hash, long time)
    {
        Scope.Enter(key, hash);
        _time = time;
    }

    /// <summary>Takes a timer that is due and enters its key.</summary>
    /// <returns>False if none is due.</returns>
    public bool TryEnterTimer(long now, bool isProcessingTime, out TimerFiring firing)
    {
        bool isDue = (isProcessingTime ? states.ClockTimers : states.EventTimers).TryTake(now, out TKey key, out ulong hash, out long time);
        if (isDue)
            Enter(key, hash, isProcessingTime ? Watermark : time);
        firing = new TimerFiring(time, isProcessingTime);
        return isDue;
    }

    public override void Emit(TOut row) => Emit(row, _time);

    public override void SetTimer(long time) => Add(states.EventTimers, time);

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

    // In methods of their own: where nothing is undone, nothing is captured.
    private void NoteAdded(TimerQueue<TKey> timers, TKey key, long time) => Scope.Undo!.Add(() => timers.Remove(key, time));

    private void NoteRemoved(TimerQueue<TKey> timers, TKey key, ulong hash, long time) => Scope.Undo!.Add(() => timers.Add(key, hash, time));
}
