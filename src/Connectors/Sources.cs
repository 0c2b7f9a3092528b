using System.Threading.Channels;
using ActorStreams.Connectors.InCode;

namespace ActorStreams;

/// <summary>Sources that need no file: rows in memory, sequences and channels of the application.</summary>
public static class Sources
{
    /// <summary>The rows of an array, which must not change. Replayable: the offset is the index. The rows are shown, not copied.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="partitions">How many partitions they are cut into, as contiguous parts of about equal size, named <c>0</c>, <c>1</c>,
    /// …. Default: 1.</param>
    public static Source<T> Of<T>(T[] rows, int partitions = 1) => new ArraySource<T>(rows, partitions);

    /// <summary>The rows of a list, copied once now. Replayable: the offset is the index.</summary>
    /// <inheritdoc cref="Of{T}(T[], int)"/>
    public static Source<T> Of<T>(IReadOnlyList<T> rows, int partitions = 1) => new ArraySource<T>([.. rows], partitions);

    /// <summary>The rows of a sequence, enumerated once in every run; it ends when the sequence ends.</summary>
    /// <remarks>
    /// <b>Volatile, at most once</b>: rows that were taken and not committed are lost with the process, and a new run begins with a new
    /// enumeration (rows it repeats are counted again). Waits without polling; takes together what is there at once.
    /// </remarks>
    /// <param name="rows">The sequence. Enumerated by one reader at a time.</param>
    public static Source<T> From<T>(IAsyncEnumerable<T> rows) => new SequenceSource<T>(rows);

    /// <summary>The rows of a channel; it ends when the channel is completed, and fails when it is completed with an error.</summary>
    /// <remarks>
    /// <b>Volatile, at most once</b>: rows that were taken and not committed are lost with the process. A bounded channel feels the
    /// pipeline's back-pressure. Waits without polling; takes together what is there at once.
    /// </remarks>
    /// <param name="rows">The channel's reading end.</param>
    public static Source<T> From<T>(ChannelReader<T> rows) => new ChannelSource<T>(rows);

    /// <summary>The same of a channel of which the source may tell the writers when nothing is read any more: a job that is drained
    /// (<see cref="Job.DrainAsync()"/>) completes it, takes what was written before, and a later write fails with the reason.</summary>
    /// <param name="rows">The channel.</param>
    public static Source<T> From<T>(Channel<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new ChannelSource<T>(rows.Reader, rows.Writer);
    }
}
