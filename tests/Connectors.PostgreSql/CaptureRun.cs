using ActorStreams.Authoring;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>Jobs that capture a table, and what their views show.</summary>
internal static class CaptureRun
{
    public static JobOptions Quick { get; } = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(20),
        Parallelism = 2,
        Shards = 8,
        Restart = RestartPolicy.None
    };

    public static Pipeline Table<TKey, T>(Source<Upsert<TKey, T>> source, string name = "capture")
    {
        var pipeline = Pipeline.Create(name);
        pipeline.Read("rows", source).ToTable("table").Materialize("view");
        return pipeline;
    }

    public static Task<Job> StartAsync(Pipeline pipeline, Store? store, JobOptions? options = null) =>
        Job.StartAsync(pipeline, store, options ?? Quick);

    /// <summary>Waits until the view shows what the database does.</summary>
    public static async Task ShouldShowAsync<TKey,
        T>(this Job job, Func<TKey, T, string> text, Func<string[]> expected, string view = "view")
    {
        string[] shown = [], wanted = [];
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            if (job.Completion.IsFaulted)
                await job.Completion;
            wanted = [.. expected().Order(StringComparer.Ordinal)];
            shown = [.. (await job.Table<TKey, T>(view).ScanAsync()).Rows.Select(row => text(row.Key, row.Value))
                .Order(StringComparer.Ordinal)];
            if (wanted.SequenceEqual(shown, StringComparer.Ordinal))
                return;
            await Task.Delay(20);
        }

        Assert.Fail($"Epoch {job.Epoch}, {job.Metrics.Sources["rows"].Rows} rows read. " +
            $"Missing: {string.Join(" | ", wanted.Except(shown).Take(5))}. Too many: {string.Join(" | ", shown.Except(wanted).Take(5))}.");
    }
}
