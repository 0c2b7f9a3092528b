using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A plan of two stages as two nodes build it: senders on node "a", each with a lane to each of the receivers on node
/// "b".</summary>
/// <typeparam name="T">The rows.</typeparam>
internal sealed class TwoNodes<T>
{
    public const int LaneBatches = 4, BatchRows = 16;

    public TwoNodes(int senders = 1, int receivers = 2, bool withPositions = true, bool withSourceWatermarks = true)
    {
        A = new Node("a", senders, receivers, withPositions, withSourceWatermarks);
        B = new Node("b", senders, receivers, withPositions, withSourceWatermarks);
    }

    public Node A { get; }

    public Node B { get; }

    /// <summary>The lanes from "a" to "b", as one of the nodes sees them.</summary>
    public static IReadOnlyList<LinkLane> LanesOf(Node node) => LinkLanes.Between(node.Instances, "a", "b");

    /// <summary>What one of the nodes has built.</summary>
    internal sealed class Node
    {
        public Node(string name, int senders, int receivers, bool withPositions, bool withSourceWatermarks)
        {
            Name = name;
            Pool = new BatchPool<T>(BatchRows, withPositions, withSourceWatermarks);
            Senders = [.. Enumerable.Range(0, senders).Select(_ => new Inbox())];
            Receivers = [.. Enumerable.Range(0, receivers).Select(_ => new Inbox())];
            var outlets = new Outlet[senders, receivers];
            for (int receiver = 0; receiver < receivers; receiver++)
            {
                var port = new InputPort<T>(new Ignore<T>(), Pool, granularity: 1);
                for (int sender = 0; sender < senders; sender++)
                    outlets[sender, receiver] = Receivers[receiver].AddLane(Senders[sender], port, LaneBatches);
            }

            Outlets = outlets;
            Instances =
            [
                .. Senders.Select((inbox, number) => new LinkInstance($"1/{number}", "a", inbox)),
                .. Receivers.Select((inbox, number) => new LinkInstance($"2/{number}", "b", inbox)),
            ];
        }

        public string Name { get; }

        public BatchPool<T> Pool { get; }

        public Inbox[] Senders { get; }

        public Inbox[] Receivers { get; }

        /// <summary>By sender and receiver.</summary>
        public Outlet[,] Outlets { get; }

        public IReadOnlyList<LinkInstance> Instances { get; }

        /// <summary>Puts the instances of this node into places, and the others behind the link.</summary>
        public void Place(Action<object> toOthers, Action<object> fromOthers)
        {
            IReadOnlyList<LinkLane> lanes = LinkLanes.Between(Instances, "a", "b");
            for (int number = 0; number < Instances.Count; number++)
            {
                LinkInstance instance = Instances[number];
                instance.Inbox.Open(instance.Node == Name ? new TestPlace(message => instance.Inbox.Take(message))
                    : LinkPlace.Of(instance, number, lanes, lanes, toOthers, fromOthers));
            }
        }
    }
}
