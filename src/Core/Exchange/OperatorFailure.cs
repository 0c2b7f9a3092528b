namespace ActorStreams.Core.Exchange;

/// <summary>What a source or a sink, or the user's code in it, threw, as the error of that operator: the message says which one it
/// was.</summary>
internal static class OperatorFailure
{
    /// <summary>Whether the message does not say yet where it happened. Errors of the store and the end of a run are no operator's
    /// fault.</summary>
    public static bool IsUnnamed(Exception error) => error is not (OperationCanceledException or StoreException or JobException)
        && !(error is ActorStreamsException && error.Message.StartsWith("Pipeline '", StringComparison.Ordinal));

    /// <summary>The same error with the name of the operator.</summary>
    /// <param name="error">An error that <see cref="IsUnnamed"/>.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="role"><c>source</c> or <c>sink</c>.</param>
    /// <param name="name">The operator's name.</param>
    public static ActorStreamsException Named(Exception error, string pipeline, string role, string name)
    {
        string where = $"Pipeline '{pipeline}', {role} '{name}': ";
        return error switch
        {
            SourceException source => new SourceException(where + error.Message, error) { IsLost = source.IsLost },
            SinkException => new SinkException(where + error.Message, error),
            ActorStreamsException => new JobException(where + error.Message, error),
            _ => new JobException(
                $"{where}{error.GetType().Name}: {OperatorErrors.Sentence(error.Message)} The job ends here; started again, by hand or by " +
                $"{nameof(JobOptions)}.{nameof(JobOptions.Restart)}, it goes on from the last committed epoch.", error),
        };
    }
}
