using Akka.Actor;

namespace ActorStreams.Cluster.Settings;

/// <summary>What a job must know of the members of a cluster, as one of its nodes believes.</summary>
internal interface IMembership
{
    /// <summary>This node, by a name that no other process has, also not the next one at its address.</summary>
    string Self { get; }

    /// <summary>Has an actor told of nodes that are gone for good, each once.</summary>
    void Subscribe(IActorRef told);

    /// <summary>The actor is told no more.</summary>
    void Unsubscribe(IActorRef told);

    /// <summary>The node that is gone, of a message to a subscriber; null: the message is another one.</summary>
    string? GoneIn(object message);
}
