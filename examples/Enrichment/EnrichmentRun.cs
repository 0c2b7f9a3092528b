using System.Globalization;
using ActorStreams;

namespace Enrichment;

/// <summary>Runs the job while the table changes, then compares.</summary>
internal static class EnrichmentRun
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <returns>0 if the result is that of SQL.</returns>
    public static async Task<int> RunAsync(string? connectionString, string folder, string storePath, int clicks, int clicksPerSecond)
    {
        using TemporaryServer? server = connectionString is null ? TemporaryServer.Start(folder) : null;
        connectionString ??= server!.ConnectionString;
        await Users.CreateAsync(connectionString);

        await using Store store = Store.Sqlite(storePath);
        await using Job job = await Job.StartAsync(
            EnrichmentPipeline.Create(connectionString, Click.Of(clicks), clicksPerSecond), store,
                new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(100) });
        Console.WriteLine($"started after epoch {job.Epoch}");

        using var stop = new CancellationTokenSource();
        Task<int> writer = Users.ChangeAsync(connectionString, Environment.ProcessId, stop.Token);
        while (!job.Completion.IsCompleted && job.Metrics.Sources["clicks"].Rows < clicks)
            await Task.Delay(20);
        await stop.CancelAsync();
        Console.WriteLine($"clicks {clicks}, transactions of others meanwhile {await writer}");
        return await CompareAsync(job, connectionString, clicks);
    }

    /// <summary>The table does not change any more: as soon as its last change has arrived, both sides are the same, or never.</summary>
    private static async Task<int> CompareAsync(Job job, string connectionString, int clicks)
    {
        TableView<int, Joined<Click, User>> view = job.Table<int, Joined<Click, User>>("enriched");
        string[] expected = await Users.ExpectedAsync(connectionString, clicks), enriched = [], written = [];
        for (TimeSpan waited = TimeSpan.Zero; waited < s_patience; waited += TimeSpan.FromMilliseconds(50))
        {
            if (job.Completion.IsCompleted)
                await job.Completion;
            enriched = [.. (await view.ScanAsync()).Rows.OrderBy(row => row.Key)
                .Select(row => Users.Text(row.Key, row.Value.Left!.Page, row.Value.Right!.Name, row.Value.Right.City))];
            written = await Users.WrittenAsync(connectionString);
            if (expected.AsSpan().SequenceEqual(enriched) && expected.AsSpan().SequenceEqual(written))
            {
                await job.StopAsync();
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                    $"enriched {enriched.Length}, the same as SQL gives over the final tables"));
                return 0;
            }

            await Task.Delay(50);
        }

        await Console.Error.WriteLineAsync(
            $"different: {expected.Length} rows expected; {Difference(expected, enriched)} enriched; {Difference(expected, written)} written");
        return 1;
    }

    private static string Difference(string[] expected, string[] found) =>
        $"{found.Length}, {expected.Except(found).FirstOrDefault()} instead of {found.Except(expected).FirstOrDefault()}";
}
