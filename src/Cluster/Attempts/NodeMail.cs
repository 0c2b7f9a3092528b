using Akka.Actor;

namespace ActorStreams.Cluster.Attempts;

/// <summary>The messages of an attempt between its coordinator and one node, counted at the coordinator: what is lost between them is
/// noticed at the next tick, because what one actor tells another comes in order.</summary>
/// <param name="node">The node.</param>
internal sealed class NodeMail(AttemptNode node)
{
    private readonly Lock _lock = new();
    private long _sent;

    public AttemptNode Node => node;

    /// <summary>How many messages have come from the node's instances. In turns of the coordinator's.</summary>
    public long Received { get; set; }

    /// <summary>When the node was heard of last (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long LastHeard { get; set; }

    /// <summary>Tells the node something that is counted; from any thread.</summary>
    public void Tell(object message, IActorRef self)
    {
        lock (_lock)
        {
            _sent++;
            node.Actor.Tell(message, self);
        }
    }

    /// <summary>Tells it how many there were.</summary>
    public void Tick(long attempt, IActorRef self)
    {
        lock (_lock)
            node.Actor.Tell(new AttemptTick(attempt, _sent), self);
    }
}
