using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests.OldStores;

/// <summary>The job of a store that a version before the positional composer of aggregates has written: accumulators side by side in
/// windows that are open, and in groups.</summary>
/// <remarks><c>old-aggregates.db.gz</c> was written by <see cref="WriteAsync"/>, compiled against that version.</remarks>
internal static class OldAggregateJobs
{
    public const int Keys = 10;

    public static JobOptions Options { get; } =
        new() { EpochInterval = TimeSpan.FromMilliseconds(10), Parallelism = 2, Shards = 4, MaxEventTimeAhead = null };

    public readonly record struct Row(int Key, int Value);

    public static async Task WriteAsync(Store store)
    {
        await WriteRowsAsync(store, "first", value: 1);
        await using Job job = await StartAsync(store);
        await UntilAsync(job, 2);
        await job.StopAsync();
    }

    /// <summary>Two rows of each key, of two values.</summary>
    public static async Task WriteRowsAsync(Store store, string job, int value)
    {
        var pipeline = Pipeline.Create(job);
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, 2 * Keys).Select(row => new Row(row % Keys, value + (row / Keys)))]))
            .WithEventTime(_ => 0, Watermarks.Monotonic()).Write("topic", Topics.To<Row>("rows"));
        await using Job writing = await Job.StartAsync(pipeline, store, Options);
        await writing.Completion;
    }

    public static async Task<Job> StartAsync(Store store)
    {
        var pipeline = Pipeline.Create("aggregates");
        Stream<Row> rows = pipeline.Read("rows", Topics.Read<Row>("rows"));
        var all = Aggregate.Of<Row>().Count().Sum(row => row.Value).Max(row => row.Value).Average(row => (double)row.Value)
            .And(more => more.DistinctCount(row => row.Value)).And(more => more.Percentile(0.5, row => (double)row.Value))
            .Into((count, sum, max, average, distinct, median) =>
                string.Create(CultureInfo.InvariantCulture, $"{count} {sum} {max} {average} {distinct} {median}"));
        rows.KeyBy(row => row.Key).Window("days", Window.Tumbling(TimeSpan.FromDays(1))).Aggregate(all)
            .Write("days-out", Sinks.ForEach<WindowResult<int, string>>(_ => { }));
        rows.KeyBy(row => row.Key).Window("hops", Window.Hopping(TimeSpan.FromDays(2), TimeSpan.FromDays(2))).Aggregate(all)
            .Write("hops-out", Sinks.ForEach<WindowResult<int, string>>(_ => { }));
        rows.KeyBy(row => row.Key).Window("sessions", Window.Session(TimeSpan.FromDays(1))).Aggregate(all)
            .Write("sessions-out", Sinks.ForEach<WindowResult<int, string>>(_ => { }));
        rows.KeyBy(row => row.Key).Window("late", Window.Tumbling(TimeSpan.FromDays(1))).AllowedLateness(TimeSpan.FromDays(1))
            .Aggregate(all).Write("late-out", Sinks.ForEach<WindowResult<int, string>>(_ => { }));
        var back = Aggregate.Of<Row>().Count().Sum(row => row.Value).And(more => more.RetractableMax(row => row.Value))
            .Into((count, sum, max) => string.Create(CultureInfo.InvariantCulture, $"{count} {sum} {max}"));
        rows.AsChanges().GroupBy(row => row.Key).Aggregate("groups", back).Materialize("view");
        return await Job.StartAsync(pipeline, store, Options);
    }

    /// <summary>Waits until every key has so many rows.</summary>
    public static async Task UntilAsync(Job job, int rows)
    {
        string begin = FormattableString.Invariant($"{rows} ");
        await foreach (EpochChanges<int, string> _ in job.Table<int, string>("view").Observe())
        {
            if ((await job.Table<int, string>("view")
                .ScanAsync()).Rows.Count(row => row.Value.StartsWith(begin, StringComparison.Ordinal)) == Keys)
                return;
        }
    }
}
