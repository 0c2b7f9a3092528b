using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Links;

/// <summary>The end of a link by which rows go: the one that dials. What instances tell to instances of the other node is written in the
/// order in which it came; credit comes back.</summary>
internal sealed class SendingSession : LinkSession
{
    private readonly LinkHello _hello;
    private readonly SendingLane[] _lanes;
    private readonly LinkLane[] _described;
    private readonly Action<LinkNews> _news;
    private readonly Queue<(int Lane, LaneMessage Message)> _waiting = new();
    private long _creditFrames;
    private bool _isWelcome;
    private int _nextRow;

    /// <summary>Begins the handshake.</summary>
    public SendingSession(LinkHello hello, IReadOnlyList<LinkLane> lanes, LinkLimits limits, TimeProvider clock, Action<LinkNews> news)
        : base(limits, clock)
    {
        (_hello, _news) = (hello, news);
        _described = [.. lanes];
        _lanes = [.. lanes.Select(lane => new SendingLane(lane))];
        Say(FrameKind.Hello, Payload(hello.Write));
    }

    protected override long Attempt => _hello.Attempt;

    protected override long LaneFramesSent => RowFrames;

    protected override long LaneFramesCome => _creditFrames;

    protected override bool HasMore => _waiting.Count > 0;

    /// <summary>Takes what an instance told: a batch or a <see cref="LaneSignal"/>, of a lane as the link numbers them.</summary>
    public void Take(object message)
    {
        if (message is LaneBatch batch)
            _waiting.Enqueue((batch.Lane, new LaneMessage(MessageKind.Batch, batch, 0)));
        else if (message is LaneSignal signal)
            _waiting.Enqueue((signal.Lane, signal.Message));
        else
            throw new InvalidOperationException($"A link was told a {message.GetType().Name}, which does not go by lanes.");
        Speaks.Set();
    }

    /// <summary>Nothing more will be sent: the end follows what was. The link has ended once the other side has said that all of it has
    /// come.</summary>
    public void End()
    {
        if (State == LinkState.Opening)
            Abandon();
        else
            Close();
    }

    protected override bool MayCome(FrameKind kind) => kind switch
    {
        FrameKind.Welcome => State == LinkState.Opening && !_isWelcome,
        FrameKind.Ready => State == LinkState.Opening && _isWelcome,
        FrameKind.Credit => State == LinkState.Open,
        FrameKind.End => State == LinkState.Open && IsEndSaid,
        _ => false,
    };

    protected override LinkFault? BeginOfLane(in FrameHeader header, FrameBody body) =>
        (uint)header.Lane >= (uint)_lanes.Length ? new LinkFault(LinkFaultKind.Lanes, $"Lane {header.Lane} is none of {_lanes.Length}.")
        : header.Length != 0 ? new LinkFault(LinkFaultKind.Length, $"A credit cannot have {header.Length} bytes.")
        : _lanes[header.Lane].CheckCredit(header);

    protected override LinkFault? Complete(in FrameHeader header)
    {
        switch (header.Kind)
        {
            case FrameKind.Credit:
                _creditFrames++;
                _lanes[header.Lane].Grant((int)header.Value);
                return null;
            case FrameKind.End:
                Ended();
                return null;
            case FrameKind.Welcome:
                _isWelcome = true;
                Say(FrameKind.Lanes, Payload(writer => LanesText.Write(_described, writer)));
                return null;
            default:
                if (LanesText.Decide(_described, Buffer.Received) is { } fault)
                    return fault;
                Open();
                return null;
        }
    }

    protected override void FillOpen(BlobWriter writer)
    {
        int limit = writer.Length + Limits.SendBytes;
        while (writer.Length < limit && _waiting.TryPeek(out (int Lane, LaneMessage Message) next))
        {
            SendingLane lane = _lanes[next.Lane];
            if (next.Message.Batch is LaneBatch batch)
            {
                if (!WriteRows(next.Lane, lane, batch, writer))
                    continue;
                lane.Wire.Return(batch);
            }
            else
            {
                LaneMessage message = next.Message;
                RowFrames++;
                WriteOfLane(KindOf(message.Kind), message.IsFinal ? FrameFlags.Final : FrameFlags.None, next.Lane, lane.NextSequence(),
                    message.Value, writer);
            }

            lane.Sent();
            _waiting.Dequeue();
        }
    }

    protected override void OnState(LinkState state, LinkFault? fault) =>
        _news(new LinkNews(_hello.Job, _hello.Attempt, _hello.To, IsIncoming: false, state, fault));

    /// <returns>Whether these were the last rows of the batch.</returns>
    private bool WriteRows(int number, SendingLane lane, LaneBatch batch, BlobWriter writer)
    {
        int begin = writer.Length, length;
        long value;
        uint checksum;
        writer.Take(FrameHeader.Size);
        try
        {
            _nextRow = lane.Wire.Write(batch, _nextRow, Limits.PartBytes, writer, out value, out checksum);
            length = writer.Length - begin - FrameHeader.Size;
            if (length > Limits.FrameBytes)
                throw new CodecException($"A frame of {length:N0} bytes is longer than {Limits.FrameBytes:N0}. Make rows smaller, or " +
                    "raise actorstreams.cluster.links.frame-bytes.");
        }
        catch
        {
            writer.Truncate(begin);                     // half a frame would hide the reason from the other side
            throw;
        }

        bool isLast = _nextRow < 0;
        new FrameHeader(FrameKind.Batch, isLast ? FrameFlags.None : FrameFlags.Part, number, length, Attempt, lane.NextSequence(), value,
            checksum)
            .Write(writer.Bytes.AsSpan(begin));
        RowFrames++;
        Counts.FramesOut++;
        Counts.Rows += (int)value;
        if (isLast)
            _nextRow = 0;
        return isLast;
    }

    private static FrameKind KindOf(MessageKind kind) => kind switch
    {
        MessageKind.Watermark => FrameKind.Watermark,
        MessageKind.Idle => FrameKind.Idle,
        _ => FrameKind.Barrier,
    };
}
