namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>Why a search for patterns could not go on after a match. It stands behind the error of the pipeline, so that whoever made the
/// pattern of a statement can tell it from others.</summary>
internal sealed class SkipException(string message) : Exception(message)
{
    /// <summary>The error of the pipeline, which no restart would mend.</summary>
    public static PipelineException Of(string message) => new(message, new SkipException(message));
}
