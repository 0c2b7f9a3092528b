using ActorStreams.Core.Pipelines;

namespace ActorStreams;

/// <summary>Finds where rows are handed to a job.</summary>
public static class JobIngress
{
    /// <summary>The ingress that a source of the job reads, to hand rows over where the pipeline is not at hand.</summary>
    /// <param name="job">The job.</param>
    /// <param name="source">The source's name in the pipeline; null: the only ingress for such rows.</param>
    /// <typeparam name="T">The row.</typeparam>
    /// <exception cref="JobException">There is no such ingress, or there are several.</exception>
    public static Ingress<T> Ingress<T>(this IJob job, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        (string Name, Ingress<T> Ingress)[] found = [.. job.Source.Nodes.OfType<SourceNode<T>>()
            .Where(node => node.Source is Ingress<T> && (source is null || node.Name == source))
            .Select(node => (node.Name, (Ingress<T>)node.Source))];
        if (found.Length == 1)
            return found[0].Ingress;
        string names = string.Join(", ", found.Select(one => $"'{one.Name}'").DefaultIfEmpty("none"));
        throw new JobException(
            $"Pipeline '{job.Source.Pipeline}': {(source is null ? "an ingress" : $"source '{source}'")} for rows of {typeof(T).Name} was asked for, and it has {names}. " +
            $"A source of the pipeline must read an Ingress<{typeof(T).Name}>; where several do, name one.");
    }
}
