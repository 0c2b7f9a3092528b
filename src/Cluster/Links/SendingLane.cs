using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>A lane at the end of a link by which rows go: numbers its frames, and checks the credit that comes back.</summary>
internal sealed class SendingLane(LinkLane lane)
{
    private LaneCredit _credit = new(lane.Outlet, 0);
    private long _sequence;
    private long _credits;
    private int _underWay;

    public BatchWire Wire => lane.Wire;

    public long NextSequence() => ++_sequence;

    /// <summary>A message is written as a whole.</summary>
    public void Sent() => _underWay++;

    /// <summary>Whether a credit is the next one, and not more than what is under way.</summary>
    public LinkFault? CheckCredit(in FrameHeader header) =>
        header.Sequence != _credits + 1 ? new LinkFault(LinkFaultKind.Gap,
            $"Credit {header.Sequence} of lane {header.Lane} came where {_credits + 1} was due.")
        : header.Value <= 0 || header.Value > _underWay
            ? new LinkFault(LinkFaultKind.Credit,
                $"Lane {header.Lane} was given credit for {header.Value} messages, of which {_underWay} are under way.")
        : null;

    /// <summary>As many more may be sent.</summary>
    public void Grant(int count)
    {
        _credits++;
        _underWay -= count;
        if (_credit.Count != count)
            _credit = _credit with { Count = count };
        lane.Sender.Tell(_credit);
    }
}
