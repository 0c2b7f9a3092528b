using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A connection of which one half is gone looks like one on which nothing happens. So both sides say that they are there, and
/// whoever hears nothing for too long gives up.</summary>
public sealed class SilenceSpec
{
    private static readonly TimeSpan s_tick = LinkLimits.Default.BeatEvery / 2;

    [Fact]
    public void A_quiet_link_stays_open_because_both_sides_beat()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        for (int tick = 0; tick < 200; tick++)
        {
            link.Clock.Advance(s_tick);
            link.Sending.OnTick();
            link.Receiving.OnTick();
            link.Cross();
        }

        Assert.Equal((LinkState.Open, LinkState.Open), (link.Sending.State, link.Receiving.State));
        Assert.InRange(link.Receiving.Counts.FramesIn, 95, 105);
    }

    [Fact]
    public void A_half_open_link_ends_on_both_sides()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        var lost = new BlobWriter();
        for (int tick = 0; tick < 21; tick++)
        {
            link.Clock.Advance(s_tick);
            link.Sending.OnTick();
            link.Receiving.OnTick();
            link.Sending.Fill(lost);
            link.Receiving.Fill(lost);
        }

        Assert.Equal((LinkFaultKind.Silence, LinkFaultKind.Silence), (link.Sending.Fault!.Kind, link.Receiving.Fault!.Kind));
        Assert.Equal(link.SenderNews.Last().Fault, link.Sending.Fault);
    }

    [Fact]
    public void A_node_that_was_paused_itself_does_not_blame_the_other()
    {
        Crossing<long> link = new Crossing<long>().Opened();

        link.Clock.Advance(TimeSpan.FromMinutes(1));
        link.Sending.OnTick();

        Assert.Null(link.Sending.Fault);
    }

    [Fact]
    public void A_link_on_which_rows_go_needs_no_beats()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        for (int tick = 0; tick < 20; tick++)
        {
            link.Clock.Advance(s_tick);
            link.Send(0, tick);
            link.Sending.OnTick();
            link.Cross();
            link.Taken(0);
        }

        Assert.Equal(20 + 2, link.Receiving.Counts.FramesIn);
    }
}
