using Akka.Actor;
using AkkaCluster = Akka.Cluster.Cluster;
using UniqueAddress = Akka.Cluster.UniqueAddress;

namespace ActorStreams.Cluster.Settings;

/// <summary>What the attempts of one job need of the cluster.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Region">The way to the shard regions of the job's instances.</param>
/// <param name="Settings">How jobs run in it.</param>
/// <param name="Clock">The time.</param>
internal sealed record ClusterContext(AkkaCluster Cluster, IActorRef Region, ClusterSettings Settings, TimeProvider Clock)
{
    /// <summary>A node by a name that no other process has, also not the next one at its address.</summary>
    public static string NameOf(UniqueAddress node) => $"{node.Address}#{node.Uid}";
}
