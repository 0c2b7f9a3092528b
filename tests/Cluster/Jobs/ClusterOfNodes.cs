using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Nodes of a cluster in this process: each an ActorSystem of its own with its own ports, so that everything between them goes
/// over sockets.</summary>
internal sealed class ClusterOfNodes : IAsyncDisposable
{
    private readonly List<ActorSystem> _systems = [];
    private readonly string _settings;

    /// <param name="settings">The settings of all nodes besides those that a cluster needs.</param>
    public ClusterOfNodes(string settings = "") => _settings = settings;

    public IReadOnlyList<ActorSystem> Systems => _systems;

    /// <summary>Starts as many nodes; complete when all of them are up.</summary>
    /// <param name="count">How many.</param>
    /// <param name="settings">The settings of all of them besides those that a cluster needs.</param>
    public static async Task<ClusterOfNodes> StartAsync(int count, string settings = "")
    {
        var cluster = new ClusterOfNodes(settings);
        for (int number = 0; number < count; number++)
            await cluster.JoinAsync();
        return cluster;
    }

    /// <summary>One more node; complete when it is up.</summary>
    /// <param name="settings">Its own settings.</param>
    public async Task<ActorSystem> JoinAsync(string settings = "")
    {
        ActorSystem system = ActorSystem.Create("streams", ConfigurationFactory.ParseString(settings).WithFallback(_settings).WithFallback("""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = []
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              cluster {
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver.active-strategy = keep-majority
                split-brain-resolver.stable-after = 2s
                failure-detector { heartbeat-interval = 0.3s, acceptable-heartbeat-pause = 4s, expected-response-after = 0.3s }
                gossip-interval = 0.2s
                leader-actions-interval = 0.2s
                unreachable-nodes-reaper-interval = 0.2s
                sharding { distributed-data.gossip-interval = 0.2s, coordinator-failure-backoff = 1s }
                sharding.waiting-for-state-timeout = 1s
                sharding.updating-state-timeout = 1s
                singleton.hand-over-retry-interval = 0.2s
                singleton-proxy.singleton-identification-interval = 0.2s
              }
              coordinated-shutdown.run-by-actor-system-terminate = off
              coordinated-shutdown.run-by-clr-shutdown-hook = off
            }
            actorstreams.cluster.job { claim-every = 0.2s, ask-every = 0.1s, rebalance-every = 0.5s, end-within = 2s }
            """));
        _systems.Add(system);
        AkkaCluster node = AkkaCluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.RegisterOnMemberUp(() => up.TrySetResult());
        node.Join(AkkaCluster.Get(_systems[0]).SelfAddress);
        await up.Task;
        return system;
    }

    /// <summary>A node leaves in order, as one does that is shut down.</summary>
    public async Task LeaveAsync(ActorSystem system)
    {
        _systems.Remove(system);
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
    }

    /// <summary>A node is gone without a word.</summary>
    public async Task KillAsync(ActorSystem system)
    {
        _systems.Remove(system);
        await system.Terminate();
    }

    /// <summary>A node is gone without a word, and the others are told so, instead of waiting until they believe it.</summary>
    public async Task CrashAsync(ActorSystem system)
    {
        Address address = AkkaCluster.Get(system).SelfAddress;
        await KillAsync(system);
        AkkaCluster.Get(_systems[0]).Down(address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ActorSystem system in _systems)
            await system.Terminate();
    }
}
