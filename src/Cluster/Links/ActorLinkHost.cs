using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Turns;
using ActorStreams.Core.Exchange;
using Akka.Actor;

namespace ActorStreams.Cluster.Links;

/// <summary>Gives each end of a link an actor: what it is told is in the actor's mailbox, what it awaits comes back as turns of
/// it.</summary>
/// <param name="actors">The system in which the actors are made.</param>
/// <param name="dispatcher">Their dispatcher.</param>
/// <param name="elsewhere">Takes the turns of actors that have stopped.</param>
internal sealed class ActorLinkHost(ActorSystem actors, string dispatcher, Action<Action> elsewhere) : ILinkHost
{
    private long _number;

    public StagePlace Open(string name, Action<object> receive)
    {
        var turns = new TurnScheduler(elsewhere);
        var place = new InstancePlace(turns, receive, static _ => { });
        Props props = Props.Create<StageInstanceActor>(turns, place).WithDispatcher(dispatcher);
        place.Bind(actors.ActorOf(props, ActorNames.Of($"link-{Interlocked.Increment(ref _number)}-{name}")));
        return place;
    }

    public void Close(StagePlace place) => actors.Stop(((InstancePlace)place).Actor);
}
