using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>An instance of an attempt, as every node builds it: where it runs, it is real; elsewhere it is a stand-in, of which only the
/// inbox is used.</summary>
/// <param name="Name">Its name, as <c>stage/number</c>.</param>
/// <param name="Node">The node it runs on.</param>
/// <param name="Inbox">Its inbox on this node.</param>
internal sealed record LinkInstance(string Name, string Node, Inbox Inbox);

/// <summary>Finds the lanes that cross from one node to another.</summary>
internal static class LinkLanes
{
    /// <summary>The lanes from instances of one node to those of another, in the same order on both nodes.</summary>
    /// <param name="instances">All instances of the attempt, in the order of the plan.</param>
    /// <param name="from">The node that sends.</param>
    /// <param name="to">The node that receives.</param>
    /// <exception cref="JobException">Rows of a lane cannot be written, so they cannot go to another node.</exception>
    public static IReadOnlyList<LinkLane> Between(IReadOnlyList<LinkInstance> instances, string from, string to)
    {
        var numbers = new Dictionary<Inbox, int>(ReferenceEqualityComparer.Instance);
        for (int number = 0; number < instances.Count; number++)
            numbers.Add(instances[number].Inbox, number);
        var wires = new Wires();
        var lanes = new List<LinkLane>();
        for (int receiver = 0; receiver < instances.Count; receiver++)
        {
            if (instances[receiver].Node != to)
                continue;
            foreach (Lane lane in instances[receiver].Inbox.Lanes)
            {
                int sender = numbers[lane.Outlet.Sender];
                if (instances[sender].Node == from)
                    lanes.Add(new LinkLane(lane, sender, receiver, instances[receiver].Inbox, WireOf(lane, instances[receiver], wires)));
            }
        }

        return lanes;
    }

    private static BatchWire WireOf(Lane lane, LinkInstance receiver, Wires wires)
    {
        try
        {
            return lane.Port.Accept(wires);
        }
        catch (CodecException error)
        {
            throw new JobException($"Rows on their way to '{receiver.Name}' cannot go from node to node, because they cannot be " +
                $"written: {error.Message}", error);
        }
    }

    /// <summary>One for each pool of batches.</summary>
    private sealed class Wires : IInputVisitor<BatchWire>
    {
        private readonly Dictionary<object, BatchWire> _wires = new(ReferenceEqualityComparer.Instance);

        public BatchWire Visit<T>(InputPort<T> port)
        {
            if (!_wires.TryGetValue(port.Pool, out BatchWire? wire))
                _wires[port.Pool] = wire = new BatchWire<T>(port.Pool);
            return wire;
        }
    }
}
