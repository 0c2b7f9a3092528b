using System.Globalization;
using ActorStreams;
using Spectre.Console;

namespace Earthquakes;

/// <summary>Shows a job at work: a bar and a table on a terminal, plain lines where the output is redirected.</summary>
internal sealed class Display(StoredRun stored, long totalRows)
{
    private const int BarWidth = 50;
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(200);

    private IReadOnlyList<NetworkSummary> _networks = [];
    private long _shownEpoch = -1;

    public async Task FollowAsync(Job job)
    {
        if (Console.IsOutputRedirected)
        {
            await foreach (JobMetrics metrics in SnapshotsAsync(job))
            {
                if (metrics.Epoch == _shownEpoch)
                    continue;
                _shownEpoch = metrics.Epoch;
                Console.WriteLine($"epoch {metrics.Epoch}: {RowsOf(metrics)} of {totalRows} rows");
            }

            foreach (NetworkSummary network in await stored.SummaryAsync())
                Console.WriteLine(
                    $"network {network.Network}: {network.Earthquakes} earthquakes in {network.Windows} windows, strongest {Magnitude(network)}");
            return;
        }

        await AnsiConsole.Live(Text.Empty).StartAsync(async live =>
        {
            await foreach (JobMetrics metrics in SnapshotsAsync(job))
            {
                if (metrics.Epoch != _shownEpoch)
                    (_shownEpoch, _networks) = (metrics.Epoch, await stored.SummaryAsync());
                live.UpdateTarget(Screen(metrics));
            }
        });
    }

    /// <summary>One at every refresh, and one after the end.</summary>
    private static async IAsyncEnumerable<JobMetrics> SnapshotsAsync(Job job)
    {
        while (!job.Completion.IsCompleted)
        {
            yield return job.Metrics;
            await Task.WhenAny(job.Completion, Task.Delay(s_refresh));
        }

        yield return job.Metrics;
    }

    private Rows Screen(JobMetrics metrics)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("network")
            .AddColumn(new TableColumn("earthquakes").RightAligned()).AddColumn(new TableColumn("windows").RightAligned())
            .AddColumn(new TableColumn("strongest").RightAligned());
        foreach (NetworkSummary network in _networks)
            table.AddRow(new Text(network.Network), new Text($"{network.Earthquakes}"), new Text($"{network.Windows}"),
                new Text(Magnitude(network)));
        return new Rows(Bar(metrics), table);
    }

    private Markup Bar(JobMetrics metrics)
    {
        long rows = RowsOf(metrics);
        int filled = totalRows == 0 ? BarWidth : (int)Math.Min(BarWidth, BarWidth * rows / totalRows);
        return new Markup(
            $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] {rows} of {totalRows} rows, epoch {metrics.Epoch}");
    }

    private static long RowsOf(JobMetrics metrics) => metrics.Sources[EarthquakePipeline.SourceName].Rows;

    private static string Magnitude(NetworkSummary network) => network.Strongest?.ToString("0.0#", CultureInfo.InvariantCulture)
        ?? "unknown";
}
