using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Links;

/// <summary>A lane at the end of a link by which rows come: checks that its frames are all there and within the credit, puts batches
/// together and hands everything to the instance.</summary>
internal sealed class ReceivingLane(LinkLane lane)
{
    private LaneBatch? _batch;
    private long _sequence;
    private long _credits;
    private int _room = lane.Capacity;

    /// <summary>More of a batch is to come.</summary>
    public bool IsInBatch => _batch is not null;

    /// <summary>Checks a frame's header, and names where its content goes.</summary>
    public LinkFault? Begin(in FrameHeader header, FrameBody body, ReadBuffer buffer, LinkLimits limits)
    {
        if (header.Sequence != _sequence + 1)
            return new LinkFault(LinkFaultKind.Gap, $"Frame {header.Sequence} of lane {header.Lane} came where {_sequence + 1} was due.");
        _sequence++;
        if (_room == 0)
            return new LinkFault(LinkFaultKind.Credit, $"Lane {header.Lane} brought more than its credit of {lane.Capacity} messages.");
        if (header.Length > limits.FrameBytes)
            return new LinkFault(LinkFaultKind.Length, $"A frame of {header.Length:N0} bytes came; the limit is {limits.FrameBytes:N0}.");
        if (header.Kind == FrameKind.Batch)
            return lane.Wire.Begin(_batch ??= lane.Wire.Rent(), header, body, buffer);
        return _batch is not null ? new LinkFault(LinkFaultKind.Gap, $"The rest of a batch of lane {header.Lane} is missing.")
            : header.Length != 0 ? new LinkFault(LinkFaultKind.Length, $"A frame of kind {header.Kind} cannot have {header.Length} bytes.")
            : null;
    }

    /// <summary>The frame has come: the instance is told, unless more of the same batch follows.</summary>
    public LinkFault? Complete(in FrameHeader header, ReadBuffer buffer)
    {
        if (header.Kind != FrameKind.Batch)
        {
            _room--;
            lane.Receiver.Tell(new LaneSignal(lane.Lane.Index, MessageOf(header)), isUrgent: header.Kind == FrameKind.Barrier);
            return null;
        }

        LaneBatch batch = _batch!;
        if (lane.Wire.Complete(batch, header, buffer) is { } fault)
            return fault;
        if ((header.Flags & FrameFlags.Part) != FrameFlags.None)
            return null;
        _batch = null;
        _room--;
        batch.Lane = lane.Lane.Index;
        lane.Receiver.Tell(batch);
        return null;
    }

    /// <summary>The instance has taken some messages.</summary>
    /// <returns>The number of the credit.</returns>
    public long Grant(int count)
    {
        _room += count;
        return ++_credits;
    }

    private static LaneMessage MessageOf(in FrameHeader header) => header.Kind switch
    {
        FrameKind.Watermark => LaneMessage.Watermark(header.Value),
        FrameKind.Idle => LaneMessage.Idle,
        _ => LaneMessage.Barrier(header.Value, (header.Flags & FrameFlags.Final) != FrameFlags.None),
    };
}
