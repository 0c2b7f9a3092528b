using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>A job whose entities can be asked, wherever it runs.</summary>
internal interface IEntitySource
{
    /// <summary>The pipeline's name.</summary>
    string Pipeline { get; }

    /// <summary>Its operators.</summary>
    IReadOnlyList<StreamNode> Nodes { get; }

    /// <summary>The present state of a key.</summary>
    /// <exception cref="JobException">There is no such operator or state, the types differ, or the job has ended.</exception>
    Task<TState?> AskAsync<TKey, TState>(string operatorName, TKey key, string? state);

    /// <summary>Reads what the job has committed.</summary>
    /// <exception cref="JobException">It has no store, or has committed nothing.</exception>
    ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation);
}
