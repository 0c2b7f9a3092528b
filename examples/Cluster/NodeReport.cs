using System.Text.Json;

namespace Readings;

/// <summary>What a node tells of a job, a line each second.</summary>
/// <param name="Job">The pipeline.</param>
/// <param name="Epoch">The last committed epoch that the node has heard of.</param>
/// <param name="IsDone">Whether the job is complete.</param>
/// <param name="Read">Rows that were read on this node, since it is there.</param>
/// <param name="Description">How the job stands, as the node has heard it: lines for people.</param>
internal sealed record NodeReport(string Job, long Epoch, bool IsDone, long Read, string Description)
{
    private const string Mark = "report ";

    /// <summary>Reads a line; null: it is another one.</summary>
    public static NodeReport? Of(string line) =>
        line.StartsWith(Mark, StringComparison.Ordinal) ? JsonSerializer.Deserialize<NodeReport>(line.AsSpan(Mark.Length)) : null;

    /// <summary>The line.</summary>
    public override string ToString() => Mark + JsonSerializer.Serialize(this);

    /// <summary>The lines that say where instances are: the address of each node and what runs there.</summary>
    public IEnumerable<(string Node, string Instances)> Places() => Lines()
        .Where(static line => line.StartsWith("node ", StringComparison.Ordinal))
        .Select(static line => line.Split(": ", 2)).Where(static parts => parts.Length == 2)
        .Select(static parts => (parts[0][5..], parts[1]));

    /// <summary>The node of the coordinator; empty: it is not known.</summary>
    public string Coordinator() =>
        Lines().FirstOrDefault(static line => line.StartsWith("coordinator: ", StringComparison.Ordinal))?[13..] ?? "";

    /// <summary>Everything else that is said of the job.</summary>
    public IEnumerable<string> Rest() => Lines().Where(static line =>
        !line.StartsWith("node ", StringComparison.Ordinal) && !line.StartsWith("coordinator: ", StringComparison.Ordinal));

    private string[] Lines() => Description.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
