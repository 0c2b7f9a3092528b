using ActorStreams.Hosting.Runtime;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams;

/// <summary>Pipelines of a host on the nodes of a cluster.</summary>
public static class ActorStreamsCluster
{
    /// <summary>Runs the pipelines on all nodes of the cluster that the ActorSystem is a node of; where it is none
    /// (<c>akka.actor.provider</c>), in this process as without this call. So one program runs on one node or on many, by configuration
    /// alone.</summary>
    /// <remarks>
    /// <para>Each pipeline runs as a <see cref="ClusterJob"/>; views, entities, ingresses and counts are reached on every node, by
    /// <see cref="RunningJobs"/> and by <c>MapActorStreams</c>. A node that has not the role of those that run instances
    /// (<c>actorstreams.cluster.job.role</c>) reaches the jobs, and runs none of it. The store is one that all nodes reach
    /// (<see cref="ActorStreamsBuilder.UsePostgreSql"/>). A host that stops gives the instances of its node to the others, between two
    /// epochs; the job goes on, and ends with <see cref="IJob.StopAsync"/> only.</para>
    /// <para>The settings that a cluster needs (split-brain resolver, failure detection by the profile, placement of instances) go below
    /// those of the application, where <c>WithActorStreams</c> configures the system; a system of <c>AddActorStreams</c> is created with
    /// <see cref="ClusterConfig"/>. <c>WithClustering</c> of Akka.Cluster.Hosting, or HOCON, makes the system a node. On a cluster no actor
    /// is registered under the type of a definition: entities are reached by <c>job.Entities(…)</c>.</para>
    /// </remarks>
    /// <param name="streams">The pipelines of the host.</param>
    /// <param name="profile">How soon a node is given up.</param>
    /// <returns>The same builder.</returns>
    public static ActorStreamsBuilder OnCluster(this ActorStreamsBuilder streams, ClusterProfile profile = ClusterProfile.Safe)
    {
        ArgumentNullException.ThrowIfNull(streams);
        streams.Settings.Cluster = new HostedOnCluster(profile);
        return streams;
    }

    private sealed class HostedOnCluster(ClusterProfile profile) : IHostedCluster
    {
        public Config Settings => ClusterConfig.SettingsOf(profile);

        public async Task<IJob> StartAsync(ActorSystem system, Pipeline pipeline, Store store, JobOptions options,
            CancellationToken cancellation) =>
            await (ClusterJob.IsProxyOf(system) ? ClusterJob.ProxyAsync(system, pipeline, store, options, cancellation)
                : ClusterJob.StartAsync(system, pipeline, store, options, cancellation));
    }
}
