using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Whatever comes on the port of links: it is refused or it is what was sent. Nothing is taken that is damaged, repeated, missing
/// or too much, nothing throws, and nothing is allocated because a stranger says so.</summary>
public sealed class HostileBytesSpec
{
    private readonly record struct Plain(long Key, double Value);

    private sealed record Named(string Name, bool IsPaid);

    /// <summary>A conversation in full: handshake, rows in both lanes, a watermark, a barrier, the end.</summary>
    private static (byte[] Bytes, List<string> Delivered) Recorded()
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();
        link.Send(0, new Plain(1, 1), new Plain(2, 2));
        link.Send(0, LaneMessage.Watermark(1_001));
        link.Send(1, new Plain(3, 3));
        link.Send(0, LaneMessage.Barrier(1, isFinal: false));
        link.Sending.End();
        link.Cross();
        return ([.. link.Recorded], [.. link.Taken(0), .. link.Taken(1)]);
    }

    /// <summary>Gives bytes to a node that has never heard of the sender.</summary>
    private static (Crossing<Plain> Link, List<string> Delivered) Replayed(ReadOnlySpan<byte> bytes, Func<int>? piece = null,
        bool thenClose = true)
    {
        var link = new Crossing<Plain>();
        Crossing<Plain>.Feed(link.Receiving, bytes, piece);
        if (thenClose)
            link.Receiving.Received(0);
        return (link, [.. link.Taken(0), .. link.Taken(1)]);
    }

    [Fact]
    public void A_connection_that_is_cut_at_any_byte_fails_and_what_was_taken_before_is_whole()
    {
        (byte[] bytes, List<string> all) = Recorded();
        for (int length = 0; length < bytes.Length; length++)
        {
            (Crossing<Plain> link, List<string> delivered) = Replayed(bytes.AsSpan(0, length));

            Assert.Equal(LinkFaultKind.Broken, link.Receiving.Fault?.Kind);
            Assert.All(delivered, text => Assert.Contains(text, all));
        }

        Assert.Equal(LinkState.Ended, Replayed(bytes).Link.Receiving.State);
    }

    [Fact]
    public void A_connection_with_any_byte_changed_fails_and_nothing_that_is_damaged_is_taken()
    {
        (byte[] bytes, List<string> all) = Recorded();
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= (byte)(1 << (at % 8));

            (Crossing<Plain> link, List<string> delivered) = Replayed(damaged);

            Assert.Equal(LinkState.Failed, link.Receiving.State);
            Assert.All(delivered, text => Assert.Contains(text, all));
        }
    }

    [Fact]
    public void Random_bytes_are_refused_at_the_first_header()
    {
        var random = new Random(13);
        byte[] bytes = new byte[4096];
        for (int round = 0; round < 1_000; round++)
        {
            random.NextBytes(bytes);
            Assert.Equal(LinkFaultKind.NoFrame, Replayed(bytes, () => random.Next(1, 200)).Link.Refused.Single().Kind);
        }
    }

    /// <summary>Frames whose checksums are right, with random kinds, lanes, numbers, lengths and contents, in the middle of a good
    /// conversation.</summary>
    [Fact]
    public void Random_frames_with_right_checksums_fail_the_link_and_do_no_harm()
    {
        var random = new Random(17);
        (byte[] bytes, List<string> all) = Recorded();
        List<Frame> good = Frame.AllOf(bytes);
        for (int round = 0; round < 2_000; round++)
        {
            List<Frame> frames = [.. good];
            byte[] payload = new byte[random.Next(3) == 0 ? 0 : random.Next(200)];
            random.NextBytes(payload);
            frames.Insert(random.Next(frames.Count - 1), Frame.Of((FrameKind)random.Next(1, (int)FrameKind.End + 1), payload,
                random.Next(-2, 4),
                attempt: random.Next(6, 9), sequence: random.Next(0, 4), value: random.Next(3) == 0 ? random.NextInt64() : random.Next(4),
                (FrameFlags)random.Next(4)));

            (Crossing<Plain> link, List<string> delivered) = Replayed(Frame.Bytes(frames));

            // What nobody can tell from the last frame of a lane is taken, until the end says how many there were.
            Assert.Equal(LinkState.Failed, link.Receiving.State);
            Assert.InRange(delivered.Count, 0, all.Count + 1);
        }
    }

    [Theory]
    [InlineData((int)FrameKind.Hello, 4 * 1024 + 1)]
    [InlineData((int)FrameKind.Hello, int.MaxValue)]
    public void A_stranger_who_announces_a_long_frame_is_refused_before_anything_is_allocated(int kind, int length)
    {
        byte[] header = new byte[FrameHeader.Size];
        new FrameHeader((FrameKind)kind, FrameFlags.None, FrameHeader.NoLane, length, 7, 1, 0, 0).Write(header);
        Replayed(header, thenClose: false);
        var link = new Crossing<Plain>();

        long before = GC.GetAllocatedBytesForCurrentThread();
        Crossing<Plain>.Feed(link.Receiving, header);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(LinkFaultKind.Length, link.Receiving.Fault!.Kind);
        Assert.InRange(allocated, 0, 16 * 1024);
    }

    [Theory]
    [InlineData(1L, 1_000_000)]
    [InlineData(1L << 33, 24)]
    [InlineData(17L, (17 * 32) + 12)]
    [InlineData(-1L, 0)]
    [InlineData(0L, 0)]
    [InlineData(int.MaxValue, 48)]
    [InlineData(1L | (1L << 32), int.MaxValue)]
    public void A_frame_of_rows_whose_length_and_counts_contradict_each_other_is_refused_before_anything_is_allocated(long value,
        int length)
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();
        link.Send(0, new Plain(1, 1));
        link.Cross();
        byte[] header = new byte[FrameHeader.Size];
        new FrameHeader(FrameKind.Batch, FrameFlags.None, 0, length, 7, 2, value, 0).Write(header);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Crossing<Plain>.Feed(link.Receiving, header);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(LinkFaultKind.Length, link.Receiving.Fault!.Kind);
        Assert.InRange(allocated, 0, 16 * 1024);
    }

    [Fact]
    public void A_frame_that_is_missing_is_noticed_by_the_next_one_of_its_lane()
    {
        List<Frame> frames = Frame.AllOf(Recorded().Bytes);
        int rows = frames.FindIndex(frame => frame.Header.Kind == FrameKind.Batch);
        frames.RemoveAt(rows);

        (Crossing<Plain> link, List<string> delivered) = Replayed(Frame.Bytes(frames));

        Assert.Equal(LinkFaultKind.Gap, link.ReceiverNews.Last().Fault!.Kind);
        Assert.Equal("Frame 2 of lane 0 came where 1 was due.", link.ReceiverNews.Last().Fault!.Text);
        Assert.Empty(delivered);
    }

    [Fact]
    public void A_frame_that_comes_twice_is_taken_once()
    {
        List<Frame> frames = Frame.AllOf(Recorded().Bytes);
        for (int at = 0; at < frames.Count; at++)
        {
            List<Frame> twice = [.. frames.Take(at + 1), .. frames.Skip(at)];

            (Crossing<Plain> link, List<string> delivered) = Replayed(Frame.Bytes(twice));

            // Behind the end nothing is read any more.
            Assert.Equal(at == frames.Count - 1 ? LinkState.Ended : LinkState.Failed, link.Receiving.State);
            Assert.Equal(delivered.Distinct(), delivered);
        }
    }

    [Fact]
    public void Two_frames_of_a_lane_that_change_places_are_noticed()
    {
        List<Frame> frames = Frame.AllOf(Recorded().Bytes);
        int rows = frames.FindIndex(frame => frame.Header.Kind == FrameKind.Batch);
        (frames[rows], frames[rows + 1]) = (frames[rows + 1], frames[rows]);

        Assert.Equal(LinkFaultKind.Gap, Replayed(Frame.Bytes(frames)).Link.Receiving.Fault!.Kind);
    }

    [Fact]
    public void A_frame_of_another_attempt_ends_the_attempt()
    {
        List<Frame> frames = Frame.AllOf(Recorded().Bytes);
        int rows = frames.FindIndex(frame => frame.Header.Kind == FrameKind.Batch);
        frames[rows] = frames[rows] with { Header = frames[rows].Header with { Attempt = 6 } };

        LinkNews news = Replayed(Frame.Bytes(frames)).Link.ReceiverNews.Last();

        Assert.Equal((7, LinkState.Failed, LinkFaultKind.Attempt), (news.Attempt, news.State, news.Fault!.Kind));
        Assert.Equal("A frame of attempt 6 came in attempt 7.", news.Fault.Text);
    }

    [Fact]
    public void A_sender_that_exceeds_its_credit_is_refused()
    {
        List<Frame> frames = Frame.AllOf(Recorded().Bytes);
        frames.RemoveAt(frames.Count - 1);
        frames.AddRange(Enumerable.Range(2, 4).Select(sequence => Frame.Of(FrameKind.Idle, lane: 1, sequence: sequence)));

        (Crossing<Plain> link, List<string> delivered) = Replayed(Frame.Bytes(frames));

        Assert.Equal("Lane 1 brought more than its credit of 4 messages.", link.ReceiverNews.Last().Fault!.Text);
        Assert.Equal(3 + 4, delivered.Count);
    }

    [Fact]
    public void A_credit_that_comes_twice_is_counted_once()
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();
        for (int message = 0; message < 4; message++)
            link.Send(0, new Plain(message, 0));
        link.Cross();
        byte[] credit = Frame.Of(FrameKind.Credit, lane: 0, sequence: 1, value: 2).ToBytes();

        Crossing<Plain>.Feed(link.Sending, credit);
        Assert.Null(link.Sending.Fault);
        Crossing<Plain>.Feed(link.Sending, credit);

        Assert.Equal("Credit 1 of lane 0 came where 2 was due.", link.SenderNews.Last().Fault!.Text);
        Assert.True(link.Send(0, new Plain(5, 0)) && link.Send(0, new Plain(6, 0)), "the credit, once");
        Assert.False(link.Send(0, new Plain(7, 0)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1L << 32) + 1)]
    public void Credit_for_more_than_is_under_way_is_refused(long count)
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();
        for (int message = 0; message < 4; message++)
            link.Send(0, new Plain(message, 0));
        link.Cross();

        Crossing<Plain>.Feed(link.Sending, Frame.Of(FrameKind.Credit, lane: 0, sequence: 1, value: count).ToBytes());

        Assert.Equal(LinkFaultKind.Credit, link.Sending.Fault!.Kind);
        Assert.False(link.Send(0, new Plain(5, 0)));
    }

    [Fact]
    public void Rows_that_are_none_fail_the_link_though_every_checksum_is_right()
    {
        var link = new Crossing<Named>(new TwoNodes<Named>(withPositions: false, withSourceWatermarks: false));
        link.Opened();
        link.Send(0, new Named("ann", IsPaid: true));
        var writer = new BlobWriter();
        link.Sending.Fill(writer);
        Frame good = Frame.AllOf(writer.Written).Single();
        int refused = 0;
        for (int at = 0; at < good.Payload.Length; at++)
        {
            var victim = new Crossing<Named>(new TwoNodes<Named>(withPositions: false, withSourceWatermarks: false));
            victim.Opened();
            byte[] payload = [.. good.Payload];
            payload[at] = 0xFE;
            Crossing<Named>.Feed(victim.Receiving, new Frame(good.Header, payload).ToBytes());
            refused += victim.Receiving.Fault?.Kind == LinkFaultKind.Rows ? 1 : 0;
            Assert.True(victim.Receiving.Fault is null or { Kind: LinkFaultKind.Rows });
        }

        Assert.InRange(refused, 5, good.Payload.Length - sizeof(long));   // a changed event time is one all the same
    }

    [Fact]
    public void Source_watermarks_that_do_not_follow_the_rows_fail_the_link()
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();
        link.Send(0, [.. Enumerable.Range(0, 8).Select(row => new Plain(row, 0))]);
        var writer = new BlobWriter();
        link.Sending.Fill(writer);
        Frame good = Frame.AllOf(writer.Written).Single();
        foreach ((int stretch, int row) in new[] { (0, 1), (0, -1), (1, 0), (1, 8), (1, int.MinValue), (1, int.MaxValue) })
        {
            Crossing<Plain> victim = new Crossing<Plain>().Opened();
            byte[] payload = [.. good.Payload];
            BitConverter.TryWriteBytes(payload.AsSpan(payload.Length - (12 * (2 - stretch))), row);
            Crossing<Plain>.Feed(victim.Receiving, new Frame(good.Header, payload).ToBytes());
            Assert.Equal(LinkFaultKind.Rows, victim.Receiving.Fault?.Kind);
        }
    }

    [Fact]
    public void Frames_that_come_where_they_must_not_are_refused()
    {
        foreach (FrameKind kind in Enum.GetValues<FrameKind>().Except([FrameKind.None, FrameKind.Hello, FrameKind.Refuse, FrameKind.Beat]))
            Assert.Equal(LinkFaultKind.UnknownFrame, Replayed(Frame.Of(kind, attempt: 0).ToBytes()).Link.Refused.Single().Kind);

        foreach (FrameKind kind in new[] { FrameKind.Hello, FrameKind.Welcome, FrameKind.Lanes, FrameKind.Ready, FrameKind.Batch,
            FrameKind.End })
        {
            Crossing<Plain> link = new Crossing<Plain>().Opened();
            Crossing<Plain>.Feed(link.Sending, Frame.Of(kind, sequence: 3).ToBytes());
            Assert.Equal(LinkFaultKind.UnknownFrame, link.Sending.Fault?.Kind);
        }
    }
}
