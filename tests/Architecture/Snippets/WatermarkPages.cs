using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

public readonly record struct Measurement(string Device, DateTimeOffset Time, double Value, bool IsEndOfHour = false);

#region watermarks-own
public record struct EndOfHour(long Complete) : IWatermarkGenerator<Measurement>
{
    public long OnRow(in Measurement row, long time) => row.IsEndOfHour ? Complete = time : Complete;
}
#endregion

/// <summary>The code of docs/watermarks.md.</summary>
public sealed class WatermarkPages
{
    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Measurement[] s_rows =
    [
        new("a", s_noon, 1), new("b", s_noon.AddSeconds(40), 2), new("a", s_noon.AddSeconds(30), 3), new("a", s_noon.AddMinutes(2), 4),
            new("b", s_noon.AddSeconds(50), 5),
    ];

    private readonly Source<Measurement> _source = Sources.Of(s_rows);

    [Fact]
    public async Task A_window_waits_as_long_as_the_strategy_says()
    {
        var pipeline = Pipeline.Create("first");
        var counts = new List<string>();
        var results = Sinks.ForEach<WindowResult<string, long>>(result => counts.Add($"{result.Key} {result.Result}"));

        #region watermarks-first
        pipeline.Read("measurements", _source)
                .WithEventTime(m => m.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)))
                .KeyBy(m => m.Device)
                .Window("per-minute", Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(a => a.Count())
                .Write("counts", results);
        #endregion

        await RunAsync(pipeline);
        Assert.Equal(["a 1", "a 2", "b 1"], counts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Strategies_are_values()
    {
        #region watermarks-strategies
        var inOrder = Watermarks.Monotonic();
        var bounded = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10));
        var punctuated = Watermarks.Punctuated<Measurement>(m => m.IsEndOfHour ? m.Time : null);
        var declared = Watermarks.FromSource();
        var learned = Watermarks.Adaptive(completeness: 0.999, new AdaptiveOptions { MaximumDelay = TimeSpan.FromMinutes(10) });
        var own = Watermarks.Of<Measurement, EndOfHour>(new EndOfHour(EventTime.MinValue));
        #endregion

        #region watermarks-idleness
        var idle = bounded.WithIdleness(TimeSpan.FromMinutes(1));
        var live = bounded.WithIdleness(TimeSpan.FromMinutes(1), WhenAllIdle.AdvanceAfter(TimeSpan.FromMinutes(5)));
        #endregion

        #region watermarks-alignment
        var aligned = bounded.WithAlignment(TimeSpan.FromHours(1), group: "sensors");
        #endregion

        Assert.All([inOrder, bounded, punctuated, declared, learned, own, idle, live, aligned],
            strategy => Assert.NotEmpty(strategy.Description));
    }

    [Fact]
    public async Task Completeness_is_a_metric()
    {
        var pipeline = Pipeline.Create("metrics");
        pipeline.Read("measurements", _source).WithEventTime(m => m.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)))
            .Write("rows", Sinks.ForEach<Measurement>(_ => { }));
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile);
        await job.Completion;

        #region watermarks-metrics
        foreach ((string partition, PartitionMetrics metrics) in job.Metrics.Partitions)
            Console.WriteLine($"{partition}: {metrics.Completeness:P2} of {metrics.Rows} rows in time, {metrics.Delay} behind");
        #endregion

        Assert.Equal(0.8, Assert.Single(job.Metrics.Partitions).Value.Completeness, 6);
    }

    [Fact]
    public async Task Each_key_closes_its_own_windows()
    {
        var pipeline = Pipeline.Create("keys");
        var counts = new List<string>();
        var results = Sinks.ForEach<WindowResult<string, long>>(result => counts.Add($"{result.Key} {result.Result}"));

        #region watermarks-keys
        pipeline.Read("measurements", _source)
                .WithEventTime(m => m.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)))
                .KeyBy(m => m.Device)
                .WithKeyWatermarks(bound: TimeSpan.FromSeconds(10), new() { IdleAfter = TimeSpan.FromMinutes(5) })
                .Window("per-minute", Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(a => a.Count())
                .Write("counts", results);
        #endregion

        await RunAsync(pipeline);
        Assert.Equal(["a 1", "a 2", "b 2"], counts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_source_declares_how_far_it_is_complete()
    {
        #region watermarks-declare
        static void Fill(SourceBuffer<Measurement> buffer, IReadOnlyList<Measurement> hour, DateTimeOffset end, long offset)
        {
            foreach (Measurement row in hour)
                buffer.Add(row, offset++);
            buffer.DeclareWatermark(end);      // the hour's file is complete: nothing before its end comes any more
        }
        #endregion

        var buffer = new SourceBuffer<Measurement>();
        Fill(buffer, s_rows, s_noon.AddHours(1), 0);
        Assert.Equal(5, buffer.Count);
        await Task.CompletedTask;
    }

    private static async Task RunAsync(Pipeline pipeline)
    {
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, new JobOptions { Parallelism = 1, MaxEventTimeAhead = null });
        await job.Completion;
    }
}
