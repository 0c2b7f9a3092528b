using ActorStreams.Actors.Systems;
using Akka.Actor;

namespace ActorStreams.Cluster.Settings;

/// <summary>What the attempts of one job need of the cluster.</summary>
/// <param name="Members">The members of the cluster.</param>
/// <param name="Region">The way to the shard regions of the job's instances.</param>
/// <param name="Settings">How jobs run in it.</param>
/// <param name="Clock">The time.</param>
/// <param name="Place">Where the coordinator runs the job.</param>
internal sealed record ClusterContext(IMembership Members, IActorRef Region, ClusterSettings Settings, TimeProvider Clock, JobPlace Place);
