using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region classic-rows
public readonly record struct Temperature(string Sensor, double Celsius);

public readonly record struct Visit(string Page, string User);

public readonly record struct Sale(string Shop, string Article, long Cents);
#endregion

/// <summary>The code of docs/classic-cases.md.</summary>
public sealed class ClassicCases
{
    private readonly TestSource<Temperature> _measurements = new();
    private readonly TestSource<Visit> _visits = new();
    private readonly TestSource<Sale> _sales = new();

    [Fact]
    public async Task Averages_of_5_seconds()
    {
        var tumbling = new TestSink<WindowResult<string, double?>>(result => $"{result.Window.StartTime:ss} {result.Result:0.0}");
        var sliding = new TestSink<OverResult<Temperature, double?>>(result => $"{result.Row.Celsius} {result.Result:0.0}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Temperature> measurements = pipeline.Read("measurements", _measurements);
            #region classic-average
            Stream<WindowResult<string, double?>> averages = measurements
                .KeyBy(m => m.Sensor)
                .Window("averages", Window.Tumbling(TimeSpan.FromSeconds(5)))
                .Aggregate(a => a.Average(m => m.Celsius));
            #endregion
            #region classic-moving-average
            Stream<OverResult<Temperature, double?>> moving = measurements
                .KeyBy(m => m.Sensor)
                .Over("moving", Frames.Range(TimeSpan.FromSeconds(5)))
                .Aggregate(a => a.Average(m => m.Celsius));
            #endregion
            averages.Write("averages-out", tumbling);
            moving.Write("moving-out", sliding);
        });
        _measurements.Element(new Temperature("roof", 10), at: "12:00:01").Element(new Temperature("roof", 16), at: "12:00:05.500")
            .Element(new Temperature("roof", 13), at: "12:00:04").Watermark("12:00:30");
        tumbling.ShouldEmit("""
            00 11.5
            05 16.0
            """);
        sliding.ShouldEmit("""
            10 10.0
            13 11.5
            16 13.0
            """);
    }

    [Fact]
    public async Task Unique_visitors()
    {
        var counts = new TestSink<WindowResult<string, (long, long)>>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Visit> visits = pipeline.Read("visits", _visits);
            #region classic-visitors
            Stream<WindowResult<string, (long, long)>> visitors = visits
                .KeyBy(v => v.Page)
                .Window("visitors", Window.Tumbling(TimeSpan.FromMinutes(10)))
                .Aggregate(a => a.DistinctCount(v => v.User).ApproximateDistinctCount(v => v.User, precision: 14));
            #endregion
            visitors.Write("out", counts);
        });
        for (int visit = 0; visit < 3_000; visit++)
            _visits.Element(new Visit("home", $"user {visit % 2_000}"), at: "12:05");
        _visits.Watermark("12:10");
        test.RunUntilIdle();
        (long exact, long approximate) = Assert.Single(counts.Rows).Result;
        Assert.Equal(2_000, exact);
        Assert.InRange(approximate, 1_940, 2_060);
    }

    [Fact]
    public async Task Hopping_totals()
    {
        var sums = new TestSink<WindowResult<string, long>>(result => $"{result.Window.EndTime:HH:mm} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Sale> sales = pipeline.Read("sales", _sales);
            #region classic-totals
            Stream<WindowResult<string, long>> totals = sales
                .KeyBy(s => s.Shop)
                .Window("totals", Window.Hopping(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5)))
                .Aggregate(a => a.Sum(s => s.Cents));
            #endregion
            totals.Write("out", sums);
        });
        _sales.Element(new Sale("north", "tea", 300), at: "12:01").Element(new Sale("north", "tea", 500), at: "12:07").Watermark("12:15");
        sums.ShouldEmit("""
            12:05 300
            12:10 800
            12:15 800
            """);
    }

    [Fact]
    public async Task Top_k()
    {
        var exact = new TestSink<WindowResult<IReadOnlyList<string>>>(result => string.Join(' ', result.Result));
        var bounded = new TestSink<WindowResult<IReadOnlyList<HeavyHitter<string>>>>(
            result => string.Join(' ', result.Result.Select(hitter => $"{hitter.Item}:{hitter.Count}")));
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Sale> sales = pipeline.Read("sales", _sales);
            #region classic-top
            Stream<WindowResult<IReadOnlyList<string>>> best = sales
                .KeyBy(s => s.Article)
                .Window("sold", Window.Tumbling(TimeSpan.FromHours(1)))
                .Aggregate(a => a.Count())
                .WindowAll("best", Window.Tumbling(TimeSpan.FromHours(1)))
                .Aggregate(a => a.TopBy(3, sold => sold.Key, by: sold => sold.Result));
            #endregion
            #region classic-heavy
            Stream<WindowResult<IReadOnlyList<HeavyHitter<string>>>> heavy = sales
                .WindowAll("heavy", Window.Tumbling(TimeSpan.FromHours(1)))
                .Aggregate(a => a.HeavyHitters(3, s => s.Article, counters: 1000));
            #endregion
            best.Write("best-out", exact);
            heavy.Write("heavy-out", bounded);
        });
        foreach ((string article, int count) in (ReadOnlySpan<(string, int)>)[("rice", 1), ("tea", 4), ("salt", 2), ("soap", 3)])
        {
            for (int sale = 0; sale < count; sale++)
                _sales.Element(new Sale("north", article, 100), at: "12:30");
        }

        _sales.Watermark("13:00");
        exact.ShouldEmit("tea soap salt");
        bounded.ShouldEmit("tea:4 soap:3 salt:2");
    }

    [Fact]
    public async Task Groups_of_earthquakes()
    {
        var results = new List<WindowResult<IReadOnlyList<KMeansCluster>>>();
        var pipeline = Pipeline.Create("groups");
        Stream<Shake> shakes = pipeline.Read("shakes", Csv.File<Shake>(Repository.PathOf("examples", "Earthquakes", "earthquakes.csv")))
            .WithEventTime(q => q.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromDays(400)));
        #region classic-kmeans
        Stream<WindowResult<IReadOnlyList<KMeansCluster>>> groups = shakes
            .WindowAll("groups", Window.Hopping(TimeSpan.FromDays(30), TimeSpan.FromDays(10)))
            .Aggregate(a => a.Clusters(4, q => (q.Longitude, q.Latitude)));
        #endregion
        groups.Write("results", Sinks.ForEach<WindowResult<IReadOnlyList<KMeansCluster>>>(results.Add));
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, new JobOptions { Parallelism = 1 });
        await job.Completion;

        // Every earthquake is in three of the overlapping windows.
        Assert.Equal(3 * 1707, results.Sum(result => result.Result.Sum(cluster => cluster.Weight)), 0.001);
        Assert.All(results.SelectMany(result => result.Result),
            cluster => Assert.True(cluster.Center[0] is >= -180 and <= 180 && cluster.Center[1] is >= -90 and <= 90));
    }
}
