using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>One end of a connection between two nodes: what comes in is checked and handed over, what is to be said is written. A
/// synchronous machine: it knows bytes and the clock, but no socket and no thread.</summary>
/// <remarks>
/// Its life: the handshake (hello, welcome, lanes, ready), then frames of lanes and of credit, then an end or a fault. A fault is told to
/// the other side, as far as it can still be reached, and to whoever runs the attempt. Nothing is repaired: an attempt that has lost a
/// frame begins anew from its last committed epoch.
/// </remarks>
internal abstract class LinkSession : IFrameTaker
{
    private readonly FrameReader _reader;
    private readonly Queue<(FrameKind Kind, byte[] Payload)> _sayings = new();
    private long _said, _heard;
    private long _lastSaid, _lastHeard, _lastTick, _opened;
    private bool _isClosing, _isEndSaid;

    protected LinkSession(LinkLimits limits, TimeProvider clock)
    {
        (Limits, Clock) = (limits, clock);
        _reader = new FrameReader(this);
        _lastSaid = _lastHeard = _lastTick = _opened = clock.GetTimestamp();
    }

    public LinkState State { get; private set; }

    /// <summary>Why it failed.</summary>
    public LinkFault? Fault { get; private set; }

    /// <summary>Set when there is something to be written; one waiter.</summary>
    public Signal Speaks { get; } = new();

    /// <summary>Everything is said: the connection may be closed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>It was given up: the connection is closed without waiting for the other side.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Room => _reader.Room;

    public LinkCounts Counts { get; } = new();

    protected LinkLimits Limits { get; }

    protected TimeProvider Clock { get; }

    /// <summary>The attempt that all frames must belong to.</summary>
    protected abstract long Attempt { get; }

    /// <summary>Frames of batches, watermarks, idleness and barriers, in whichever direction they go: the end says how many there
    /// were.</summary>
    protected long RowFrames { get; set; }

    /// <summary>Frames of lanes and of credit that were written here.</summary>
    protected abstract long LaneFramesSent { get; }

    /// <summary>Those that have come from the other side. A beat says how many there were, so that the loss of the last ones is noticed,
    /// too, behind which no other comes.</summary>
    protected abstract long LaneFramesCome { get; }

    /// <summary>The content of the frame of the connection that has come.</summary>
    protected ReadBuffer Buffer { get; } = new();

    /// <summary>Bytes have come into <see cref="Room"/>; none: the other side has closed the connection.</summary>
    public void Received(int count)
    {
        if (State >= LinkState.Ended)
            return;
        if (count == 0)
        {
            Fail(new LinkFault(LinkFaultKind.Broken, _reader.IsBetweenFrames ? "The other side closed the connection."
                : "The connection broke in the middle of a frame."), tell: false);
            return;
        }

        _lastHeard = Clock.GetTimestamp();
        Counts.BytesIn += count;
        if (_reader.Advance(count) is { } fault)
            Fail(fault);
    }

    /// <summary>The connection broke.</summary>
    public void Broke(Exception error) =>
        Fail(new LinkFault(LinkFaultKind.Broken, $"The connection broke: {TextOf(error)}"), tell: false);

    /// <summary>Writes what is to be said, up to some bytes.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Fill(BlobWriter writer)
    {
        int begin = writer.Length;
        while (_sayings.TryDequeue(out (FrameKind Kind, byte[] Payload) saying))
            Write(saying.Kind, saying.Payload, writer, saying.Kind == FrameKind.Beat ? LaneFramesSent : 0);
        if (State == LinkState.Open)
        {
            try
            {
                FillOpen(writer);
            }
            catch (Exception error)                  // a property of the user's row may throw anything
            {
                Fail(new LinkFault(LinkFaultKind.Rows, $"A row cannot be written to a link: {TextOf(error)}"));
                return Fill(writer);
            }

            if (_isClosing && !_isEndSaid && !HasMore)
            {
                Write(FrameKind.End, [], writer, RowFrames);
                _isEndSaid = true;
            }
        }

        bool any = writer.Length > begin;
        IsOver |= State >= LinkState.Ended && !any;
        if (any)
        {
            _lastSaid = Clock.GetTimestamp();
            Counts.BytesOut += writer.Length - begin;
        }

        return any;
    }

