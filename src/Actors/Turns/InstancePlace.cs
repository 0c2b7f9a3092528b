using ActorStreams.Core.Exchange;
using Akka.Actor;

namespace ActorStreams.Actors.Turns;

/// <summary>What the kernel sees of a stage instance's actor.</summary>
/// <param name="turns">The actor's turns.</param>
/// <param name="receive">Takes in what the instance is told.</param>
/// <param name="onLost">Told if the actor stops while its attempt runs.</param>
internal sealed class InstancePlace(TurnScheduler turns, Action<object> receive, Action<string> onLost) : StagePlace
{
    public override TaskScheduler Scheduler => turns;

    public IActorRef Actor { get; private set; } = ActorRefs.Nobody;

    public Action<string> OnLost => onLost;

    /// <summary>Says who runs the instance; once, before anything is told to it.</summary>
    public void Bind(IActorRef actor) => Actor = turns.Bind(actor);

    public override void Tell(object message)
    {
        if (!turns.IsStopped)
            Actor.Tell(message, ActorRefs.NoSender);
    }

    /// <summary>In a turn of the actor's.</summary>
    public void Receive(object message) => receive(message);
}
