namespace ActorStreams.Core.Pipelines;

/// <summary>Which sources wait for the initial snapshots of which others: those of a stream for those of the table that it looks
/// into.</summary>
/// <remarks>
/// The sources wait, not the join: behind a join that holds back one of its inputs barriers would wait, too, and no epoch could end while a
/// snapshot is read. A source that is not read is simply
/// pushed back; nothing is buffered.
/// </remarks>
internal sealed class SnapshotWaits
{
    private readonly Dictionary<StreamNode, HashSet<StreamNode>> _waitsFor = [];
    private readonly Dictionary<StreamNode, string> _becauseOf = [];

    /// <exception cref="PipelineException">Two tables wait for each other.</exception>
    public SnapshotWaits(Pipeline pipeline, IEnumerable<StreamNode> nodes)
    {
        foreach (StreamNode node in nodes)
        {
            if (node.SnapshotWait is not { } wait)
                continue;
            StreamNode[] tables = [.. SourcesOf(wait.For).Where(source => ((ISourceNode)source).HasInitialSnapshot)];
            foreach (StreamNode source in SourcesOf(wait.Waiting))
            {
                // A stream that is the table itself cannot wait for it: its rows meet those that came before.
                StreamNode[] others = [.. tables.Where(table => table != source)];
                if (others.Length == 0)
                    continue;
                (_waitsFor.TryGetValue(source, out HashSet<StreamNode>? known) ? known : _waitsFor[source] = []).UnionWith(others);
                _becauseOf.TryAdd(source, node.Name);
            }
        }

        foreach (StreamNode source in _waitsFor.Keys)
        {
            if (Reaches(source, source, []) is { } other)
            {
                throw new PipelineException($"Pipeline '{pipeline.Name}', operators '{_becauseOf[source]}' and '{_becauseOf[other]}': " +
                    $"source '{source.Name}' would wait for the snapshot of '{other.Name}' and the other way round, so " +
                    "neither would begin. Let one of the two joins not wait (WaitForSnapshot = false in its options), or join the two " +
                        "as tables.");
            }
        }
    }

    public IEnumerable<StreamNode> WaitedFor => _waitsFor.Values.SelectMany(static sources => sources).Distinct();

    public IEnumerable<StreamNode> WaitsFor(StreamNode source) => _waitsFor.GetValueOrDefault(source) ?? [];

    private static HashSet<StreamNode> SourcesOf(StreamNode node)
    {
        HashSet<StreamNode> seen = [], sources = [];
        Visit(node);
        return sources;

        void Visit(StreamNode one)
        {
            if (!seen.Add(one))
                return;
            if (one is ISourceNode)
                sources.Add(one);
            foreach (StreamNode input in one.Inputs)
                Visit(input);
        }
    }

    /// <returns>The last source on the way from one to another; null: there is no way.</returns>
    private StreamNode? Reaches(StreamNode from, StreamNode to, HashSet<StreamNode> seen)
    {
        foreach (StreamNode next in WaitsFor(from))
        {
            if (next == to)
                return from;
            if (seen.Add(next) && Reaches(next, to, seen) is { } last)
                return last;
        }

        return null;
    }
}
