using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Figures;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>On a node that runs no instance: hears how the job stands.</summary>
/// <param name="onState">Told how it stands, and who has told it.</param>
/// <param name="onNews">Told figures and notices.</param>
internal sealed class ProxyActor(Action<JobState, IActorRef> onState, Action<object> onNews) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is JobState state)
            onState(state, Sender);
        else if (message is FiguresTold or NoticeTold)
            onNews(message);
        else
            Unhandled(message);
    }
}
