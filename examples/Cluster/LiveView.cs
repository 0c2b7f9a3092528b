using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Readings;

/// <summary>A live picture of the nodes, of the jobs and of what has happened last.</summary>
internal sealed class LiveView(IReadOnlyList<Place> places) : View
{
    private const int Events = 12;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Queue<string> _events = new();
    private readonly Dictionary<int, (long Read, TimeSpan At, double Rate)> _rates = [];
    private readonly Lock _lock = new();

    public override void Tell(string text)
    {
        lock (_lock)
        {
            _events.Enqueue($"{_watch.Elapsed.ToString(@"mm\:ss", CultureInfo.InvariantCulture)}  {text}");
            if (_events.Count > Events)
                _events.Dequeue();
        }
    }

    public override Task RunAsync(IReadOnlyList<NodeProcess> nodes, Func<Action, Task> run) =>
        AnsiConsole.Live(Text.Empty).StartAsync(live => run(() => live.UpdateTarget(Picture(nodes))));

    private Rows Picture(IReadOnlyList<NodeProcess> nodes)
    {
        NodeReport[] jobs = [.. Furthest(nodes)];
        var table = new Table().Border(TableBorder.Rounded).AddColumn("node").AddColumn("address").AddColumn("state")
            .AddColumn(new TableColumn("rows/s read").RightAligned());
        foreach (NodeReport job in jobs)
            table.AddColumn(new TableColumn(Markup.Escape($"instances of {job.Job}")));
        foreach (NodeProcess node in nodes)
            table.AddRow(Row(node, jobs));
        IEnumerable<IRenderable> told = jobs.Select(static job => new Panel(Markup.Escape(string.Join('\n', job.Rest())))
            .Header(Markup.Escape(job.Job)).Expand());
        lock (_lock)
            return new Rows([table, .. told, .. _events.Select(static text => new Text(text))]);
    }

    private Text[] Row(NodeProcess node, NodeReport[] jobs)
    {
        string address = $"@{places[node.Number]}";
        bool coordinates = jobs.Any(job => job.Coordinator().Contains(address, StringComparison.Ordinal));
        var style = new Style(node.State switch { "up" => Color.Green, "paused" => Color.Yellow, _ => Color.Red });
        return
        [
            new Text($"{node.Number}{(coordinates ? " coordinator" : "")}"), new Text(address[1..]), new Text(node.State, style),
            new Text(RateOf(node).ToString("N0", CultureInfo.InvariantCulture)),
            .. jobs.Select(job => new Text(
                job.Places().FirstOrDefault(place => place.Node.Contains(address, StringComparison.Ordinal)).Instances ?? "")),
        ];
    }

    /// <summary>How many rows a second a node reads, since what it told before.</summary>
    private double RateOf(NodeProcess node)
    {
        long read = node.Reports.Values.Sum(static report => report.Read);
        (long before, TimeSpan at, double rate) = _rates.GetValueOrDefault(node.Number);
        TimeSpan past = _watch.Elapsed - at;
        if (read == before && past < TimeSpan.FromSeconds(2))
            return rate;
        rate = read < before ? 0 : (read - before) / past.TotalSeconds;
        _rates[node.Number] = (read, _watch.Elapsed, rate);
        return rate;
    }
}
