using ActorStreams.Cluster.Coordination;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>On a node that runs no instance: hears how the job stands.</summary>
internal sealed class ProxyActor(Action<JobState, IActorRef> onState) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is JobState state)
            onState(state, Sender);
        else
            Unhandled(message);
    }
}
