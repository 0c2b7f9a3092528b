using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A link carries the lanes between two nodes: what an instance sends arrives as if the other instance were next door.</summary>
public sealed class LinkSpec
{
    private readonly record struct Plain(long Key, double Value);

    private readonly record struct Judged(long Key, bool IsPaid, DateTime At);

    private sealed record Named(string Name, int[] Numbers);

    private sealed class Throwing
    {
        private int _number;

        public int Number
        {
            get => _number >= 0 ? _number : throw new FormatException("no number");
            set => _number = value;
        }
    }

    [Fact]
    public void Rows_watermarks_idleness_and_barriers_of_a_lane_arrive_in_their_order()
    {
        Crossing<long> link = new Crossing<long>().Opened();

        link.Send(0, 1, 2);
        link.Send(0, LaneMessage.Watermark(1_001));
        link.Send(0, LaneMessage.Idle);
        link.Send(0, LaneMessage.Barrier(5, isFinal: true));
        link.Cross();

        Assert.Equal(["1@1000#3/0~900 2@1001#3/1~900", "Watermark 1001", "Idle", "Barrier 5 final"], link.Taken(0));
        Assert.Empty(link.Taken(1));
    }

    [Fact]
    public void Rows_of_numbers_go_as_they_lie_in_memory()
    {
        Crossing<Plain> link = new Crossing<Plain>().Opened();

        link.Send(1, [.. Enumerable.Range(0, 5).Select(row => new Plain(row, row / 2.0))]);
        link.Cross();

        Assert.Equal(WireForm.Memory, link.LanesOfA[1].Wire.Form);
        Assert.Equal("Plain { Key = 4, Value = 2 }@1004#3/4~901", link.Taken(1).Single()[^41..]);
    }

    [Fact]
    public void Rows_that_must_be_judged_go_by_their_codec()
    {
        Crossing<Judged> link = new Crossing<Judged>().Opened();

        link.Send(1, new Judged(1, IsPaid: true, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc)));
        link.Cross();

