using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

#region aggregates-row
public readonly record struct Shake(
    DateTimeOffset Time,
    [property: ColumnName("net")] string Network,
    [property: ColumnName("mag")] double? Magnitude,
    double Longitude,
    double Latitude);
#endregion

#region aggregates-records
public sealed record Summary(long Count, double? Average, double? P95, DateTimeOffset Strongest);

public sealed record Report
{
    public required long Count { get; init; }
    public double? Strongest { get; init; }
}

public readonly record struct Pair(long Count, double? Max);
#endregion

#region aggregates-struct
/// <summary>The share of strong earthquakes.</summary>
public readonly struct StrongShare : IAggregator<Shake, (long Strong, long All), double>, IMergeable<(long Strong, long All)>,
    IRetractable<Shake, (long Strong, long All)>
{
    public void Add(ref (long Strong, long All) acc, in Shake row) => Count(ref acc, row, 1);
    public void Retract(ref (long Strong, long All) acc, in Shake row) => Count(ref acc, row, -1);
    public void Merge(ref (long Strong, long All) acc, in (long Strong, long All) other) =>
        acc = (acc.Strong + other.Strong, acc.All + other.All);
    public double Result(in (long Strong, long All) acc) => acc.All == 0 ? 0 : (double)acc.Strong / acc.All;

    private static void Count(ref (long Strong, long All) acc, in Shake row, int weight)
    {
        acc.All += weight;
        if (row.Magnitude >= 4)
            acc.Strong += weight;
    }
}
#endregion

/// <summary>The code of docs/aggregates.md, run on the data of the example.</summary>
public sealed class AggregatesPage
{
    private static readonly string s_file = Repository.PathOf("examples", "Earthquakes", "earthquakes.csv");

    [Fact]
    public async Task Composed_aggregates_give_one_record_a_window()
    {
        List<WindowResult<string, Summary>> results = await RunAsync(shakes =>
        {
            #region aggregates-compose
            var summary = shakes.Window("summary", Window.Tumbling(TimeSpan.FromDays(1)))
                .Aggregate(a => a
                    .Count()
                    .Average(q => q.Magnitude)
                    .Percentile(0.95, q => q.Magnitude)
                    .MaxBy(q => q.Time, by: q => q.Magnitude)
                    .Into((count, average, p95, strongest) => new Summary(count, average, p95, strongest)));
            #endregion
            return summary;
        });
        Assert.NotEmpty(results);
        Assert.All(results,
            result => Assert.True(result.Result is { Count: > 0 } one && one.P95 >= one.Average
            && one.Strongest > default(DateTimeOffset)));
    }

    [Fact]
    public async Task Results_have_the_names_they_were_given()
    {
        #region aggregates-into
        var pair = Aggregate.Of<Shake>().Count().Max(q => q.Magnitude);                        // (long, double?)
        var named = Aggregate.Of<Shake>().Count().Max(q => q.Magnitude).Min(q => q.Magnitude)
            .Into((count, max, min) => (count, max, min));                                      // a tuple with these names
        var record = Aggregate.Of<Shake>().Count().Average(q => q.Magnitude).Percentile(0.95, q => q.Magnitude)
            .MaxBy(q => q.Time, by: q => q.Magnitude).Into<Summary>();                          // by the position of its parameters
        var report = Aggregate.Of<Shake>().Max(q => q.Magnitude).As("Strongest").Count().As("Count")
            .Into<Report>();                                                                    // by name: init properties, in any order
        #endregion

        #region aggregates-list
        Aggregate<Shake>[] wanted = [Aggregate.Of<Shake>().Count(), Aggregate.Of<Shake>().Max(q => q.Magnitude)];
        Aggregate<Shake, Pair> composed = Aggregate.Compose(wanted).Into<Pair>();
        #endregion

        var days = Window.Tumbling(TimeSpan.FromDays(1));
        List<WindowResult<string, Summary>> records = await RunAsync(rows => rows.Window("record", days).Aggregate(record));
        List<WindowResult<string, (long Count, double? Max)>> pairs = await RunAsync(rows => rows.Window("pair", days).Aggregate(pair));
        List<WindowResult<string, Pair>> lists = await RunAsync(rows => rows.Window("list", days).Aggregate(composed));
        List<WindowResult<string, Report>> reports = await RunAsync(rows => rows.Window("report", days).Aggregate(report));
        Assert.NotEmpty(records);
        Assert.Equal(records.Sum(result => result.Result.Count), pairs.Sum(result => result.Result.Count));
        Assert.Equal(pairs.Select(result => result.Result.Max).Order(), lists.Select(result => result.Result.Max).Order());
        Assert.Equal(pairs.Select(result => result.Result.Max).Order(), reports.Select(result => result.Result.Strongest).Order());
        var names = await RunAsync(rows => rows.Window("named", days).Aggregate(named));
        Assert.All(names, result => Assert.True(result.Result.min <= result.Result.max || result.Result.max is null));
    }

