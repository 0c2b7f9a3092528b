using System.Net;
using System.Net.Sockets;
using Enrichment;

namespace Readings;

/// <summary>Starts the nodes, shows what they say, makes faults, and compares the result.</summary>
internal static class ClusterRun
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <returns>0: the result is right.</returns>
    public static async Task<int> RunAsync(RunSettings settings, TemporaryServer? server, Hosts? hosts)
    {
        Place[] places = hosts is null ? FreePlaces(settings.Nodes)
            : [.. Enumerable.Range(0, settings.Nodes).Select(number => new Place(hosts.AddressOf(number), Hosts.RemotePort))];
        NodeProcess[] nodes = [.. Enumerable.Range(0, settings.Nodes).Select(number => new NodeProcess(settings, number, places, hosts))];
        if (settings.Akka)
            await ShardJournal.CreateAsync(settings.Connection);
        View view = View.Of(settings, places);
        var chaos = settings.Faults is { } plan ? new Chaos(plan, nodes, places, server, hosts, view.Tell) : null;
        try
        {
            await view.RunAsync(nodes, async show =>
            {
                foreach (NodeProcess node in nodes)
                {
                    node.Start();
                    if (chaos is null)
                        node.MayEnd();
                }

                using var ending = new CancellationTokenSource();
                Task faults = chaos?.RunAsync(ending.Token) ?? Task.CompletedTask;
                await WatchAsync(nodes, faults, view, show);
                await ending.CancelAsync();
            });
        }
        finally
        {
            foreach (NodeProcess node in nodes)
                node.Dispose();
        }

        string made = string.Join(", ", chaos?.Made.Select(static kind => $"{kind.Value} {kind.Key}") ?? []);
        Console.WriteLine($"complete{(made.Length > 0 ? $" through {made}" : "")}");
        Comparison[] comparisons = await Checker.CompareAsync(settings);
        foreach (Comparison one in comparisons)
        {
            Console.WriteLine($"{one.What}: {one.Rows} rows, {one.Differences} differences" +
                $"{(one.First.Length > 0 ? $", first {one.First}" : "")}");
        }

        return comparisons.All(static one => one.Differences == 0) ? 0 : 1;
    }

    /// <summary>Until a node has seen the jobs complete; nodes that ended before are started again.</summary>
    private static async Task WatchAsync(NodeProcess[] nodes, Task faults, View view, Action show)
    {
        var down = new HashSet<NodeProcess>();
        while (!nodes.Any(static node => node.IsDone))
        {
            if (faults.IsFaulted)
                await faults;
            foreach (NodeProcess node in nodes)
            {
                if (node.IsRunning)
                    down.Remove(node);
                else if (!down.Add(node))
                    node.Start();                       // a look later
                else if (!node.IsDone && node.Ending is { } ending)
                    view.Tell($"node {node.Number} {ending}");
            }

            show();
            await Task.Delay(s_look);
        }
    }

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