    /// <summary>Time has passed: says that it is still there, and notices that the other side is not. To be called every half
    /// <see cref="LinkLimits.BeatEvery"/>.</summary>
    public void OnTick()
    {
        long now = Clock.GetTimestamp();
        bool wasAsleep = Clock.GetElapsedTime(_lastTick, now) > Limits.BeatEvery + Limits.BeatEvery;
        _lastTick = now;
        if (State >= LinkState.Ended)
            return;
        if (wasAsleep)
        {
            (_lastHeard, _opened) = (now, State == LinkState.Opening ? now : _opened);   // it is this side that was away
        }
        else if (State == LinkState.Opening && Clock.GetElapsedTime(_opened, now) > Limits.Handshake)
        {
            Fail(new LinkFault(LinkFaultKind.Silence, $"The handshake took longer than {Limits.Handshake.TotalSeconds:0.#} s."));
            return;
        }
        else if (Clock.GetElapsedTime(_lastHeard, now) > Limits.SilentAfter)
        {
            Fail(new LinkFault(LinkFaultKind.Silence, $"Nothing was heard for {Limits.SilentAfter.TotalSeconds:0.#} s: the other node " +
                "is paused or gone, or the way to it is cut."));
            return;
        }

        if (State == LinkState.Open && Clock.GetElapsedTime(_lastSaid, now) >= Limits.BeatEvery)
            Say(FrameKind.Beat, []);
    }

    /// <summary>Nothing more is wanted of it: the attempt is over. The other side finds the connection closed.</summary>
    public void Abandon()
    {
        if (State >= LinkState.Ended)
            return;
        _sayings.Clear();
        IsAbandoned = true;
        Enter(LinkState.Ended, fault: null);
    }

    /// <summary>Ends the connection with a reason.</summary>
    /// <param name="fault">The reason.</param>
    /// <param name="tell">Tells the other side, too.</param>
    public void Fail(LinkFault fault, bool tell = true)
    {
        if (State >= LinkState.Ended)
            return;
        _sayings.Clear();
        if (tell)
            Say(FrameKind.Refuse, Payload(writer =>
            {
                writer.WriteByte((byte)fault.Kind);
                writer.WriteString(fault.Text.Length <= 1000 ? fault.Text : fault.Text[..1000]);
            }));
        Enter(LinkState.Failed, fault);
    }

    LinkFault? IFrameTaker.Begin(in FrameHeader header, FrameBody body)
    {
        if (State >= LinkState.Ended || (header.Kind is not (FrameKind.Refuse or FrameKind.Beat) && !MayCome(header.Kind)))
            return new LinkFault(LinkFaultKind.UnknownFrame, $"A frame of kind {header.Kind} must not come now.");
        if (header.Flags != FrameFlags.None
            && (header.Kind, header.Flags) is not ((FrameKind.Batch, FrameFlags.Part) or (FrameKind.Barrier, FrameFlags.Final)))
            return new LinkFault(LinkFaultKind.UnknownFrame, $"A frame of kind {header.Kind} has no flags {header.Flags}.");
        if (header.Kind != FrameKind.Hello && header.Attempt != Attempt)
            return new LinkFault(LinkFaultKind.Attempt, $"A frame of attempt {header.Attempt} came in attempt {Attempt}.");
        if (header.Kind is FrameKind.Batch or FrameKind.Watermark or FrameKind.Idle or FrameKind.Barrier or FrameKind.Credit)
            return BeginOfLane(header, body);
        if (header.Lane != FrameHeader.NoLane || header.Sequence != ++_heard)
            return new LinkFault(LinkFaultKind.Gap, $"Frame {header.Sequence} of the connection came where {_heard} was due.");
        if (header.Length > (header.Kind == FrameKind.Lanes ? Limits.LanesBytes : Limits.HelloBytes))
            return new LinkFault(LinkFaultKind.Length, $"A frame of kind {header.Kind} cannot have {header.Length} bytes.");
        body.Add(Buffer.Take(header.Length));
        return null;
    }

