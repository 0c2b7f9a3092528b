using ActorStreams.Authoring;
using ActorStreams.Cluster.Figures;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Sources;

namespace ActorStreams.Cluster.Tests.Figures;

/// <summary>What instances show of themselves comes to another node as it was, but for moments, which each process counts for
/// itself.</summary>
public sealed class FigureBytesSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly DateTimeOffset s_time = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void Figures_are_read_as_they_were_written_and_their_moments_are_as_long_ago_as_before()
    {
        InstanceFigures figures = FiguresOf(now: 1_000_000);

        InstanceFigures read = FigureBytes.Read(FigureBytes.Of(figures, now: 1_000_000), "a", now: 77_000_000)!;

        Assert.Equal(figures.Metrics(5, 1).ToString(), read.Metrics(5, 1).ToString());
        Assert.Equal(figures.Partitions[1], read.Partitions[1]);
        SourcePosition position = figures.Partitions[0].Position with { WaitsSince = 76_700_000 };
        Assert.Equal(figures.Partitions[0] with { Position = position }, read.Partitions[0]);
        Assert.Equal(new HolderFigures("orders", "prepares epoch 3", 76_500_000, "2/1", "a"), Assert.Single(read.Holders));
        Assert.Equal((figures.ForNobody, figures.LastForNobody), (read.ForNobody, read.LastForNobody));
    }

    [Fact]
    public void The_figures_of_nodes_add_up()
    {
        InstanceFigures sum = InstanceFigures.Sum([FiguresOf(1_000_000), FiguresOf(1_000_000), InstanceFigures.Nothing]);

        JobMetrics metrics = sum.Metrics(5, 0);
        Assert.Equal((20, 2, 4, 6), (metrics.Sources["orders"].Rows, metrics.Sources["orders"].Late, metrics.Sources["orders"].Rejected,
            metrics.Sources["orders"].Leaps));
        Assert.Equal(14, metrics.Operators["totals"]["rows"]);
        Assert.Equal((new KeptBack(4, "open windows"), 17L), (sum.Operators[0].KeptBack, sum.Operators[0].Watermark));
        Assert.Equal(8, metrics.DeadLetters);
    }

    [Fact]
    public void What_another_build_writes_otherwise_is_not_read()
    {
        byte[] bytes = FigureBytes.Of(FiguresOf(0), 0);
        bytes[0]++;

        Assert.Null(FigureBytes.Read(bytes, "a", 0));
    }

    [Fact]
    public void What_is_larger_than_a_message_comes_in_pieces_and_a_lost_piece_loses_the_whole()
    {
        byte[] whole = FigureBytes.Of(FiguresOf(0), 0);
        FigurePieces.Tell(3, "a", whole, most: 50, TestActor, TestActor);
        FiguresTold[] told = [.. ReceiveN((whole.Length + 49) / 50).Cast<FiguresTold>()];
        var pieces = new FigurePieces();

        Assert.All(told[..^1], piece => Assert.Null(pieces.Take(piece)));
        Assert.Equal(whole, pieces.Take(told[^1]));

        Assert.Null(pieces.Take(told[0]));
        Assert.All(told[2..], piece => Assert.Null(pieces.Take(piece)));
        Assert.All(told[..^1], piece => Assert.Null(pieces.Take(piece)));
        Assert.Equal(whole, pieces.Take(told[^1]));
    }

    private static InstanceFigures FiguresOf(long now) => new(
        new SortedDictionary<string, SourceMetrics> { ["orders"] = new(10, 1, 2) { Leaps = 3 } },
        [
            new(new SourcePosition("orders", "0", 99, now - 300_000, PartitionState.Idle, true),
                new PartitionMetrics(6, 1, 2, s_time, TimeSpan.FromSeconds(3), true) { LateAfterQuiet = 4, Leaps = 3 }, "the broker"),
            new(new SourcePosition("orders", "1", EventTime.MinValue, EventTime.MaxValue, PartitionState.Open, false),
                new PartitionMetrics(4, 0, 0, null, null, false), null),
        ],
        [new("totals", new SortedDictionary<string, long> { ["rows"] = 7, ["errors"] = 0 }, new KeptBack(2, "open windows"), 17, true)],
        [new("orders", "prepares epoch 3", now - 500_000, "2/1", "")])
    { DeadLetters = 4, ForNobody = 5, LastForNobody = "operator 'x': why" };
}
