using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Enrichment;

namespace Readings;

/// <summary>Kills nodes, lets them stand still for longer than they are waited for, cuts them off where they have hosts of their own, and
/// crashes the database; what it does follows from a seed.</summary>
internal sealed class Chaos(RunSettings settings, IReadOnlyList<NodeProcess> nodes, TemporaryServer? server, Hosts? hosts,
    Action<string> tell)
{
    private readonly Random _random = new(settings.Seed);

    /// <summary>Faults made so far, by kind.</summary>
    public SortedDictionary<string, int> Made { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes all faults, one after the other, until the job is complete.</summary>
    public async Task RunAsync(Func<bool> isDone, CancellationToken cancellation)
    {
        for (int fault = 1; fault <= settings.Faults && !isDone(); fault++)
        {
            await GoesOnAsync(isDone, cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1 + (_random.NextDouble() * 5)), cancellation);
            NodeProcess[] running = [.. nodes.Where(static node => node.IsRunning && !node.IsPaused)];
            if (isDone() || running.Length == 0)
                return;
            NodeProcess node = running[_random.Next(running.Length)];
            switch (settings.Only.Length > 0 ? settings.Only : KindOf(fault))
            {
                case "pause":
                    await PauseAsync(node, cancellation);
                    break;
                case "cut" when hosts is not null:
                    await CutAsync(hosts, cancellation);
                    break;
                case "database" when server is not null:
                    Count("crashes of the database", $"fault {fault}: the database crashes");
                    server.Kill();
                    server.Start();
                    break;
                default:
                    Count("kills", $"fault {fault}: node {node.Number} is killed");
                    node.Kill();
                    break;
            }
        }
    }

    private string KindOf(int fault) => (fault % 10) switch
    {
        3 or 7 => "pause",
        5 => "database",
        2 or 4 or 8 when hosts is not null => "cut",
        _ => "kill",
    };

    /// <summary>Waits until the job has committed an epoch since the last fault, and says how long that took.</summary>
    private async Task GoesOnAsync(Func<bool> isDone, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long before = EpochNow();
        while (!isDone() && EpochNow() <= before)
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        if (Made.Count > 0)
            tell(string.Create(CultureInfo.InvariantCulture, $"goes on after {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>The last epoch that any node has heard of.</summary>
    private long EpochNow() => nodes.Max(static node =>
        Regex.Match(node.State, @"(?<=epoch )\d+", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match
            ? long.Parse(match.ValueSpan, CultureInfo.InvariantCulture) : 0);

    private async Task PauseAsync(NodeProcess node, CancellationToken cancellation)
    {
        Count("pauses", $"node {node.Number} stands still for 12 s");
        node.Pause(true);
        await Task.Delay(TimeSpan.FromSeconds(12), cancellation);
        if (node.IsRunning)
            node.Pause(false);
    }

    /// <summary>Cuts one node from another one or from the database, for longer than nodes are waited for: its rows, its messages or all,
    /// in both directions or in one.</summary>
    private async Task CutAsync(Hosts hosts, CancellationToken cancellation)
    {
        int one = _random.Next(nodes.Count), other = (one + 1 + _random.Next(nodes.Count - 1)) % nodes.Count;
        (string what, int? port) = _random.Next(3) switch
        {
            0 => ("rows", Hosts.LinkPort),
            1 => ("messages", Hosts.RemotePort),
            _ => ("everything", (int?)null),
        };
        bool fromDatabase = _random.Next(5) == 0, bothWays = _random.Next(3) > 0;
        Count("cuts", fromDatabase ? $"node {one} is cut off from the database for 12 s"
            : $"{what} from node {one} to node {other} {(bothWays ? "and back " : "")}cut for 12 s");
        if (fromDatabase)
            hosts.Cut(one, hosts.DatabaseAddress, port: null);
        else
        {
            hosts.Cut(one, hosts.AddressOf(other), port);
            if (bothWays)
                hosts.Cut(other, hosts.AddressOf(one), port);
        }

        await Task.Delay(TimeSpan.FromSeconds(12), cancellation);
        hosts.Heal(one);
        hosts.Heal(other);
    }

    private void Count(string kind, string text)
    {
        Made[kind] = Made.GetValueOrDefault(kind) + 1;
        tell(text);
    }
}
