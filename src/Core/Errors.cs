namespace ActorStreams;

/// <summary>Base of the errors this framework raises: the message says what was wrong, where, and what to do.</summary>
public class ActorStreamsException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A pipeline that cannot be built or planned as described.</summary>
public sealed class PipelineException(string message, Exception? inner = null) : ActorStreamsException(message, inner);

/// <summary>A source that cannot be opened or read.</summary>
public sealed class SourceException(string message, Exception? inner = null) : ActorStreamsException(message, inner)
{
    /// <summary>What was read is no longer there: the job does not restart by itself, because it would go on with something else.</summary>
    internal bool IsLost { get; init; }
}

/// <summary>A sink that cannot be opened or written.</summary>
public sealed class SinkException(string message, Exception? inner = null) : ActorStreamsException(message, inner);

/// <summary>A type that cannot be stored, or stored data that cannot be read as the type.</summary>
public sealed class CodecException(string message, Exception? inner = null) : ActorStreamsException(message, inner)
{
    /// <summary>The field that the present type cannot hold, as a path from the stored value; null: something else is wrong, or the value
    /// itself.</summary>
    internal string? Field { get; init; }

    /// <summary>The message without what to do about it; null: it has no such part.</summary>
    internal string? Fault { get; init; }
}

/// <summary>A job that failed, with the operator it failed in.</summary>
public sealed class JobException(string message, Exception? inner = null) : ActorStreamsException(message, inner)
{
    /// <summary>Whether what was asked for may have been done all the same: nobody is left who knows. A command of which this is said is
    /// given again with an id that the entity knows.</summary>
    public bool IsInDoubt { get; init; }
}

/// <summary>A store that cannot be opened, read or written.</summary>
public class StoreException(string message, bool isTransient = false, Exception? inner = null) : ActorStreamsException(message, inner)
{
    /// <summary>Whether trying again later can help: a full disk, a lost connection, a busy file.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The epoch that was asked for is not retained.</summary>
    internal bool IsEpochGone { get; init; }
}

/// <summary>An epoch is asked for that the store does not keep any more: begin anew, with all rows.</summary>
/// <param name="message">What was asked for, and what there is.</param>
/// <param name="epoch">The epoch.</param>
/// <param name="inner">What the store said.</param>
public sealed class EpochNotRetainedException(string message, long epoch, Exception? inner = null) : StoreException(message, inner: inner)
{
    /// <summary>The epoch that was asked for.</summary>
    public long Epoch { get; } = epoch;
}

/// <summary>An epoch is asked for that the job has not reached: it is from another life of the job, whose store was removed, say. Begin
/// anew, with all rows.</summary>
/// <param name="message">What was asked for, and where the job is.</param>
/// <param name="epoch">The epoch.</param>
/// <param name="last">The job's last epoch.</param>
public sealed class EpochNotReachedException(string message, long epoch, long last) : StoreException(message)
{
    /// <summary>The epoch that was asked for.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>The last epoch of the job.</summary>
    public long LastEpoch { get; } = last;
}

/// <summary>Another writer took over the job: this one must stop at once.</summary>
public sealed class FencedException(string message) : StoreException(message);

/// <summary>What the job has written to is gone: the store's files were deleted, moved or replaced while it ran. A restart cannot bring
/// them back.</summary>
public sealed class StoreLostException(string message) : StoreException(message);
