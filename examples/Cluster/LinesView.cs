using System.Diagnostics;
using System.Globalization;

namespace Readings;

/// <summary>Lines with their time: what has happened, and how the jobs stand where that is something else than before.</summary>
internal sealed class LinesView : View
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private string _shown = "";

    public override void Tell(string text) =>
        Console.WriteLine($"{_watch.Elapsed.ToString(@"mm\:ss", CultureInfo.InvariantCulture)}  {text}");

    public override Task RunAsync(IReadOnlyList<NodeProcess> nodes, Func<Action, Task> run) => run(() => Show(nodes));

    private void Show(IReadOnlyList<NodeProcess> nodes)
    {
        string jobs = string.Join("; ", Furthest(nodes).Select(static report => report.Rest().FirstOrDefault() ?? ""));
        string now = $"{string.Join(' ', nodes.Select(static node => node.State)),-20} {jobs}";
        if (now != _shown)
            Tell(now);
        _shown = now;
    }
}
