using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Stages;

/// <summary>The one timer of an actor: wakes it at the earliest moment at which a part wants to be called in processing time, and calls
/// those that are due.</summary>
internal sealed class StageTimer(StageContext context) : IAsyncDisposable
{
    private ITimer? _timer;
    private long _at = EventTime.MaxValue;

    public void Start() =>
        _timer = context.Clock.CreateTimer(static inbox => ((Inbox)inbox!).Wake(), context.Inbox, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Calls the parts whose time has come.</summary>
    /// <returns>Whether any was called.</returns>
    public bool Fire()
    {
        if (context.ProcessingTimeParts.Length == 0)
            return false;
        long now = context.Clock.GetUtcNow().ToMicros();
        bool fired = false;
        foreach (IProcessingTimePart part in context.ProcessingTimeParts)
        {
            if (part.NextProcessingTime > now || context.MustYield || context.AnySuspended())
                continue;
            part.OnProcessingTime(now);
            fired = true;
        }

        return fired;
    }

    /// <summary>Sets the timer anew; the actor is about to wait.</summary>
    public void Set()
    {
        // While calls hold the actor back nothing is fired: the call that returns wakes it.
        if (context.AnySuspended())
            return;
        long next = EventTime.MaxValue;
        foreach (IProcessingTimePart part in context.ProcessingTimeParts)
            next = Math.Min(next, part.NextProcessingTime);
        if (next == _at && next == EventTime.MaxValue)
            return;
        _at = next;
        if (next == EventTime.MaxValue)
        {
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        long wait = Math.Clamp(next - context.Clock.GetUtcNow().ToMicros(), 0, TimeSpan.FromDays(1).ToMicros());
        // Timers count whole milliseconds: rounded up, it is due when it fires.
        _timer!.Change(TimeSpan.FromMilliseconds((wait + 999) / 1000), Timeout.InfiniteTimeSpan);
    }
}
