using ActorStreams.Connectors.AkkaStreams.Flows;
using Akka;
using Akka.Streams.Dsl;

namespace ActorStreams;

/// <summary>The edges of running jobs as sinks and sources of Akka.Streams.</summary>
public static class AkkaEdges
{
    /// <summary>A sink whose elements are told to the job that reads the ingress.</summary>
    /// <remarks>Asks for an element while the ingress has room for it. Several graphs, and code besides, may tell rows to one ingress.
    /// Where the job ends first, the sink fails and cancels its graph; a job that restarts goes on with the rows that it had.</remarks>
    /// <typeparam name="T">The row.</typeparam>
    /// <param name="ingress">The ingress. Of a running job: <c>job.Ingress&lt;Order&gt;("orders")</c>.</param>
    /// <param name="completes">Whether the ingress is complete when the sink's input is: <see cref="Ingress{T}.Complete"/>. Default:
    /// false.</param>
    /// <returns>A sink that materialises to the number of its rows, once the last of them is durable: the epoch that holds it is committed.
    /// The task fails where its input fails, or where the job has ended before.</returns>
    /// <example><code>
    /// long rows = await orders.RunWith(job.Ingress&lt;Order&gt;("orders").ToSink(), system);
    /// </code></example>
    public static Sink<T, Task<long>> ToSink<T>(this Ingress<T> ingress, bool completes = false)
    {
        ArgumentNullException.ThrowIfNull(ingress);
        return Sink.FromGraph(new IngressStage<T>(ingress, completes));
    }

    /// <summary>All rows of a materialised table, then the changes of each further epoch that changed any, as a source: resumable by
    /// epoch.</summary>
    /// <remarks>Completes when the job does, or when <see cref="Job.EndObservers"/> says so. One who asks slowly
    /// holds up no epoch, and gets what has changed as one element where the job does not keep all changes since.</remarks>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <typeparam name="TValue">The value.</typeparam>
    /// <param name="view">The table: <c>job.Table(table)</c>.</param>
    /// <param name="after">Go on after this epoch, which was told before: nothing is told twice and nothing left out. Null: begin with all
    /// rows.</param>
    /// <param name="whenNotRetained">What is done where the changes since <paramref name="after"/> are not known any more. Default: all
    /// rows come first, marked as a snapshot.</param>
    /// <returns>A source that fails with an <see cref="EpochNotReachedException"/> where the job has not reached <paramref name="after"/>,
    /// and with an <see cref="EpochNotRetainedException"/> where that was asked for.</returns>
    /// <example><code>
    /// job.Table(totals).ToSource(after: lastSeen).RunForeach(epoch => Show(epoch.Changes), system);
    /// </code></example>
    public static Source<EpochChanges<TKey, TValue>, NotUsed> ToSource<TKey, TValue>(this TableView<TKey, TValue> view, long? after = null,
        WhenNotRetained whenNotRetained = WhenNotRetained.Snapshot)
    {
        ArgumentNullException.ThrowIfNull(view);
        return Source.From(() => view.Observe(after, whenNotRetained));
    }
}
