using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;
using ActorStreams.TestKit;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Two nodes and the two ends of a link between them. Bytes cross when the test says so, in pieces as long as it says.</summary>
/// <typeparam name="T">The rows.</typeparam>
internal sealed class Crossing<T> : ILinkDirectory
{
    private readonly BlobWriter _there = new(), _back = new();
    private readonly Func<LinkHello, LinkFault?>? _refuse;

    public Crossing(
        TwoNodes<T>? nodes = null, LinkHello? hello = null, LinkLimits? limits = null, Func<LinkHello, LinkFault?>? refuse = null,
        IReadOnlyList<LinkLane>? lanesOfA = null)
    {
        Nodes = nodes ?? new TwoNodes<T>();
        _refuse = refuse;
        limits ??= LinkLimits.Default;
        LanesOfA = lanesOfA ?? TwoNodes<T>.LanesOf(Nodes.A);
        Receiving = new ReceivingSession(this, limits, Clock);
        Sending = new SendingSession(hello ?? LinkHello.Of("job", "a", "b", attempt: 7), LanesOfA, limits, Clock,
            SenderNews.Add);
        Nodes.A.Place(Sending.Take, _ => Assert.Fail("Nothing comes to node a."));
        Nodes.B.Place(_ => Assert.Fail("Nothing goes from node b."), credit => Receiving.Take((LaneCredit)credit));
    }

    public TwoNodes<T> Nodes { get; }

    public IReadOnlyList<LinkLane> LanesOfA { get; }

    public VirtualClock Clock { get; } = new();

    public SendingSession Sending { get; }

    public ReceivingSession Receiving { get; }

    public List<LinkNews> SenderNews { get; } = [];

    public List<LinkNews> ReceiverNews { get; } = [];

    public List<LinkFault> Refused { get; } = [];

    /// <summary>Everything that went from a to b.</summary>
    public List<byte> Recorded { get; } = [];

    /// <summary>Does something to the bytes on their way from a to b.</summary>
    public Func<byte[], byte[]> OnTheWay { get; set; } = bytes => bytes;

    /// <summary>The handshake is done.</summary>
    public Crossing<T> Opened()
    {
        Cross();
        Assert.Equal((LinkState.Open, LinkState.Open), (Sending.State, Receiving.State));
        return this;
    }

    /// <summary>Lets bytes cross until neither side has anything to say.</summary>
    /// <param name="piece">How long the next piece is; null: as long as it may be.</param>
    public void Cross(Func<int>? piece = null)
    {
        bool any;
        do
        {
            any = Cross(Sending, Receiving, _there, piece, isThere: true);
            any |= Cross(Receiving, Sending, _back, piece, isThere: false);
        }
        while (any);
    }

    /// <summary>Sends a batch of rows by a lane, with event times, positions and source watermarks that follow from the rows'
    /// numbers.</summary>
    /// <returns>Whether there was credit.</returns>
    public bool Send(int receiver, params T[] rows)
    {
        Batch<T> batch = Nodes.A.Pool.Rent();
        foreach (T row in rows)
        {
            int at = batch.Count++;
            batch.Rows[at] = row;
            batch.Times[at] = 1_000 + at;
            if (batch.Positions is not null)
                batch.Positions[at] = Position.Of(3, at);
            batch.SourceWatermarks?.Begin(at, 900 + (at / 4));
        }

        return Nodes.A.Outlets[0, receiver].TrySend(new LaneMessage(MessageKind.Batch, batch, 0));
    }

    /// <summary>Sends a watermark, idleness or a barrier.</summary>
    public bool Send(int receiver, LaneMessage message) => Nodes.A.Outlets[0, receiver].TrySend(message);

    /// <summary>What a receiver finds in its inbox, as text; taking it gives credit.</summary>
    public List<string> Taken(int receiver, int atMost = int.MaxValue)
    {
        var texts = new List<string>();
        while (texts.Count < atMost && Nodes.B.Receivers[receiver].TryRead(out _, out LaneMessage message))
        {
            texts.Add(TextOf(message));
            if (message.Batch is Batch<T> batch)
                Nodes.B.Pool.Return(batch);
        }

        return texts;
    }

    public static string TextOf(LaneMessage message)
    {
        if (message.Batch is not Batch<T> batch)
            return message.Kind == MessageKind.Idle ? "Idle" : $"{message.Kind} {message.Value}{(message.IsFinal ? " final" : "")}";
        IEnumerable<string> rows = Enumerable.Range(0, batch.Count).Select(row => string.Create(CultureInfo.InvariantCulture,
            $"{batch.Rows[row]}@{batch.Times[row]}{PositionOf(batch, row)}{WatermarkOf(batch, row)}"));
        return string.Join(' ', rows);
    }

    private static string PositionOf(Batch<T> batch, int row) => batch.Positions is null ? ""
        : $"#{Position.Partition(batch.Positions[row])}/{Position.Offset(batch.Positions[row])}";

    private static string WatermarkOf(Batch<T> batch, int row) =>
        batch.SourceWatermarks is null ? "" : $"~{batch.SourceWatermarks.At(row, out _)}";

    LinkFault? ILinkDirectory.Find(LinkHello hello, ReceivingSession session, out LinkWelcome? welcome)
    {
        LinkFault? fault = _refuse?.Invoke(hello);
        welcome = fault is null ? new LinkWelcome(TwoNodes<T>.LanesOf(Nodes.B), ReceiverNews.Add) : null;
        return fault;
    }

    void ILinkDirectory.OnRefused(LinkHello? hello, LinkFault fault) => Refused.Add(fault);

    private bool Cross(LinkSession from, LinkSession to, BlobWriter writer, Func<int>? piece, bool isThere)
    {
        writer.Clear();
        if (!from.Fill(writer))
            return false;
        byte[] bytes = writer.ToArray();
        if (isThere)
        {
            Recorded.AddRange(bytes);
            bytes = OnTheWay(bytes);
        }

        Feed(to, bytes, piece);
        return true;
    }

    /// <summary>Gives bytes to a session in pieces.</summary>
    public static void Feed(LinkSession to, ReadOnlySpan<byte> bytes, Func<int>? piece = null)
    {
        while (bytes.Length > 0)
        {
            Span<byte> room = to.Room.Span;
            int count = Math.Min(Math.Min(room.Length, bytes.Length), Math.Max(1, piece?.Invoke() ?? int.MaxValue));
            bytes[..count].CopyTo(room);
            to.Received(count);
            bytes = bytes[count..];
        }
    }
}
