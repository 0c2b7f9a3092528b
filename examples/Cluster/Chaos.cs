using Enrichment;

namespace Readings;

/// <summary>Kills nodes, lets them stand still for longer than they are waited for, and crashes the database; what it does follows from a
/// seed.</summary>
internal sealed class Chaos(RunSettings settings, IReadOnlyList<NodeProcess> nodes, TemporaryServer? server, Action<string> tell)
{
    private readonly Random _random = new(settings.Seed);

    /// <summary>Faults made so far, by kind.</summary>
    public SortedDictionary<string, int> Made { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes all faults, one after the other, until the job is complete.</summary>
    public async Task RunAsync(Func<bool> isDone, CancellationToken cancellation)
    {
        for (int fault = 1; fault <= settings.Faults && !isDone(); fault++)
        {
            await Task.Delay(TimeSpan.FromSeconds(4 + (_random.NextDouble() * 6)), cancellation);
            NodeProcess[] running = [.. nodes.Where(static node => node.IsRunning && !node.IsPaused)];
            if (isDone() || running.Length == 0)
                return;
            NodeProcess node = running[_random.Next(running.Length)];
            switch (fault % 10)
            {
                case 3 or 7:
                    await PauseAsync(node, cancellation);
                    break;
                case 5 when server is not null:
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

    private async Task PauseAsync(NodeProcess node, CancellationToken cancellation)
    {
        Count("pauses", $"node {node.Number} stands still for 12 s");
        node.Pause(true);
        await Task.Delay(TimeSpan.FromSeconds(12), cancellation);
        if (node.IsRunning)
            node.Pause(false);
    }

    private void Count(string kind, string text)
    {
        Made[kind] = Made.GetValueOrDefault(kind) + 1;
        tell(text);
    }
}
