using ActorStreams.Cluster.Placement;
using Akka.Actor;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>The way from one node to the instances of the job, wherever they are placed.</summary>
internal sealed class NodeRegion(NodesCluster cluster, NodeProcess node) : MinimalActorRef
{
    public override ActorPath Path => node.Actor.Path / "region";

    public override IActorRefProvider Provider => ((ExtendedActorSystem)node.System).Provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        var claim = (ClaimInstance)message;
        string entity = InstanceName.ToEntity(claim.Name);
        if (cluster.Placement.HomeOf(entity) is not { } home)
            return;
        byte[] bytes = cluster.Mail.Write(node, claim);
        if (home == node)
            cluster.World.After(1, () => Deliver(home, entity, bytes));
        else
            cluster.Mail.Carry(node, home, () => Deliver(home, entity, bytes));
    }

    private void Deliver(NodeProcess home, string entity, byte[] claim)
    {
        if (home.IsDead || home.IsLeaving)
            return;
        if (!home.Entities.TryGetValue(entity, out IActorRef? actor) || NodeProcess.HasStopped(actor))
        {
            home.Entities[entity] = actor = home.System.ActorOf(
                Props.Create<InstanceEntity>(home.Actor).WithDispatcher(home.Dispatcher));
        }

        actor.Tell(cluster.Mail.Read(home, claim), ActorRefs.NoSender);
    }
}
