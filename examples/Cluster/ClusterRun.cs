using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Enrichment;
using Spectre.Console;

namespace Readings;

/// <summary>Starts the nodes, shows what they say, makes faults, and compares the result.</summary>
internal static class ClusterRun
{
    /// <returns>0: the result is right.</returns>
    public static async Task<int> RunAsync(RunSettings settings, TemporaryServer? server, Hosts? hosts)
    {
        Place[] places = hosts is null ? FreePlaces(settings.Nodes)
            : [.. Enumerable.Range(0, settings.Nodes).Select(number => new Place(hosts.AddressOf(number), Hosts.RemotePort))];
        NodeProcess[] nodes = [.. Enumerable.Range(0, settings.Nodes).Select(number => new NodeProcess(settings, number, places, hosts))];
        if (settings.Akka)
            await ShardJournal.CreateAsync(settings.Connection);
        Stopwatch watch = Stopwatch.StartNew();
        using var ending = new CancellationTokenSource();
        try
        {
            foreach (NodeProcess node in nodes)
                node.Start();
            var chaos = new Chaos(settings, nodes, server, hosts, text => AnsiConsole.WriteLine($"{Elapsed(watch)}  {text}"));
            Task faults = chaos.RunAsync(() => nodes.Any(static node => node.IsDone), ending.Token);
            await WatchAsync(nodes, watch);
            await ending.CancelAsync();
            await faults.ContinueWith(static _ => { }, TaskScheduler.Default);
            string made = string.Join(", ", chaos.Made.Select(static kind => $"{kind.Value} {kind.Key}"));
            AnsiConsole.WriteLine($"{Elapsed(watch)}  complete{(made.Length > 0 ? $" through {made}" : "")}; comparing");
        }
        finally
        {
            foreach (NodeProcess node in nodes)
                node.Dispose();
        }

        (long differences, long rows, string first) = await Checker.CompareAsync(settings);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Rows / Generated.Partitions * Generated.Partitions} readings, {rows} results, {differences} differences"));
        if (differences > 0)
            AnsiConsole.WriteLine(first);
        return differences == 0 ? 0 : 1;
    }

    /// <summary>Until a node has seen the job complete; nodes that ended before are started again.</summary>
    private static async Task WatchAsync(NodeProcess[] nodes, Stopwatch watch)
    {
        var down = new Dictionary<NodeProcess, TimeSpan>();
        string shown = "";
        while (!nodes.Any(static node => node.IsDone))
        {
            foreach (NodeProcess node in nodes)
            {
                if (node.IsRunning)
                    down.Remove(node);
                else if (!down.TryGetValue(node, out TimeSpan since))
                {
                    down[node] = watch.Elapsed;
                    if (!node.IsDone && node.Ending is { } ending)
                        AnsiConsole.WriteLine($"{Elapsed(watch)}  node {node.Number} {ending}");
                }
                else if (watch.Elapsed - since > TimeSpan.FromSeconds(2))
                    node.Start();
            }

            string now = Show(nodes);
            if (now != shown)
                AnsiConsole.WriteLine($"{Elapsed(watch)}  {now}");
            shown = now;
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>One line: the processes, and the first line of what one of them has heard of the job.</summary>
    private static string Show(NodeProcess[] nodes)
    {
        string heard = nodes.Select(static node => node.State)
            .FirstOrDefault(static state => state.Contains("epoch", StringComparison.Ordinal)) ?? "";
        string processes = string.Join(' ', nodes.Select(static node => node.State is "down" or "paused" ? node.State : "up"));
        return $"{processes,-20} {heard.Split('|')[0]}";
    }

    private static string Elapsed(Stopwatch watch) => watch.Elapsed.ToString(@"mm\:ss", CultureInfo.InvariantCulture);

    private static Place[] FreePlaces(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
            listener.Start();
        Place[] places = [.. listeners.Select(static listener => new Place("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port))];
        foreach (TcpListener listener in listeners)
            listener.Dispose();
        return places;
    }
}
