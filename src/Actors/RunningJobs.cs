using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ActorStreams;

/// <summary>The jobs of a host or of an ActorSystem, by the names of their pipelines: for views, entities and counts. May be asked from
/// any thread.</summary>
/// <remarks>Each is a <see cref="Job"/> of this process, or, on the nodes of a cluster, a <c>ClusterJob</c>.</remarks>
public sealed class RunningJobs
{
    private readonly ConcurrentDictionary<string, IJob> _jobs = new(StringComparer.Ordinal);

    internal RunningJobs()
    {
    }

    /// <summary>The job of a pipeline; it stays here after its end, when its last state can still be read, until it is disposed
    /// of.</summary>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <exception cref="KeyNotFoundException">There is none, or it has not been started yet.</exception>
    public IJob this[string pipeline] => TryGet(pipeline, out IJob? job)
        ? job
        : throw new KeyNotFoundException(
            $"No job of a pipeline '{pipeline}' runs here. {(_jobs.IsEmpty ? "None has been started yet" : $"There are: {string.Join(", ", _jobs.Keys.Order(StringComparer.Ordinal))}")}.");

    /// <summary>Every job that was started, with the name of its pipeline.</summary>
    public IReadOnlyDictionary<string, IJob> All => _jobs;

    /// <summary>The job of a pipeline, if it has been started.</summary>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="job">The job.</param>
    public bool TryGet(string pipeline, [NotNullWhen(true)] out IJob? job) => _jobs.TryGetValue(pipeline, out job);

    internal void Add(string pipeline, IJob job) => _jobs[pipeline] = job;

    internal void Remove(string pipeline, IJob job) => _jobs.TryRemove(KeyValuePair.Create(pipeline, job));
}
