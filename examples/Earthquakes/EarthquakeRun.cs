using ActorStreams;
using Microsoft.Data.Sqlite;

namespace Earthquakes;

/// <summary>Runs the job from its start, or from where it was killed, to its end.</summary>
internal static class EarthquakeRun
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellation)
    {
        try
        {
            return await FollowAsync(settings, cancellation);
        }
        catch (Exception error) when (error is ActorStreamsException or InvalidOperationException or IOException
            or UnauthorizedAccessException or SqliteException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static async Task<int> FollowAsync(RunSettings settings, CancellationToken cancellation)
    {
        long totalRows = Math.Max(0, File.ReadLines(settings.Input).LongCount(line => line.Length > 0) - 1);
        await using Store store = Store.Sqlite(settings.Store);
        var stored = new StoredRun(settings.Store);
        await stored.CheckAsync(store, settings);

        JobOptions options = new() { EpochInterval = settings.Epoch };
        if (settings.Parallelism is { } parallelism)
            options = options with { Parallelism = parallelism };
        await using Job job = await Job.StartAsync(EarthquakePipeline.Build(settings), store, options, cancellation);
        long epochBefore = job.Epoch;
        await using CancellationTokenRegistration stopping = cancellation.Register(() => _ = job.StopAsync());
        await new Display(stored, totalRows).FollowAsync(job);
        await job.Completion;

        if (job.Epoch == epochBefore)
            Console.WriteLine(
                $"The store holds a completed run: this is its result. To start anew, remove {string.Join(" and ", Remains(settings))}, or give others.");
        else if (cancellation.IsCancellationRequested)
            Console.WriteLine("Stopped. Start it again with the same options to go on.");
        JobMetrics metrics = job.Metrics;
        SourceMetrics source = metrics.Sources[EarthquakePipeline.SourceName];
        Console.WriteLine($"rows {source.Rows}");
        Console.WriteLine($"late {source.Late}");
        Console.WriteLine($"dropped {metrics.CounterOf(new(EarthquakePipeline.WindowName), Counters.LateDropped)}");
        Console.WriteLine($"store {settings.Store}");
        return 0;
    }

    private static IEnumerable<string> Remains(RunSettings settings)
    {
        yield return settings.Store;
        if (settings.Output is not null)
            yield return settings.Output;
    }
}
