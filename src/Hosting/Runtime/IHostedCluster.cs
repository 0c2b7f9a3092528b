using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Hosting.Runtime;

/// <summary>Runs the pipelines of a host on the nodes of a cluster, which this project knows nothing of.</summary>
internal interface IHostedCluster
{
    /// <summary>What a node needs to have configured, below what the application says.</summary>
    Config Settings { get; }

    /// <summary>Starts a pipeline on the cluster, or joins it where it runs already. To dispose of the job lets the other nodes go on with
    /// it.</summary>
    /// <exception cref="ActorStreamsException">It cannot run on a cluster.</exception>
    Task<IJob> StartAsync(ActorSystem system, Pipeline pipeline, Store store, JobOptions options, CancellationToken cancellation);
}
