using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>What is read of a job, wherever it runs.</summary>
internal interface IJobSource
{
    /// <summary>The pipeline's name.</summary>
    string Pipeline { get; }

    /// <summary>Its operators.</summary>
    IReadOnlyList<StreamNode> Nodes { get; }

    /// <summary>Whether this process knows each epoch as soon as it is committed.</summary>
    bool IsHere { get; }

    /// <summary>The views that are read from outside.</summary>
    JobViews Views { get; }

    /// <summary>Completes with the job, once its views show the last epoch.</summary>
    Task Ended { get; }

    /// <summary>A view of the job, and when it can be read first; null: there is none.</summary>
    (object View, Task IsThere)? View(string name);

    /// <summary>The present state of a key.</summary>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the job has ended.</exception>
    Task<TState?> AskAsync<TKey, TState>(string operatorName, TKey key, string? state);

    /// <summary>Reads what the job has committed.</summary>
    /// <exception cref="JobException">It has no store, or has committed nothing.</exception>
    ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation);
}
