using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Aggregation where rows come from, then in their key's region: the same results and the same late rows as in one
/// phase.</summary>
public sealed class TwoPhaseSpec
{
    [Theory]
    [InlineData(10, 10)]
    [InlineData(100, 10)]
    [InlineData(25, 10)]
    [InlineData(7, 20)]
    public async Task Random_streams_give_what_the_model_gives(long size, long slide)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var hops = new HoppingSlicesSpec.Hops(size, slide, seed - 10, IsSubtracted: seed % 2 == 0, IsTwoPhase: true);
            var script = Script.Random(new Random(seed), 150);
            (List<string> expected, int late) = hops.Model(script);
            Script.Outcome came = await script.RunAsync(seed, hops.Build);
            Script.AreEqual(expected, came.Results, $"seed {seed}, {hops}");
            Assert.Equal((seed, late, late), (seed, came.DeadLetters, (int)came.LateDropped));
        }
    }

    [Fact]
    public void The_operator_contract_holds()
    {
        var hops = new HoppingSlicesSpec.Hops(30, 30, 5, IsSubtracted: false, IsTwoPhase: true);
        var script = Script.Random(new Random(4), 25);
        script.Holds(hops.Build, hops.Model(script).Results);
    }

    [Fact]
    public void All_rows_of_a_stream_in_windows() =>
        new OperatorContract<int, WindowResult<(long, long)>>(
                numbers => numbers.WindowAll("all", Window.Tumbling(TimeSpan.FromMinutes(1))).DropLate()
                    .Aggregate(Aggregate.Of<int>().Count().Sum(number => (long)number)),
                all => $"{all.Window.StartTime:HH:mm} {all.Result}")
            .Element(1, at: "12:00:10")
            .Element(2, at: "12:00:59")
            .Element(3, at: "12:01")
            .Watermark("12:01")
            .Element(9, at: "12:00:30")
            .Element(4, at: "12:01:30")
            .Watermark("12:02")
            .Element(5, at: "13:00")
            .Holds("""
                12:00 (2, 3)
                12:01 (2, 7)
                13:00 (1, 5)
                """);

    [Fact]
    public void Windows_that_cannot_be_split_are_refused_by_name()
    {
        Stream<Reading> rows = Pipeline.Create("split").Read("rows", Sources.Of(Array.Empty<Reading>()))
            .WithEventTime(row => row.Time, Watermarks.Monotonic());
        PipelineException error = Assert.Throws<PipelineException>(() =>
            rows.KeyBy(row => row.Key).Window("sessions", Window.Session(TimeSpan.FromSeconds(1))).TwoPhase()
                .Aggregate(Aggregate.Of<Reading>().Count()));
        Assert.Contains("'sessions'", error.Message, StringComparison.Ordinal);
        Assert.Contains("TwoPhase()", error.Message, StringComparison.Ordinal);
    }
}
