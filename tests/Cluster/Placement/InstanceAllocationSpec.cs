using System.Collections.Immutable;
using ActorStreams.Cluster.Placement;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Placement;

/// <summary>Which node hosts which instance.</summary>
public sealed class InstanceAllocationSpec : Akka.TestKit.Xunit2.TestKit
{
    private IActorRef Node(int number) => CreateTestProbe($"node-{number}").Ref;

    private static IImmutableDictionary<IActorRef, IImmutableList<string>> Allocated(params (IActorRef Node, string[] Entities)[] nodes) =>
        nodes.ToImmutableDictionary(node => node.Node, IImmutableList<string> (node) => [.. node.Entities]);

    [Fact]
    public void Instances_of_one_number_are_together()
    {
        IActorRef one = Node(1), two = Node(2);

        Assert.Equal(two, InstanceAllocation.RegionFor("3-1", one, Allocated((one, ["1-0"]), (two, ["1-1", "2-1"]))));
    }

    [Fact]
    public void The_first_of_a_number_goes_where_the_fewest_numbers_are()
    {
        IActorRef one = Node(1), two = Node(2), three = Node(3);

        Assert.Equal(three, InstanceAllocation.RegionFor("1-3", one,
            Allocated((one, ["1-0"]), (two, ["1-1", "2-1", "1-2"]), (three, []))));
    }

    [Fact]
    public void All_instances_are_spread_evenly_over_the_nodes()
    {
        IActorRef[] nodes = [Node(1), Node(2), Node(3)];
        Dictionary<IActorRef, List<string>> placed = nodes.ToDictionary(node => node, _ => new List<string>());
        foreach (string entity in from stage in new[] { "reading", "counting", "writing" }
                                  from number in Enumerable.Range(0, 7)
                                  select $"{stage}-{number}")
        {
            placed[InstanceAllocation.RegionFor(entity, nodes[0], Allocated([.. placed.Select(node => (node.Key, node.Value.ToArray()))]))]
                .Add(entity);
        }

        Assert.Equal([2, 2, 3], placed.Values.Select(entities => entities.Count / 3).Order());
        Assert.Empty(InstanceAllocation.ToMove(Allocated([.. placed.Select(node => (node.Key, node.Value.ToArray()))])));
    }

    [Fact]
    public void A_node_that_joins_is_given_whole_numbers()
    {
        IActorRef one = Node(1), two = Node(2);

        IImmutableSet<string> moving = InstanceAllocation.ToMove(Allocated((one, ["1-0", "2-0", "1-1", "2-1", "1-2", "2-2"]), (two, [])));

        Assert.Equal(["1-2", "2-2"], moving.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_moves_where_one_more_or_less_is_all_the_difference() =>
        Assert.Empty(InstanceAllocation.ToMove(Allocated((Node(1), ["1-0", "1-1"]), (Node(2), ["1-2"]))));
}
