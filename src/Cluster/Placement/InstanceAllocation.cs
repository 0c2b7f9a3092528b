using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorStreams.Cluster.Placement;

/// <summary>Which node hosts which instance: instances of one number together, as many numbers on each node as on every other.</summary>
/// <remarks>Rows between stages whose instance has the same number on both sides then stay on their node. The instances that are to move
/// are named only while numbers are spread unevenly; the job lets them go between two epochs.</remarks>
internal sealed class InstanceAllocation : IShardAllocationStrategy
{
    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId,
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
        Task.FromResult(RegionFor(shardId, requester, currentShardAllocations));

    public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations,
        IImmutableSet<string> rebalanceInProgress) =>
        Task.FromResult<IImmutableSet<string>>(rebalanceInProgress.Count > 0 ? [] : ToMove(currentShardAllocations));

    /// <summary>Where the instances of the same number are; if none is anywhere, where the fewest numbers are.</summary>
    internal static IActorRef RegionFor(string entity, IActorRef requester,
        IImmutableDictionary<IActorRef, IImmutableList<string>> allocations)
    {
        int number = InstanceName.NumberOf(entity);
        IActorRef? together = InOrder(allocations).Where(region => allocations[region].Any(one => InstanceName.NumberOf(one) == number))
            .FirstOrDefault();
        return together ?? InOrder(allocations).MinBy(region => NumbersOn(allocations[region]).Count) ?? requester;
    }

    /// <summary>All instances of the numbers of which a node has more than its share, while another has less.</summary>
    internal static ImmutableHashSet<string> ToMove(IImmutableDictionary<IActorRef, IImmutableList<string>> allocations)
    {
        IReadOnlyList<(IActorRef Region, List<int> Numbers)> nodes =
            [.. InOrder(allocations).Select(region => (region, NumbersOn(allocations[region])))];
        int all = nodes.Sum(node => node.Numbers.Count);
        if (nodes.Count == 0 || nodes.Max(node => node.Numbers.Count) - nodes.Min(node => node.Numbers.Count) <= 1)
            return [];
        int share = (all + nodes.Count - 1) / nodes.Count;
        return
        [
            .. from node in nodes
               from number in node.Numbers.Skip(share)
               from entity in allocations[node.Region]
               where InstanceName.NumberOf(entity) == number
               select entity,
        ];
    }

    private static IEnumerable<IActorRef> InOrder(IImmutableDictionary<IActorRef, IImmutableList<string>> allocations) =>
        allocations.Keys.OrderBy(region => region.Path.ToString(), StringComparer.Ordinal);

    private static List<int> NumbersOn(IEnumerable<string> entities) => [.. entities.Select(InstanceName.NumberOf).Distinct().Order()];
}
