using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace ActorStreams.TestKit;

/// <summary>Akka's scheduler on the clock of a simulation: what actors schedule happens in virtual time.</summary>
internal sealed class SimulatedTimers(Config scheduler, ILoggingAdapter log) : SchedulerBase(scheduler, log), IDisposable
{
    private readonly SimulationPump? _pump = SimulatedSystem.LoopOf(scheduler).Pump;
    private readonly VirtualClock _clock = SimulatedSystem.LoopOf(scheduler).Clock;

    public override TimeSpan MonotonicClock => _clock.Elapsed;

    public override TimeSpan HighResMonotonicClock => _clock.Elapsed;

    /// <summary>The system has terminated.</summary>
    public void Dispose() => _pump?.Stop();

    protected override DateTimeOffset TimeNow => _clock.GetUtcNow();

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender,
        ICancelable cancelable) => Set(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
        IActorRef sender, ICancelable cancelable) => Set(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Set(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action,
        ICancelable cancelable) =>
        Set(initialDelay, interval, action.Run, cancelable);

    private void Set(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        if (cancelable?.IsCancellationRequested == true)
            return;
        ITimer timer = _clock.CreateTimer(static action => ((Action)action!)(), action, delay, interval);
        cancelable?.Token.UnsafeRegister(static timer => ((ITimer)timer!).Dispose(), timer);
    }
}