        Assert.Equal(WireForm.Codec, link.LanesOfA[1].Wire.Form);
        Assert.StartsWith("Judged { Key = 1, IsPaid = True, At = 01/01/2030 00:00:00 }@1000", link.Taken(1).Single(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_with_texts_and_lists_go_by_their_codec()
    {
        Crossing<Named> link = new Crossing<Named>(new TwoNodes<Named>(withPositions: false, withSourceWatermarks: false)).Opened();

        link.Send(0, new Named("ä", [1, 2]), new Named("", []));
        link.Cross();

        Assert.Equal("Named { Name = ä, Numbers = System.Int32[] }@1000 Named { Name = , Numbers = System.Int32[] }@1001",
            link.Taken(0).Single());
    }

    [Fact]
    public void A_batch_of_large_rows_goes_in_parts_and_arrives_as_one()
    {
        string[] rows = [.. Enumerable.Range(0, 12).Select(row => new string((char)('a' + row), 700))];
        Crossing<string> link = new Crossing<string>(limits: new LinkLimits { PartBytes = 2_000, SendBytes = 1_000 }).Opened();
        long before = link.Receiving.Counts.FramesIn;

        link.Send(0, rows);
        link.Send(0, LaneMessage.Watermark(3));
        link.Cross();

        Assert.Equal(4 + 1, link.Receiving.Counts.FramesIn - before);
        List<string> taken = link.Taken(0);
        Assert.Equal(2, taken.Count);
        Assert.Equal(rows.Select((row, at) => $"{row}@{1000 + at}#3/{at}~{900 + (at / 4)}"), taken[0].Split(' '));
    }

    [Fact]
    public void A_batch_of_rows_as_they_lie_in_memory_goes_in_parts_too()
    {
        Crossing<Plain> link = new Crossing<Plain>(limits: new LinkLimits { PartBytes = 40 }).Opened();
        long before = link.Receiving.Counts.FramesIn;

        link.Send(1, [.. Enumerable.Range(0, 7).Select(row => new Plain(row, 0))]);
        link.Cross();

        Assert.Equal(4, link.Receiving.Counts.FramesIn - before);
        Assert.EndsWith("Plain { Key = 6, Value = 0 }@1006#3/6~901", link.Taken(1).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_is_too_long_fails_the_link_and_both_sides_learn_why()
    {
        Crossing<string> link = new Crossing<string>(limits: new LinkLimits { FrameBytes = 10_000 }).Opened();

        link.Send(1, "good");
        link.Send(0, new string('x', 20_000));
        link.Cross();

        Assert.StartsWith("A row cannot be written to a link: A frame of 20,", link.SenderNews.Last().Fault!.Text,
            StringComparison.Ordinal);
        Assert.Equal($"The other side refused: {link.SenderNews.Last().Fault!.Text}", link.ReceiverNews.Last().Fault!.Text);
        Assert.Single(link.Taken(1));
    }

    [Fact]
    public void A_row_whose_property_throws_fails_the_link_and_both_sides_learn_why()
    {
        Crossing<Throwing> link = new Crossing<Throwing>().Opened();

        link.Send(0, new Throwing { Number = 1 }, new Throwing { Number = -1 });
        link.Cross();

        Assert.Equal("A row cannot be written to a link: FormatException: no number", link.SenderNews.Last().Fault!.Text);
        Assert.Equal(LinkFaultKind.Rows, link.ReceiverNews.Last().Fault!.Kind);
    }

    [Fact]
    public void A_lane_without_credit_waits_and_the_others_go_on()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        for (int message = 0; message < TwoNodes<long>.LaneBatches; message++)
            Assert.True(link.Send(0, message));

        Assert.False(link.Send(0, 99), "Lane 0 has used its credit.");
        link.Cross();
        Assert.False(link.Send(0, 99), "What has arrived and was not taken gives no credit.");
        Assert.True(link.Send(1, 1));
        link.Cross();
        Assert.Single(link.Taken(1));

        Assert.Equal(2, link.Taken(0, atMost: 2).Count);            // half of the lane: credit for as much goes back
        link.Cross();
        Assert.True(link.Send(0, 99));
        Assert.True(link.Send(0, 100));
        Assert.False(link.Send(0, 101));
    }

    [Fact]
    public void A_batch_goes_back_to_the_pool_of_its_sender_once_it_is_written()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        link.Send(0, 1);
        link.Cross();

        Assert.NotSame(link.Nodes.A.Pool.Rent(), link.Nodes.B.Pool.Rent());
        Assert.Equal(0, link.Nodes.A.Pool.Rent().Count);
    }

    [Fact]
    public void What_is_sent_before_the_lanes_are_open_goes_when_they_are()
    {
        var link = new Crossing<long>();
        link.Send(1, 5);

        link.Opened();

        Assert.Single(link.Taken(1));
    }

    [Fact]
    public void An_end_follows_everything_that_was_sent_and_is_answered()
    {
        Crossing<long> link = new Crossing<long>().Opened();
        link.Send(0, 1);
        link.Sending.End();

        link.Cross();

        Assert.Single(link.Taken(0));
        Assert.Equal([LinkState.Open, LinkState.Ended], link.SenderNews.Select(news => news.State));
        Assert.Equal([LinkState.Open, LinkState.Ended], link.ReceiverNews.Select(news => news.State));
        Assert.True(link.Sending.IsOver && link.Receiving.IsOver);
    }

    /// <summary>Seeded: how bytes are cut into pieces, what is sent and when it is taken.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void However_the_bytes_are_cut_into_pieces_each_lane_gets_what_was_sent(int seed)
    {
        var random = new Random(seed);
        Func<int> piece = seed == 1 ? () => 1 : () => 1 << random.Next(0, 16);
        var link = new Crossing<Plain>();
        var sent = new List<string>[] { [], [] };
        var taken = new List<string>[] { [], [] };
        for (int step = 0; step < 400; step++)
        {
            int lane = random.Next(2);
            LaneMessage message = random.Next(4) == 0 ? LaneMessage.Watermark(step) : default;
            Plain[] rows = [.. Enumerable.Range(0, random.Next(1, TwoNodes<Plain>.BatchRows + 1)).Select(row => new Plain(step, row))];
            if (message.Value > 0 ? link.Send(lane, message) : link.Send(lane, rows))
                sent[lane].Add(message.Value > 0 ? $"Watermark {step}" : $"{rows.Length} rows of {step}");
            if (random.Next(3) == 0)
                link.Cross(piece);
            lane = random.Next(2);
            taken[lane].AddRange(link.Taken(lane, random.Next(4)));
        }

        link.Cross(piece);
        for (int lane = 0; lane < 2; lane++)
        {
            taken[lane].AddRange(link.Taken(lane));
            Assert.Equal(sent[lane], taken[lane].Select(text => text.StartsWith('W') ? text
                : $"{text.Split("Plain").Length - 1} rows of {text.Split(["Key = ", ","], StringSplitOptions.None)[1]}"));
        }

        Assert.Null(link.Sending.Fault);
        Assert.Null(link.Receiving.Fault);
    }
}
