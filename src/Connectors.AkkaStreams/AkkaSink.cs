using ActorStreams.Connectors.AkkaStreams.Writing;
using Akka.Streams.Dsl;

namespace ActorStreams;

/// <summary>Sinks of Akka.Streams as sinks of pipelines.</summary>
/// <remarks>Each runs in the ActorSystem of the job, below the job's actor and on its dispatcher, from the start of a run to its end. Its
/// back-pressure reaches the job's sources: where it asks for no more elements, the job reads no more rows.</remarks>
public static class AkkaSink
{
    private const int BufferRows = 1024;

    private static readonly TimeSpan s_keepFor = TimeSpan.FromDays(1);

    /// <summary>Writes rows to any sink, one by one. <b>At least once</b>: rows of an epoch that did not commit come again.</summary>
    /// <remarks>
    /// An epoch ends when the sink asks for an element after the epoch's last: it is done with those before. A sink that asks ahead
    /// (<c>SelectAsync</c> with more than one call at once, a buffer, an asynchronous boundary) may lose what it has asked for and not
    /// finished when the process dies. The sink completes when the job does, or is stopped; it fails where a run ends in the middle of an
    /// epoch. Where it fails or cancels, the job fails.
    /// </remarks>
    /// <typeparam name="T">The row.</typeparam>
    /// <typeparam name="TMat">What the sink materialises to. Where it is a <see cref="Task"/>, the end of the job waits for it, for 5 seconds
    /// at most.</typeparam>
    /// <param name="sink">The sink; each writer of each run materialises it anew.</param>
    /// <param name="bufferRows">Rows that were written and not asked for at most, at least 1. Default: 1,024.</param>
    /// <param name="maxParallelism">How many writers may work at once, each with a sink of its own. Default: 1, which keeps rows in their
    /// order.</param>
    /// <param name="materialized">Given what the sink materialises to, each time; on the job's actor, so it must be quick. Null:
    /// nobody.</param>
    public static Sink<T> To<T, TMat>(Sink<T, TMat> sink, int bufferRows = BufferRows, int maxParallelism = 1,
        Action<TMat>? materialized = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallelism, 1);
        return new AkkaGraphSink<T, TMat>(sink, bufferRows, maxParallelism, materialized);
    }

    /// <summary>Tells a flow every epoch once it is committed. <b>Exactly once</b> where the outside notes the number of each epoch with
    /// its rows: an epoch that was committed and not known to be acknowledged is told again, with its number, by the next run.</summary>
    /// <remarks>
    /// The store's commit decides: nothing of an epoch that did not commit is ever told. Until it is acknowledged, no later epoch is
    /// committed: the flow holds back the job. The rows of committed epochs are in a topic of the job's store, written in the epoch's own
    /// transaction, from which a run after a crash takes them.
    /// </remarks>
    /// <typeparam name="T">The row; stored by the record codec.</typeparam>
    /// <typeparam name="TMat">What the flow materialises to; it is not used.</typeparam>
    /// <param name="flow">Gives the number of each epoch (<see cref="EpochRows{T}.Epoch"/>) once its rows are in the outside. One that fails or
    /// completes fails the job.</param>
    /// <param name="topic">The topic of the store that keeps the rows; null: pipeline and sink, <c>pipeline.sink</c>.</param>
    /// <param name="keepFor">How long rows stay in it, at least: longer than the job may be down with an epoch that is not acknowledged.
    /// Null: a day.</param>
    /// <param name="maxBytesPerEpoch">The rows of an epoch wait in memory; more bytes than this fail the job. Default: 256 MiB.</param>
    /// <example><code>
    /// orders.Write("billing", AkkaSink.Epochs(Flow.Create&lt;EpochRows&lt;Order&gt;&gt;().SelectAsync(1, async epoch =>
    /// {
    ///     await billing.PutAsync(epoch.Epoch, epoch.Rows);          // in one transaction; a number it has, it leaves alone
    ///     return epoch.Epoch;
    /// })));
    /// </code></example>
    public static Sink<T> Epochs<T, TMat>(Flow<EpochRows<T>, long, TMat> flow, string? topic = null, TimeSpan? keepFor = null,
        long maxBytesPerEpoch = 256 * 1024 * 1024)
    {
        ArgumentNullException.ThrowIfNull(flow);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytesPerEpoch, 1);
        if (keepFor is { } span)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero, nameof(keepFor));
        return new EpochSink<T, TMat>(flow, topic, keepFor ?? s_keepFor, maxBytesPerEpoch);
    }
}