    LinkFault? IFrameTaker.Complete(in FrameHeader header)
    {
        Counts.FramesIn++;
        try
        {
            switch (header.Kind)
            {
                case FrameKind.Beat:
                    return header.Value == LaneFramesCome ? null : new LinkFault(LinkFaultKind.Gap,
                        $"{header.Value} frames of lanes were sent, {LaneFramesCome} have come.");
                case FrameKind.Refuse:
                    return Refused();
                default:
                    return Complete(header);
            }
        }
        catch (CodecException error)
        {
            return new LinkFault(LinkFaultKind.Length, $"A frame of kind {header.Kind} cannot be read: {error.Message}");
        }
    }

    /// <summary>Whether frames of a kind may come now.</summary>
    protected abstract bool MayCome(FrameKind kind);

    protected abstract LinkFault? BeginOfLane(in FrameHeader header, FrameBody body);

    /// <exception cref="CodecException">The content cannot be read.</exception>
    protected abstract LinkFault? Complete(in FrameHeader header);

    /// <summary>Writes what the lanes have to say.</summary>
    /// <exception cref="CodecException">A row cannot be written.</exception>
    protected abstract void FillOpen(BlobWriter writer);

    /// <summary>Whether the lanes have more to say.</summary>
    protected abstract bool HasMore { get; }

    protected abstract void OnState(LinkState state, LinkFault? fault);

    protected static byte[] Payload(Action<BlobWriter> write)
    {
        var writer = new BlobWriter();
        write(writer);
        return writer.ToArray();
    }

    protected void Say(FrameKind kind, byte[] payload)
    {
        _sayings.Enqueue((kind, payload));
        Speaks.Set();
    }

    protected void Open()
    {
        _reader.Widen();
        Enter(LinkState.Open, fault: null);
    }

    /// <summary>Everything that was sent has come.</summary>
    protected void Ended() => Enter(LinkState.Ended, fault: null);

    /// <summary>An end follows what there is to be said.</summary>
    protected void Close()
    {
        _isClosing = true;
        Speaks.Set();
    }

    /// <summary>Whether the end was said.</summary>
    protected bool IsEndSaid => _isEndSaid;

    /// <summary>Writes the frame of a lane that consists of its header only.</summary>
    protected void WriteOfLane(FrameKind kind, FrameFlags flags, int lane, long sequence, long value, BlobWriter writer)
    {
        new FrameHeader(kind, flags, lane, 0, Attempt, sequence, value, 0).Write(writer.Take(FrameHeader.Size));
        Counts.FramesOut++;
    }

    private void Write(FrameKind kind, byte[] payload, BlobWriter writer, long value = 0)
    {
        new FrameHeader(kind, FrameFlags.None, FrameHeader.NoLane, payload.Length, Attempt, ++_said, value, Crc32C.Compute(payload))
            .Write(writer.Take(FrameHeader.Size));
        writer.WriteBytes(payload);
        Counts.FramesOut++;
    }

    private static string TextOf(Exception error) =>
        error is ActorStreamsException or IOException ? error.Message : $"{error.GetType().Name}: {error.Message}";

    private LinkFault Refused()
    {
        var reader = new BlobReader(Buffer.Received);
        var kind = (LinkFaultKind)reader.ReadByte();
        var fault = new LinkFault(kind is > LinkFaultKind.None and <= LinkFaultKind.Crowded ? kind : LinkFaultKind.Broken,
            $"The other side refused: {reader.ReadString()}");
        Fail(fault, tell: false);
        return fault;
    }

    private void Enter(LinkState state, LinkFault? fault)
    {
        (State, Fault) = (state, fault);
        OnState(state, fault);
        Speaks.Set();
    }
}
