using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests.OldStores;

/// <summary>The jobs of a store that a version before equal keys met has written: one spelling of each key, and rows on the way to
/// come.</summary>
/// <remarks><c>old-store.db.gz</c> was written by <see cref="WriteAsync"/>, compiled against that version.</remarks>
internal static class OldStoreJobs
{
    public const int Keys = 20;

    public static JobOptions Options { get; } =
        new() { EpochInterval = TimeSpan.FromMilliseconds(10), Parallelism = 2, Shards = 4, MaxEventTimeAhead = null };

    public readonly record struct Row(int Key, int Value);

    /// <summary>Keys whose stored bytes are the form that equal keys share now.</summary>
    public static decimal Short(int key) => key + 0.5m;

    /// <summary>Keys that were stored as they came.</summary>
    public static decimal Long(int key) => key + 0.50m;

    public static (int, string, DateTimeOffset) Mixed(int key) => (key, $"name {key}", DateTimeOffset.UnixEpoch.AddHours(key));

    public static long Number(int key) => key;

    public static async Task WriteAsync(Store store)
    {
        await WriteRowsAsync(store, "first", value: 1);
        await RunAsync("short", Short, store);
        await RunAsync("long", Long, store);
        await RunAsync("mixed", Mixed, store);
        await RunAsync("number", Number, store);
        await WriteKeyedAsync(store, "short-keys", Short);
        await WriteKeyedAsync(store, "long-keys", Long);
    }

    /// <summary>One row of each key more, for the readers.</summary>
    public static async Task WriteRowsAsync(Store store, string job, int value)
    {
        var pipeline = Pipeline.Create(job);
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, Keys).Select(key => new Row(key, value))]))
            .WithEventTime(_ => 0, Watermarks.Monotonic()).Write("topic", Topics.To<Row>("rows"));
        await using Job writing = await Job.StartAsync(pipeline, store, Options);
        await writing.Completion;
    }

    /// <summary>Writes a compacted topic.</summary>
    public static async Task WriteKeyedAsync<TKey>(Store store, string topic, Func<int, TKey> keyOf)
    {
        var pipeline = Pipeline.Create(topic);
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, Keys).Select(key => new Row(key, 1))]))
            .Write("topic", Topics.To(topic, 2, (Row row) => keyOf(row.Key), new TopicOptions<Row> { IsCompacted = true }));
        await using Job writing = await Job.StartAsync(pipeline, store, Options);
        await writing.Completion;
    }

    public static async Task<Job> StartAsync<TKey>(string job, Func<int, TKey> keyOf, Store store)
    {
        var pipeline = Pipeline.Create(job);
        KeyedStream<TKey, Row> rows = pipeline.Read("rows", Topics.Read<Row>("rows")).KeyBy(row => keyOf(row.Key));
        rows.EventSourced<int, int>("counts", (_, row) => [row.Value], (count, _) => count + 1)
            .Write("events", Sinks.ForEach<int>(_ => { }));
        rows.Window("windows", Window.Tumbling(TimeSpan.FromDays(1))).Aggregate(Aggregate.Of<Row>().Count())
            .Write("results", Sinks.ForEach<WindowResult<TKey, long>>(_ => { }));
        rows.Deduplicate("once", TimeSpan.FromDays(1)).Write("firsts", Sinks.ForEach<Row>(_ => { }));
        rows.ToTable("table", row => row.Value).Materialize("view");
        return await Job.StartAsync(pipeline, store, Options);
    }

    /// <summary>Waits until every key has a value.</summary>
    public static async Task UntilAsync<TKey>(Job job, int value)
    {
        await foreach (EpochChanges<TKey, int> _ in job.Table<TKey, int>("view").Observe())
        {
            if ((await job.Table<TKey, int>("view").ScanAsync()).Rows.Count(row => row.Value == value) == Keys)
                return;
        }
    }

    private static async Task RunAsync<TKey>(string name, Func<int, TKey> keyOf, Store store)
    {
        await using Job job = await StartAsync(name, keyOf, store);
        await UntilAsync<TKey>(job, 1);
        await job.StopAsync();
    }
}
