using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Before any row the two nodes agree on the version, the attempt and the lanes. Who does not fit is refused, with a sentence on
/// both sides.</summary>
public sealed class HandshakeSpec
{
    [Fact]
    public void The_newest_version_that_both_speak_is_taken()
    {
        LinkHello hello = LinkHello.Of("job", "a", "b", 1) with { Oldest = 2, Newest = 5 };

        Assert.Equal(4, hello.Agree(1, 4));
        Assert.Equal(5, hello.Agree(3, 9));
        Assert.Null(hello.Agree(6, 9));
        Assert.Null(hello.Agree(0, 1));
    }

    [Fact]
    public void A_later_build_that_still_speaks_this_version_is_welcome() =>
        new Crossing<long>(hello: LinkHello.Of("job", "a", "b", 1) with { Newest = 9 }).Opened();

    [Fact]
    public void Nodes_without_a_common_version_refuse_each_other_and_name_both_ranges()
    {
        var link = new Crossing<long>(hello: LinkHello.Of("job", "a", "b", 1) with { Oldest = 8, Newest = 9 });

        link.Cross();

        Assert.Equal(LinkFaultKind.Version, link.Refused.Single().Kind);
        Assert.Contains("speaks versions 8 to 9 of links, this one 1 to 1", link.SenderNews.Single().Fault!.Text, StringComparison.Ordinal);
        Assert.Equal(LinkState.Failed, link.SenderNews.Single().State);
    }

    [Fact]
    public void Who_is_not_expected_is_refused_and_learns_why()
    {
        var link = new Crossing<long>(refuse: _ => new LinkFault(LinkFaultKind.NotYet, "The attempt has not begun."));

        link.Cross();

        Assert.Equal((LinkFaultKind.NotYet, "The other side refused: The attempt has not begun."),
            (link.Sending.Fault!.Kind, link.Sending.Fault.Text));
        Assert.Empty(link.ReceiverNews);
        Assert.True(link.Receiving.IsOver);
    }

    [Fact]
    public void Nodes_with_different_lanes_refuse_each_other()
    {
        var link = new Crossing<long>(lanesOfA: TwoNodes<long>.LanesOf(new TwoNodes<long>(receivers: 3).A));

        link.Cross();

        Assert.Equal(LinkFaultKind.Lanes, link.SenderNews.Single().Fault!.Kind);
        Assert.Contains("3 lanes come, 2 are known", link.ReceiverNews.Single().Fault!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_an_older_build_writes_are_read_by_a_newer_one()
    {
        var older = new TwoNodes<Older.Order>();
        var newer = new TwoNodes<Newer.Order>();
        var receiving = new ReceivingSession(new Expecting(TwoNodes<Newer.Order>.LanesOf(newer.B)), LinkLimits.Default,
            TimeProvider.System);
        var sending = new SendingSession(LinkHello.Of("job", "a", "b", 1), TwoNodes<Older.Order>.LanesOf(older.A), LinkLimits.Default,
            TimeProvider.System, _ => { });
        older.A.Place(sending.Take, _ => { });
        newer.B.Place(_ => { }, credit => receiving.Take((LaneCredit)credit));
        Cross(sending, receiving);

        Core.Records.Batch<Older.Order> batch = older.A.Pool.Rent();
        (batch.Rows[0], batch.Count) = (new Older.Order(1, 42), 1);
        batch.SourceWatermarks!.Begin(0, 0);
        older.A.Outlets[0, 0].TrySend(new LaneMessage(MessageKind.Batch, batch, 0));
        Cross(sending, receiving);

        Assert.True(newer.B.Receivers[0].TryRead(out _, out LaneMessage message));
        Assert.Equal(new Newer.Order(1, 42, 0), ((Core.Records.Batch<Newer.Order>)message.Batch!).Rows[0]);
    }

    [Fact]
    public void Rows_that_cannot_be_written_cannot_go_from_node_to_node_and_the_operator_is_named()
    {
        var nodes = new TwoNodes<Func<int>>();

        JobException error = Assert.Throws<JobException>(() => TwoNodes<Func<int>>.LanesOf(nodes.A));

        Assert.Contains("'2/0'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_handshake_that_takes_too_long_ends()
    {
        var link = new Crossing<long>();
        for (int tick = 0; tick < 30 && link.Sending.State == LinkState.Opening; tick++)
        {
            link.Clock.Advance(LinkLimits.Default.BeatEvery / 2);
            link.Sending.OnTick();
        }

        Assert.Equal(LinkFaultKind.Silence, link.Sending.Fault!.Kind);
        Assert.Equal(LinkLimits.Default.Handshake + (LinkLimits.Default.BeatEvery / 2), link.Clock.Elapsed);
    }

    private static void Cross(LinkSession one, LinkSession other)
    {
        var writer = new BlobWriter();
        for (bool any = true; any;)
        {
            any = false;
            foreach ((LinkSession from, LinkSession to) in new[] { (one, other), (other, one) })
            {
                writer.Clear();
                any |= from.Fill(writer);
                Crossing<long>.Feed(to, writer.Written);
            }
        }
    }

    private sealed class Expecting(IReadOnlyList<LinkLane> lanes) : ILinkDirectory
    {
        public LinkFault? Find(LinkHello hello, ReceivingSession session, out LinkWelcome? welcome)
        {
            welcome = new LinkWelcome(lanes, _ => { });
            return null;
        }

        public void OnRefused(LinkHello? hello, LinkFault fault) => Assert.Fail(fault.Text);
    }

    private static class Older
    {
        public readonly record struct Order(long Id, long Amount);
    }

    private static class Newer
    {
        public readonly record struct Order(long Id, long Amount, long Discount);
    }
}
