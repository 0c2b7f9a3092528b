namespace ActorStreams.Authoring;

/// <summary>A row that a sink cannot write: thrown by <see cref="SinkWriter{T}.Write"/>, it becomes an error of that row, as the job's
/// error policy says.</summary>
/// <param name="row">Its index in the chunk. The rows before it are taken; it and those after it are not, and the latter come
/// again.</param>
/// <param name="message">What is wrong with it, and where: the column or field.</param>
/// <param name="inner">The error of user code, if that is the reason.</param>
public sealed class RefusedRowException(int row, string message, Exception? inner = null) : ActorStreamsException(message, inner)
{
    /// <summary>The row's index in the chunk.</summary>
    public int Row { get; } = row;
}
