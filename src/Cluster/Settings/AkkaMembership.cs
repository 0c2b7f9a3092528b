using Akka.Actor;
using Akka.Cluster;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorStreams.Cluster.Settings;

/// <summary>The members of an Akka.NET cluster.</summary>
/// <param name="cluster">The cluster, as this node sees it.</param>
internal sealed class AkkaMembership(AkkaCluster cluster) : IMembership
{
    public string Self { get; } = NameOf(cluster.SelfUniqueAddress);

    public void Subscribe(IActorRef told) => cluster.Subscribe(told, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.MemberRemoved));

    public void Unsubscribe(IActorRef told) => cluster.Unsubscribe(told);

    public string? GoneIn(object message) =>
        message is ClusterEvent.MemberRemoved removed ? NameOf(removed.Member.UniqueAddress) : null;

    /// <summary>A node by a name that no other process has, also not the next one at its address.</summary>
    public static string NameOf(UniqueAddress node) => $"{node.Address}#{node.Uid}";
}
