using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Rows that are in very many windows.</summary>
public sealed class OverlapSpec
{
    private static readonly HoppingWindows s_daysBySecond = Window.Hopping(TimeSpan.FromDays(1), TimeSpan.FromSeconds(1));

    private static readonly Func<KeyedStream<string, long>, Stream<WindowCount>>[] s_oneByOne =
    [
        rows => rows.Window("days", s_daysBySecond).AllowedLateness(TimeSpan.FromSeconds(1)).Aggregate(Aggregate.Of<long>().Count()),
        rows => rows.Window("days", s_daysBySecond).Trigger(ActorStreams.Trigger.AfterCount(5)).Aggregate(Aggregate.Of<long>().Count()),
        rows => rows.Window("days", s_daysBySecond).Retracting().Aggregate(Aggregate.Of<long>().Count()).Map(change => change.Row),
        rows => rows.Window("days", s_daysBySecond.InProcessingTime()).Aggregate(Aggregate.Of<long>().Count()),
        rows => rows.Window("days", s_daysBySecond)
            .Aggregate(Aggregate.Fold<long, long, long>(() => 0L, (count, _) => count + 1, count => count)),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_day_every_second_gives_a_result_for_each_of_its_seconds(bool isSubtracted)
    {
        IReadOnlyList<long> results = await ResultsAsync(rows =>
        {
            WindowedStream<string, long> days = rows.Window("days", s_daysBySecond);
            return isSubtracted ? days.Aggregate(Aggregate.Of<long>().Sum(row => row)).Map(result => result.Result)
                : days.Aggregate(Aggregate.Of<long>().Max(row => row)).Map(result => result.Result ?? -1);
        });
        Assert.Equal((86_400, isSubtracted ? 12 : 7), (results.Count, results.Max()));
    }

    [Fact]
    public async Task A_row_is_added_to_each_of_thousands_of_windows_where_it_must()
    {
        IReadOnlyList<long> results = await ResultsAsync(
            rows => rows.Window("windows", Window.Hopping(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1)))
            .AllowedLateness(TimeSpan.FromSeconds(1)).Aggregate(Aggregate.Of<long>().Count()).Map(result => result.Result));
        Assert.Equal((2_000, 2), (results.Count, results.Max()));
    }

    [Fact]
    public void Ten_thousand_are_the_most_there()
    {
        KeyedStream<string, long> rows = Pipeline.Create("shop").Read("rows", new TestSource<long>()).KeyBy(_ => "a");
        rows.Window("most", Window.Hopping(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(1))).Retracting()
            .Aggregate(Aggregate.Of<long>().Count());
        WindowedStream<string, long> more = rows.Window("more", Window.Hopping(TimeSpan.FromSeconds(10.001), TimeSpan.FromMilliseconds(1)));
        Assert.Throws<PipelineException>(() => more.Retracting().Aggregate(Aggregate.Of<long>().Count()));
        more.Aggregate(Aggregate.Of<long>().Count());
    }

    [Fact]
    public void More_than_ten_thousand_are_refused_where_a_row_is_added_to_each() => Assert.All(s_oneByOne, build =>
    {
        KeyedStream<string, long> rows = Pipeline.Create("shop").Read("rows", new TestSource<long>()).KeyBy(_ => "a");
        string message = Assert.Throws<PipelineException>(() => build(rows)).Message;
        Assert.StartsWith("Pipeline 'shop', operator 'days': with hopping 1.00:00:00 every 00:00:01", message, StringComparison.Ordinal);
        Assert.Contains("each row is in 86,400 windows, and the most is 10,000", message, StringComparison.Ordinal);
    });

    /// <summary>Two rows of one time.</summary>
    private static async Task<IReadOnlyList<long>> ResultsAsync(Func<KeyedStream<string, long>, Stream<long>> build)
    {
        var source = new TestSource<long>();
        var results = new TestSink<long>();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => build(pipeline.Read("rows", source).KeyBy(_ => "a")).Write("out", results),
            new JobOptions { Parallelism = 1, Shards = 8, EpochInterval = TimeSpan.FromDays(1) });
        source.Element(5, at: "12:00:00").Element(7, at: "12:00:00").Complete();
        test.RunUntilIdle();
        return results.Rows;
    }
}
