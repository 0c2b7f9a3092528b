using ActorStreams.Actors.Turns;

namespace ActorStreams.Actors.Jobs;

/// <summary>Hosts one stage instance of one attempt: the instance's loop runs in the actor's turns, between which what it is told comes
/// in.</summary>
internal sealed class StageInstanceActor(TurnScheduler turns, InstancePlace place) : TurnActor(turns)
{
    protected override void OnMessage(object message) => place.Receive(message);
}
