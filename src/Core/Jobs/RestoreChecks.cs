using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>Whether a pipeline can go on from what is stored of it.</summary>
internal static class RestoreChecks
{
    /// <summary>What is stored and no longer in the pipeline was renamed by mistake, unless the options say that it was removed.</summary>
    public static void Removed(Pipeline pipeline, JobOptions options, Manifest restored)
    {
        var names = pipeline.Nodes.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        string[] operators = [.. restored.Operators.Keys.Where(name => !names.Contains(name))];
        string[] sources = [.. restored.Sources.Keys.Where(name => !names.Contains(name))];
        if (!options.AllowRemovedState && operators.Length + sources.Length > 0)
        {
            string what = operators.Length > 0 ? $"state of operator '{operators[0]}'" : $"offsets of source '{sources[0]}'";
            throw new PipelineException(
                $"Pipeline '{pipeline.Name}': the store holds the {what}, which the pipeline does not have. If it was renamed, " +
                $"give it its old name back; if it was removed, set {nameof(JobOptions)}.{nameof(JobOptions.AllowRemovedState)}, which forgets what is stored under the name.");
        }

        foreach (string source in sources)
            restored.Sources.Remove(source);
    }

    /// <summary>What is stored under another definition would be mixed with what comes: windows of two sizes, say.</summary>
    public static void Definitions(Pipeline pipeline, Manifest restored)
    {
        foreach (StreamNode node in pipeline.Nodes)
        {
            if (restored.Operators.GetValueOrDefault(node.Name)?.Definition is { } stored && stored != node.Definition)
            {
                throw new PipelineException(
                    $"Pipeline '{pipeline.Name}', operator '{node.Name}': its state was stored by '{stored}', and now it is '{node.Definition ?? node.Kind}'. " +
                    $"The two do not mix: give the changed operator a new name (and set {nameof(JobOptions)}.{nameof(JobOptions.AllowRemovedState)} once, " +
                    "which forgets what is stored under the old one), or change it back.");
            }
        }
    }

    /// <summary>The partitions of a source, none of which is missing that was not read to its end.</summary>
    public static async ValueTask<IReadOnlyList<string>> PartitionsAsync(
        Pipeline pipeline, JobOptions options, Store? store, StreamNode node, ISourceNode source, Manifest? restored,
            CancellationToken cancellation)
    {
        IReadOnlyList<string> names = await source.PartitionsAsync(
            new SourceContext(pipeline.Name, node.Name, options.Clock) { Store = store, AvailableNow = options.AvailableNow },
            cancellation);
        if (names.Count == 0)
            throw new SourceException($"Pipeline '{pipeline.Name}', source '{node.Name}' has no partitions.");
        if (names.FirstOrDefault(static name => UnicodeText.FirstLoneSurrogate(name) >= 0) is { } garbled)
        {
            throw new SourceException(
                $"Pipeline '{pipeline.Name}', source '{node.Name}': the name of partition '{garbled}' is not Unicode (it holds half of a surrogate pair), " +
                "so its offset could not be found again. Rename what the partition is named after.");
        }

        if (restored is not null && restored.Sources.TryGetValue(node.Name, out var known))
        {
            string[] gone = [.. known.Where(partition => !partition.Value.IsEnded && !partition.Value.IsCaughtUp)
                .Select(partition => partition.Key).Except(names, StringComparer.Ordinal)];
            if (gone.Length > 0)
            {
                throw new SourceException(
                    $"Pipeline '{pipeline.Name}', source '{node.Name}': partition '{gone[0]}' was read before, is not finished, and is gone. " +
                    "Bring it back, or give the source a new name to start anew.");
            }
        }

        return names;
    }
}
