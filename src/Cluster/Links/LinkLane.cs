using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>A lane that crosses from one node to another. Both ends of a link number the lanes alike, because both build the same
/// plan.</summary>
/// <param name="Lane">The lane, with its own end on each node: the other end's instance is a stand-in whose place is the link.</param>
/// <param name="SenderInstance">The number of the instance that sends.</param>
/// <param name="ReceiverInstance">The number of the instance that receives.</param>
/// <param name="Receiver">That instance's inbox.</param>
/// <param name="Wire">How its batches are written and read.</param>
internal sealed record LinkLane(Lane Lane, int SenderInstance, int ReceiverInstance, Inbox Receiver, BatchWire Wire)
{
    /// <summary>Messages on their way at most.</summary>
    public int Capacity => Lane.Capacity;

    /// <summary>The inbox of the instance that sends.</summary>
    public Inbox Sender => Lane.Outlet.Sender;

    /// <summary>The lane's number among the sender's.</summary>
    public int Outlet => Lane.Outlet.Number;
}
