using ActorStreams;
using Microsoft.Data.Sqlite;

namespace FailedLogins;

/// <summary>Runs the job from its start, or from where it was killed, to the end of its signals.</summary>
internal static class AlertRun
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(100);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellation)
    {
        try
        {
            await FollowAsync(settings, cancellation);
            return 0;
        }
        catch (Exception error) when (error is ActorStreamsException or InvalidOperationException or IOException
            or UnauthorizedAccessException or SqliteException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static async Task FollowAsync(RunSettings settings, CancellationToken cancellation)
    {
        await using Store store = Store.Sqlite(settings.Store);
        await using Job job = await Job.StartAsync(
            AlertPipeline.Build(settings.Pipeline, settings.Signals(), settings.OutOfOrderness, Console.WriteLine),
            store, new JobOptions { EpochInterval = settings.Epoch }, cancellation);
        long epochBefore = job.Epoch;
        await using CancellationTokenRegistration stopping = cancellation.Register(() => _ = job.StopAsync());
        await ShowProgressAsync(job);
        await job.Completion;

        if (job.Epoch == epochBefore)
            Console.WriteLine(
                $"The store holds a completed run: this is its result. To start anew, remove {settings.Store}, or give another --store.");
        else if (cancellation.IsCancellationRequested)
            Console.WriteLine("Stopped. Start it again with the same options to go on.");
        Summarise(job.Metrics, settings);
    }

    /// <summary>Progress goes to the error output, so that the output is alerts and their number.</summary>
    private static async Task ShowProgressAsync(Job job)
    {
        for (long shown = job.Epoch; !job.Completion.IsCompleted; await Task.WhenAny(job.Completion, Task.Delay(s_refresh)))
        {
            JobMetrics metrics = job.Metrics;
            if (metrics.Epoch == shown)
                continue;
            shown = metrics.Epoch;
            await Console.Error.WriteLineAsync($"epoch {metrics.Epoch}: {metrics.Sources[AlertPipeline.Source].Rows} signals");
        }
    }

    private static void Summarise(JobMetrics metrics, RunSettings settings)
    {
        SourceMetrics source = metrics.Sources[AlertPipeline.Source];
        long failures = metrics.CounterOf(new(AlertPipeline.ThreeFailures), Counters.Matches),
            silences = metrics.CounterOf(new(AlertPipeline.Silence), Counters.Matches);
        Console.WriteLine($"signals {source.Rows}");
        Console.WriteLine($"rejected {source.Rejected}");
        Console.WriteLine(
            $"late {metrics.CounterOf(new(AlertPipeline.ThreeFailures), Counters.LateDropped) + metrics.CounterOf(new(AlertPipeline.Silence), Counters.LateDropped)}");
        Console.WriteLine($"{AlertPipeline.ThreeFailures} {failures}");
        Console.WriteLine($"{AlertPipeline.Silence} {silences}");
        Console.WriteLine($"alerts {failures + silences}");
        Console.WriteLine($"store {settings.Store}");
    }
}
