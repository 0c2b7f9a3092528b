using System.Diagnostics;
using System.Globalization;
using Enrichment;

namespace Readings;

/// <summary>Kills nodes, lets them stand still, cuts them off where they have hosts of their own, and crashes the database. What it does
/// follows from a seed; when it does so, from how far the jobs are: a slow machine is not attacked more often than a fast one.</summary>
internal sealed class Chaos(FaultPlan plan, IReadOnlyList<NodeProcess> nodes, IReadOnlyList<Place> places, TemporaryServer? server,
    Hosts? hosts, Action<string> tell)
{
    /// <summary>So many epochs after a fault a job goes on: some that were committed before may not have been heard of.</summary>
    private const int EpochsToGoOn = 3;

    /// <summary>A pause is longer than a node is waited for; and no longer than this, because the others may need it to go on.</summary>
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromSeconds(10), s_longestPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_cut = TimeSpan.FromSeconds(12), s_look = TimeSpan.FromMilliseconds(200);

    private readonly Random _random = new(plan.Seed);
    private readonly Dictionary<string, long> _epochs = [];

    /// <summary>Faults made so far, by kind.</summary>
    public SortedDictionary<string, int> Made { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes all faults, one after the other.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        FaultKind[] faults = plan.InOrder(_random);
        int kills = 0;
        for (int number = 1; number <= faults.Length; number++)
        {
            await GoOnAsync(cancellation);
            await Task.Delay(TimeSpan.FromSeconds(3 * _random.NextDouble()), cancellation);
            NodeProcess[] running = [.. nodes.Where(static node => node.IsRunning)];
            if (running.Length == 0)
                continue;
            NodeProcess node = running[_random.Next(running.Length)];
            string which = $"fault {number} of {faults.Length}: ";
            switch (faults[number - 1])
            {
                case FaultKind.Pause:
                    await PauseAsync(node, which, cancellation);
                    break;
                case FaultKind.Cut:
                    await CutAsync(hosts!, which, cancellation);
                    break;
                case FaultKind.Crash:
                    Count("crashes of the database", $"{which}the database crashes");
                    server!.Kill();
                    server.Start();
                    break;
                default:
                    if (kills++ % 2 == 0)
                        node = CoordinatorOf(running) ?? node;
                    Count("kills", $"{which}node {node.Number} is killed{(node == CoordinatorOf(running) ? ", the coordinator's" : "")}");
                    node.Kill();
                    break;
            }
        }

        await GoOnAsync(cancellation);
        foreach (NodeProcess node in nodes)
            node.MayEnd();
    }

    /// <summary>Waits until all jobs that are not complete have committed epochs, and says how long that took.</summary>
    private async Task GoOnAsync(CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Dictionary<string, long> before = Heard();
        while (!HaveGoneOn(before))
            await Task.Delay(s_look, cancellation);
        if (Made.Count > 0)
        {
            tell(string.Create(CultureInfo.InvariantCulture,
                $"{EpochsToGoOn} epochs further after {watch.Elapsed.TotalSeconds:0.0} s"));
        }
    }

    private bool HaveGoneOn(Dictionary<string, long> before)
    {
        Dictionary<string, long> now = Heard();
        return now.Count == NodeProgram.Jobs.Length
            && now.All(job => job.Value == long.MaxValue || job.Value >= before.GetValueOrDefault(job.Key) + EpochsToGoOn);
    }

    /// <summary>Of each job the last epoch that any node has ever heard of; the largest number: it is complete.</summary>
    private Dictionary<string, long> Heard()
    {
        foreach (NodeReport report in nodes.SelectMany(static node => node.Reports.Values))
            _epochs[report.Job] = Math.Max(_epochs.GetValueOrDefault(report.Job), report.IsDone ? long.MaxValue : report.Epoch);
        return new Dictionary<string, long>(_epochs);
    }

    /// <summary>The node of the coordinator of the readings, as the node that is furthest has heard.</summary>
    private NodeProcess? CoordinatorOf(NodeProcess[] running)
    {
        string at = nodes.Select(static node => node.Reports.GetValueOrDefault(ReadingsPipeline.Name)).OfType<NodeReport>()
            .OrderByDescending(static report => report.Epoch).FirstOrDefault()?.Coordinator() ?? "";
        return Array.Find(running, node => at.Contains($"@{places[node.Number]}", StringComparison.Ordinal));
    }

    /// <summary>A node stands still until the others have gone on without it; then it wakes up, and must not be believed.</summary>
    private async Task PauseAsync(NodeProcess node, string which, CancellationToken cancellation)
    {
        Count("pauses", $"{which}node {node.Number} stands still");
        node.Pause(true);
        Stopwatch watch = Stopwatch.StartNew();
        Dictionary<string, long> before = Heard();
        while (watch.Elapsed < s_shortestPause || (watch.Elapsed < s_longestPause && !HaveGoneOn(before)))
            await Task.Delay(s_look, cancellation);
        if (node.IsRunning)
            node.Pause(false);
        tell(string.Create(CultureInfo.InvariantCulture, $"it wakes up after {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>Cuts one node from another one or from the database, for longer than nodes are waited for: its rows, its messages or all,
    /// in both directions or in one.</summary>
    private async Task CutAsync(Hosts hosts, string which, CancellationToken cancellation)
    {
        int one = _random.Next(nodes.Count), other = (one + 1 + _random.Next(nodes.Count - 1)) % nodes.Count;
        (string what, int? port) = _random.Next(3) switch
        {
            0 => ("rows", Hosts.LinkPort),
            1 => ("messages", Hosts.RemotePort),
            _ => ("everything", (int?)null),
        };
        bool fromDatabase = _random.Next(5) == 0, bothWays = _random.Next(3) > 0;
        Count("cuts", fromDatabase ? $"{which}node {one} is cut off from the database"
            : $"{which}{what} from node {one} to node {other} {(bothWays ? "and back " : "")}cut");
        if (fromDatabase)
            hosts.Cut(one, hosts.DatabaseAddress, port: null);
        else
        {
            hosts.Cut(one, hosts.AddressOf(other), port);
            if (bothWays)
                hosts.Cut(other, hosts.AddressOf(one), port);
        }

        await Task.Delay(s_cut, cancellation);
        hosts.Heal(one);
        hosts.Heal(other);
    }

    private void Count(string kind, string text)
    {
        Made[kind] = Made.GetValueOrDefault(kind) + 1;
        tell(text);
    }
}
