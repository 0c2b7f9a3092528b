using ActorStreams.Actors.Jobs;
using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using ActorStreams.Cluster.Placement;
using ActorStreams.Cluster.Settings;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;

namespace ActorStreams.Cluster.Coordination;

/// <summary>The actors of Akka's that a job has on each node: the shard region of its instances, and the singleton that is its
/// coordinator.</summary>
internal static class NodeActors
{
    /// <summary>The way to the coordinator, wherever it is.</summary>
    public static IActorRef Coordinator(ActorSystem system, string pipeline, string? role)
    {
        ClusterSingletonProxySettings proxy = ClusterSingletonProxySettings.Create(system).WithSingletonName("job");
        return system.ActorOf(
            ClusterSingletonProxy.Props($"/user/{NodeNames.CoordinatorOf(pipeline)}", role is null ? proxy : proxy.WithRole(role)),
            $"{NodeNames.CoordinatorOf(pipeline)}-proxy");
    }

    /// <summary>Lets instances, and the coordinator, be placed on this node.</summary>
    public static (IActorRef Region, IActorRef Manager) TakePart(ActorSystem system, Pipeline pipeline, Store? store, JobOptions options,
        IMembership members, ClusterSettings settings, IActorRef node)
    {
        string name = ActorNames.Of(pipeline.Name);
        string? role = settings.RoleOrNull;
        IActorRef region = ClusterSharding.Get(system).Start($"actorstreams-{name}", _ => Props.Create<InstanceEntity>(node),
            ShardingOf(system, settings, role), new InstanceExtractor(), new InstanceAllocation(), MoveInstance.Now);
        // The coordinator asks by a way of its own: the region of its node may leave before it does.
        IActorRef claims = ClusterSharding.Get(system).StartProxy($"actorstreams-{name}", role ?? "", new InstanceExtractor());
        var context = new ClusterContext(members, claims, settings, options.Clock,
            new JobPlace(system) { IsOfUser = true });
        ClusterSingletonManagerSettings singleton = ClusterSingletonManagerSettings.Create(system).WithSingletonName("job");
        Props coordinator = Props.Create<CoordinatorActor>(pipeline, store, options, context, new TurnScheduler(TurnScheduler.OnPool));
        return (region, system.ActorOf(ClusterSingletonManager.Props(coordinator, HandOver.Now,
            role is null ? singleton : singleton.WithRole(role)), NodeNames.CoordinatorOf(name)));
    }

    private static ClusterShardingSettings ShardingOf(ActorSystem system, ClusterSettings settings, string? role)
    {
        ClusterShardingSettings sharding = ClusterShardingSettings.Create(system).WithStateStoreMode(StateStoreMode.DData)
            .WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero);
        sharding = sharding.WithTuningParameters(sharding.TuningParameters.WithRebalanceInterval(settings.RebalanceEvery)
            .WithRetryInterval(settings.ClaimEvery).WithHandOffTimeout(settings.MoveWithin));
        return role is null ? sharding : sharding.WithRole(role);
    }
}
