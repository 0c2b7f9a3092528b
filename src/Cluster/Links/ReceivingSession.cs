using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>The end of a link by which rows come: the one that was dialled. It is a stranger's until the hello; then rows go to the
/// instances of this node, and what they give credit for goes back.</summary>
internal sealed class ReceivingSession(ILinkDirectory directory, LinkLimits limits, TimeProvider clock) : LinkSession(limits, clock)
{
    private readonly Queue<LaneCredit> _credits = new();
    private ReceivingLane[] _lanes = [];
    private LinkWelcome? _welcome;
    private LinkHello? _hello;
    private long _creditFrames;
    private bool _isStranger = true;

    /// <summary>Who dialled; null: it has not said yet.</summary>
    public LinkHello? Hello => _hello;

    protected override long Attempt => _hello?.Attempt ?? 0;

    protected override long LaneFramesSent => _creditFrames;

    protected override long LaneFramesCome => RowFrames;

    protected override bool HasMore => _credits.Count > 0;

    /// <summary>Takes what an instance told: credit for a lane, as the link numbers them.</summary>
    public void Take(LaneCredit credit)
    {
        _credits.Enqueue(credit);
        Speaks.Set();
    }

    protected override bool MayCome(FrameKind kind) => kind switch
    {
        FrameKind.Hello => _isStranger,
        FrameKind.Lanes => State == LinkState.Opening && _welcome is not null,
        FrameKind.Batch or FrameKind.Watermark or FrameKind.Idle or FrameKind.Barrier or FrameKind.End => State == LinkState.Open,
        _ => false,
    };

    protected override LinkFault? BeginOfLane(in FrameHeader header, FrameBody body) =>
        (uint)header.Lane >= (uint)_lanes.Length ? new LinkFault(LinkFaultKind.Lanes, $"Lane {header.Lane} is none of {_lanes.Length}.")
        : _lanes[header.Lane].Begin(header, body, Buffer, Limits);

    protected override LinkFault? Complete(in FrameHeader header)
    {
        switch (header.Kind)
        {
            case FrameKind.Hello:
                return Meet(LinkHello.Read(Buffer.Received, header.Attempt));
            case FrameKind.Lanes:
                return OpenLanes();
            case FrameKind.End:
                return TakeEnd(header.Value);
            default:
                RowFrames++;
                if (header.Kind == FrameKind.Batch)
                    Counts.Rows += (int)header.Value;
                return _lanes[header.Lane].Complete(header, Buffer);
        }
    }

    protected override void FillOpen(BlobWriter writer)
    {
        for (; _credits.TryDequeue(out LaneCredit? credit); _creditFrames++)
            WriteOfLane(FrameKind.Credit, FrameFlags.None, credit.Outlet, _lanes[credit.Outlet].Grant(credit.Count), credit.Count, writer);
    }

    protected override void OnState(LinkState state, LinkFault? fault)
    {
        if (_welcome is not null)
            _welcome.News(new LinkNews(_hello!.Job, _hello.Attempt, _hello.From, IsIncoming: true, state, fault));
        else if (fault is not null)
            directory.OnRefused(_hello, fault);
    }

    private LinkFault? Meet(LinkHello hello)
    {
        (_hello, _isStranger) = (hello, false);
        if (hello.Agree(LinkHello.OldestVersion, LinkHello.CurrentVersion) is not { } version)
        {
            return new LinkFault(LinkFaultKind.Version,
                $"Node '{hello.From}' speaks versions {hello.Oldest} to {hello.Newest} of links, this one " +
                $"{LinkHello.OldestVersion} to {LinkHello.CurrentVersion}. Upgrade one version at a time.");
        }

        if (directory.Find(hello, this, out _welcome) is { } refused)
            return refused;
        _lanes = [.. _welcome!.Lanes.Select(lane => new ReceivingLane(lane))];
        Say(FrameKind.Welcome, Payload(writer => writer.WriteInt32(version)));
        return null;
    }

    private LinkFault? TakeEnd(long rowFrames)
    {
        if (Array.FindIndex(_lanes, lane => lane.IsInBatch) is >= 0 and var number)
            return new LinkFault(LinkFaultKind.Gap, $"The link ended in the middle of a batch of lane {number}.");
        if (rowFrames != RowFrames)
            return new LinkFault(LinkFaultKind.Gap, $"The link ended after {RowFrames} frames of lanes, {rowFrames} were sent.");
        Say(FrameKind.End, []);
        Ended();
        return null;
    }

    private LinkFault? OpenLanes()
    {
        var forms = new BlobWriter();
        try
        {
            if (LanesText.Agree(_welcome!.Lanes, Buffer.Received, forms) is { } fault)
                return fault;
        }
        catch (CodecException error)
        {
            return new LinkFault(LinkFaultKind.Lanes, $"The rows of node '{_hello!.From}' cannot be read here: {error.Message}");
        }

        Say(FrameKind.Ready, forms.ToArray());
        Open();
        return null;
    }
}
