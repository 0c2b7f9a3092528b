#region usings
using ActorStreams;
#endregion

namespace ActorStreams.Architecture.Tests.Snippets;

#region row
public readonly record struct Quake(
    DateTimeOffset Time,
    [property: ColumnName("net")] string Network,
    [property: ColumnName("mag")] double? Magnitude);
#endregion

/// <summary>The code of README.md and docs/getting-started.md, run on the data of the example.</summary>
public sealed class GettingStarted : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-").FullName;

    public GettingStarted()
    {
        File.Copy(Repository.PathOf("examples", "Earthquakes", "earthquakes.csv"), Path.Combine(_folder, "earthquakes.csv"));
        Environment.CurrentDirectory = _folder;
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_example_of_the_readme_writes_a_result_for_every_network_and_window()
    {
        #region readme
        var pipeline = Pipeline.Create("earthquakes");

        pipeline.Read("quakes", Csv.File<Quake>("earthquakes.csv"))
                .WithEventTime(q => q.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(24)))
                .KeyBy(q => q.Network)
                .Window("strongest", Window.Tumbling(TimeSpan.FromHours(6)))
                .Aggregate(Aggregate.Of<Quake>().Count().Max(q => q.Magnitude))
                .Write("results", Csv.ToFile<WindowResult<string, (long Count, double? Max)>>("strongest.csv"));

        await using var job = await Job.StartAsync(pipeline, Store.Sqlite("earthquakes.db"));
        await job.Completion;                                    // killed and started again, it goes on where the last epoch ended
        #endregion

        Assert.Equal(238, File.ReadAllLines("strongest.csv").Length);
    }

    [Fact]
    public async Task Ordered_results_and_late_rows_are_written_and_counted()
    {
        #region ordered
        var pipeline = Pipeline.Create("ordered");

        var strongest = pipeline.Read("quakes", Csv.File<Quake>("earthquakes.csv"))
            .WithEventTime(q => q.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(24)))
            .KeyBy(q => q.Network)
            .Window("strongest", Window.Tumbling(TimeSpan.FromHours(6)))
            .LateTo(out var late)
            .Aggregate(a => a.Max(q => q.Magnitude));

        strongest.OrderByEventTime("in-order",
            Comparer<WindowResult<string, double?>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key)))
                 .Write("results", Csv.ToFile<WindowResult<string, double?>>("ordered.csv", csv => csv
                     .Column("network", r => r.Key)
                     .Column("window_start", r => r.Window.StartTime)
                     .Column("magnitude", r => r.Result)));
        late.Write("late", Sinks.Table<Quake>("late_quakes", table => table.Column("network", q => q.Network).Column("time", q => q.Time)));
        #endregion

        #region metrics
        await using var job = await Job.StartAsync(pipeline, Store.Sqlite("ordered.db"), new JobOptions { Parallelism = 2 });
        await job.Completion;

        JobMetrics metrics = job.Metrics;
        Console.WriteLine(
            $"{metrics.Sources["quakes"].Rows} rows, {metrics.CounterOf(strongest.Operator, Counters.LateDropped)} after their window was complete");
        #endregion

        Assert.Equal(1707, metrics.Sources["quakes"].Rows);
        Assert.Equal(314, metrics.Sources["quakes"].Late);
        Assert.Equal(298, metrics.CounterOf(strongest.Operator, Counters.LateDropped));
        Assert.Equal("ak,2018-01-31T00:00:00Z,2.3", File.ReadLines("ordered.csv").ElementAt(1));
    }
}
