using Akka.Actor;

namespace ActorStreams.Actors.Turns;

/// <summary>An actor whose work is asynchronous code that runs in its turns.</summary>
/// <param name="turns">Its turns, which are bound to it where it is made.</param>
internal abstract class TurnActor(TurnScheduler turns) : UntypedActor
{
    protected TurnScheduler Turns { get; } = turns;

    /// <summary>What comes besides turns.</summary>
    protected abstract void OnMessage(object message);

    protected sealed override void OnReceive(object message)
    {
        if (message is Turn)
        {
            Turns.TakeTurn();
            return;
        }

        Turns.BeginReceive();
        try
        {
            OnMessage(message);
        }
        finally
        {
            Turns.EndReceive();
        }
    }

    /// <summary>A child that fails ends the attempt, which restarts as a whole: never the child by itself.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PreRestart(Exception reason, object message) =>
        throw new InvalidOperationException("Its state is that of one attempt: it is stopped, not restarted.", reason);

    protected override void PostStop() => Turns.Stop();
}
