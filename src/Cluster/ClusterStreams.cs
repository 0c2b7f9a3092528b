using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Links;
using ActorStreams.Cluster.Nodes;
using ActorStreams.Cluster.Settings;
using ActorStreams.Cluster.Wire;
using Akka.Actor;
using Akka.Event;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorStreams.Cluster;

/// <summary>What the jobs of one node of a cluster share: the port by which rows come, and how messages are written.</summary>
internal sealed class ClusterStreams : IExtension
{
    public ClusterStreams(ExtendedActorSystem system)
    {
        if (system.Provider.GetType().FullName?.Contains("Cluster", StringComparison.Ordinal) != true)
        {
            throw new PipelineException($"ActorSystem '{system.Name}' is no node of a cluster: its provider is " +
                $"{system.Provider.GetType().Name}. Set akka.actor.provider = cluster, or start the job in one process, by Job.StartAsync.");
        }

        if (Resolvers.WrongIn(system.Settings.Config) is { } wrong)
            throw new PipelineException($"ActorSystem '{system.Name}' {wrong}");
        if (MembershipThreads.WrongIn(system.Settings.Config) is { } shared)
            system.Log.Warning("ActorSystem '{0}' {1}", system.Name, shared);
        Cluster = AkkaCluster.Get(system);
        Members = new AkkaMembership(Cluster);
        Settings = ClusterSettings.Of(system);
        Messages.Register(system);
        LinkSettings links = LinkSettings.Of(system);
        SocketNetwork network = links.ToNetwork();
        var host = new ActorLinkHost(system, system.ActorStreams().Dispatcher, TurnScheduler.OnPool);
        var port = new LinkPort(Members.Self, network, host, links.Limits,
            system.ActorStreams().Options.Clock);
        port.Listen(links.AddressOf(Cluster.SelfAddress.Host));
        Links = new NodeLinks(port, network, host, links.Limits);
        system.RegisterOnTermination(() => _ = port.DisposeAsync().AsTask());
    }

    public AkkaCluster Cluster { get; }

    public IMembership Members { get; }

    public ClusterSettings Settings { get; }

    public NodeLinks Links { get; }

    /// <summary>Of a system; made when it is first asked for.</summary>
    /// <exception cref="PipelineException">The system is no node of a cluster, or its settings are wrong.</exception>
    public static ClusterStreams Get(ActorSystem system) => system.WithExtension<ClusterStreams, Provider>();

    private sealed class Provider : ExtensionIdProvider<ClusterStreams>
    {
        public override ClusterStreams CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
