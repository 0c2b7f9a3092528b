using ActorStreams.Cluster.Attempts;

namespace ActorStreams.Cluster.Nodes;

/// <summary>What is told of an error to another node, where its type is not known.</summary>
internal static class Failures
{
    public static AttemptFailed Of(long attempt, string node, Exception error) => new(attempt, node, error switch
    {
        PipelineException => FailureKind.Pipeline,
        SourceException { IsLost: true } => FailureKind.SourceLost,
        StoreLostException => FailureKind.StoreLost,
        _ => FailureKind.Ordinary,
    }, error is ActorStreamsException ? error.Message : $"node '{node}': {error.GetType().Name}: {error.Message}");
}
