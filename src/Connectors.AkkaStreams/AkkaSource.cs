using ActorStreams.Connectors.AkkaStreams.Reading;
using Akka.Streams.Dsl;

namespace ActorStreams;

/// <summary>Sources of Akka.Streams as sources of pipelines.</summary>
/// <remarks>Each runs in the ActorSystem of the job, below the job's actor and on its dispatcher, from the start of a run to its end. The
/// job's back-pressure reaches it: it is asked for no more elements than there is room for.</remarks>
public static class AkkaSource
{
    private const int BufferRows = 1024;

    /// <summary>The elements of any source, as rows.</summary>
    /// <remarks>
    /// <b>Volatile, at most once</b>: elements that were taken and not committed are lost with the process, and a job that restarts runs
    /// the source anew. For a source that can begin after an offset use <see cref="Replayable{T, TMat}(Func{long?, Source{ValueTuple{T, long}, TMat}}, int)"/>.
    /// A job that is drained (<see cref="Job.DrainAsync()"/>) cancels it and takes what it gave before.
    /// </remarks>
    /// <typeparam name="T">The row.</typeparam>
    /// <typeparam name="TMat">What the source materialises to; it is not used.</typeparam>
    /// <param name="source">The source. Its completion ends the rows, its failure fails the job.</param>
    /// <param name="bufferRows">Elements that were taken and not read by the job at most, at least 1. Default: 1,024.</param>
    public static Source<T> From<T, TMat>(Source<T, TMat> source, int bufferRows = BufferRows)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferRows, 1);
        return new VolatileAkkaSource<T, TMat>(source, bufferRows);
    }

    /// <summary>The elements of a source that can begin after any of them: exactly once.</summary>
    /// <remarks>The function is called at the start of every run. A source that gives other rows than those after the offset breaks the
    /// promise; offsets that do not grow fail the job.</remarks>
    /// <typeparam name="T">The row.</typeparam>
    /// <typeparam name="TMat">What the source materialises to; it is not used.</typeparam>
    /// <param name="after">The rows after an offset, each with its own; null: from the beginning. Offsets are numbers from 0 to 2^48 - 2
    /// that grow, gaps are allowed.</param>
    /// <param name="bufferRows">Elements that were taken and not read by the job at most, at least 1. Default: 1,024.</param>
    /// <example><code>
    /// pipeline.Read("orders", AkkaSource.Replayable(after => Orders.After(after ?? -1).Select(order => (order, order.Number))))
    /// </code></example>
    public static Source<T> Replayable<T, TMat>(Func<long?, Source<(T Row, long Offset), TMat>> after, int bufferRows = BufferRows)
    {
        ArgumentNullException.ThrowIfNull(after);
        return Replayable(["0"], (_, offset) => after(offset), bufferRows);
    }

    /// <summary>The same with several partitions, which are read at once: each has offsets of its own.</summary>
    /// <inheritdoc cref="Replayable{T, TMat}(Func{long?, Source{ValueTuple{T, long}, TMat}}, int)"/>
    /// <param name="partitions">The names of the partitions. Offsets are stored under them: the same on every run.</param>
    /// <param name="after">The rows of a partition after an offset, each with its own; null: from the beginning.</param>
    /// <param name="bufferRows">Elements of each partition that were taken and not read by the job at most, at least 1. Default:
    /// 1,024.</param>
    public static Source<T> Replayable<T, TMat>(IReadOnlyList<string> partitions,
        Func<string, long?, Source<(T Row, long Offset), TMat>> after, int bufferRows = BufferRows)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferRows, 1);
        return new ReplayableAkkaSource<T, TMat>(after, partitions, bufferRows);
    }
}