    [Fact]
    public async Task Groups_of_earthquakes_lie_where_the_earth_shook()
    {
        #region aggregates-kmeans
        var groups = Aggregate.Of<Shake>().Clusters(4, q => (q.Longitude, q.Latitude));
        #endregion

        List<WindowResult<string, IReadOnlyList<KMeansCluster>>> results = await RunAsync(
            rows => rows.Window("groups", Window.Tumbling(TimeSpan.FromDays(30))).Aggregate(groups), _ => "all");
        Assert.Equal(1707, results.Sum(result => result.Result.Sum(cluster => cluster.Weight)), 0.001);
        Assert.All(results.SelectMany(result => result.Result),
            cluster => Assert.True(cluster.Center[0] is >= -180 and <= 180 && cluster.Center[1] is >= -90 and <= 90));
        Assert.Equal(4, results[0].Result.Count);
    }

    [Fact]
    public async Task Sketches_answer_many_questions()
    {
        #region aggregates-sketches
        var answers = Aggregate.Of<Shake>()
            .ApproximateDistinctCount(q => (q.Longitude, q.Latitude), precision: 14)
            .HeavyHitters(3, q => q.Network)
            .Quantiles(q => q.Magnitude, relativeError: 0.01)
            .Into((places, busiest, magnitudes) => (places, busiest[0].Item, magnitudes.At(0.5), magnitudes.At(0.99)));
        #endregion

        List<WindowResult<string, (long Places, string Busiest, double? Median, double? P99)>> results =
            await RunAsync(rows => rows.Window("answers", Window.Tumbling(TimeSpan.FromDays(30))).Aggregate(answers), _ => "all");
        Assert.All(results, result => Assert.True(result.Result.Median < result.Result.P99));
    }

    [Fact]
    public async Task Own_aggregates_are_a_struct_or_functions()
    {
        #region aggregates-own
        var share = Aggregate.By<Shake, StrongShare, (long Strong, long All), double>(new StrongShare(), "strong share");

        var energy = Aggregate.Fold<Shake, double, double>(
            seed: () => 0,
            add: (sum, q) => sum + Math.Pow(10, 1.5 * (q.Magnitude ?? 0)),
            result: sum => Math.Log10(sum) / 1.5,
            merge: (a, b) => a + b);

        var together = Aggregate.Of<Shake>().Count().And(share).And(energy);
        #endregion

        Assert.True(share.CanRetract);
        Assert.False(energy.CanRetract);
        Assert.NotEmpty(await RunAsync(rows => rows.Window("share", Window.Tumbling(TimeSpan.FromDays(1))).Aggregate(share)));
        Assert.NotEmpty(await RunAsync(rows => rows.Window("together", Window.Tumbling(TimeSpan.FromDays(1))).Aggregate(together)));
        Assert.NotEmpty(await RunAsync(rows => rows.Window("energy", Window.Tumbling(TimeSpan.FromDays(1))).Aggregate(energy)));
    }

    private static async Task<List<TResult>> RunAsync<TResult>(Func<KeyedStream<string, Shake>, Stream<TResult>> build,
        Func<Shake, string>? keyOf = null)
    {
        var results = new List<TResult>();
        var pipeline = Pipeline.Create("aggregates");
        build(pipeline.Read("shakes", Csv.File<Shake>(s_file))
            .WithEventTime(q => q.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromDays(400))).KeyBy(keyOf ?? (q => q.Network)))
            .Write("results", Sinks.ForEach<TResult>(results.Add));
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, new JobOptions { Parallelism = 1 });
        await job.Completion;
        return results;
    }
}
