using ActorStreams.Actors.Turns;

namespace ActorStreams.Actors.Jobs;

/// <summary>Hosts one stage instance of one attempt: the instance's loop runs in the actor's turns.</summary>
internal sealed class StageInstanceActor(TurnScheduler turns) : TurnActor(turns)
{
    protected override void OnMessage(object message) => Unhandled(message);
}
