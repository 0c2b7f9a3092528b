namespace Readings;

/// <summary>Shows a run to whoever has started it.</summary>
internal abstract class View
{
    /// <summary>A live one on a terminal; lines where the output goes elsewhere, or where they are wanted.</summary>
    public static View Of(RunSettings settings, IReadOnlyList<Place> places) =>
        settings.Plain || Console.IsOutputRedirected ? new LinesView() : new LiveView(places);

    /// <summary>Something has happened.</summary>
    public abstract void Tell(string text);

    /// <summary>Runs, and shows the nodes each second.</summary>
    public abstract Task RunAsync(IReadOnlyList<NodeProcess> nodes, Func<Action, Task> run);

    /// <summary>Of each job what the node that is furthest has heard.</summary>
    protected static IEnumerable<NodeReport> Furthest(IReadOnlyList<NodeProcess> nodes) => nodes
        .SelectMany(static node => node.Reports.Values)
        .GroupBy(static report => report.Job, StringComparer.Ordinal).OrderBy(static job => job.Key, StringComparer.Ordinal)
        .Select(static job => job.MaxBy(static report => report.Epoch)!);
}
