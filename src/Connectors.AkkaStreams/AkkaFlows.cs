using ActorStreams.Connectors.AkkaStreams.Flows;
using ActorStreams.Core.Storage;
using Akka.Streams.Dsl;

namespace ActorStreams;

/// <summary>Pipelines and patterns as flows between any source and any sink of Akka.Streams.</summary>
/// <remarks>
/// A job starts when the flow is materialised, in the ActorSystem that the graph runs in, and ends with it. When the input completes, the
/// job gives what follows from it, windows and patterns included, and the flow completes. A failure of the input or of the job fails the
/// flow downstream; a job of a flow does not restart by itself, so wrap the flow where it should (<c>RestartFlow</c>). A cancellation
/// downstream stops the job. The flow asks for an element only while there is room. With a store, state outlives a failure and a
/// cancellation; an input that completes completes the job, for good: the next materialisation has nothing to do and completes at once.
/// </remarks>
public static class AkkaFlows
{
    private const int BufferRows = 1024;

    extension(Pipeline)
    {
        /// <summary>Rows of one stream, and what becomes of them, as a flow.</summary>
        /// <typeparam name="TIn">An element that comes in.</typeparam>
        /// <typeparam name="TOut">An element that goes out.</typeparam>
        /// <param name="name">The pipeline's name. With a store it keys what is kept: one flow of the name at a time.</param>
        /// <param name="build">What becomes of the rows; called once a materialisation.</param>
        /// <param name="store">Where state is kept, so that the next materialisation goes on with it. Elements that are on their way when
        /// the process dies are lost, because the input cannot be read again; results of an epoch that did not commit come again. Null:
        /// nowhere, each materialisation begins anew.</param>
        /// <param name="options">How to run; null: the defaults.</param>
        /// <param name="bufferRows">Elements that were taken and not read by the job, and rows that were given and not asked for, at most,
        /// at least 1. Default: 1,024.</param>
        /// <returns>A flow that materialises to the job, once it has started.</returns>
        /// <exception cref="PipelineException">The options ask for restarts.</exception>
        /// <example><code>
        /// logins.Via(Pipeline.Flow&lt;Login, Count&gt;("counts", rows => rows.KeyBy(l =>
        /// l.Account).Window(…).Aggregate(…))).RunWith(sink, system);
        /// </code></example>
        public static Flow<TIn, TOut, Task<Job>> Flow<TIn, TOut>(string name, Func<SourceStream<TIn>, Stream<TOut>> build,
            Store? store = null, JobOptions? options = null, int bufferRows = BufferRows)
        {
            ArgumentNullException.ThrowIfNull(build);
            return Flow<TIn, TOut>(
                (source, sink) =>
                {
                    var pipeline = Pipeline.Create(name);
                    build(pipeline.Read("in", source)).Write("out", sink);
                    return pipeline;
                },
                store, options, bufferRows);
        }

        /// <summary>A pipeline that is built between a source and a sink, as a flow.</summary>
        /// <inheritdoc cref="extension(Pipeline).Flow{TIn, TOut}(string, Func{SourceStream{TIn}, Stream{TOut}}, Store?, JobOptions?, int)"/>
        /// <param name="build">Builds the pipeline; called once a materialisation. It may read other sources and write other sinks
        /// besides.</param>
        /// <param name="store">Where state is kept; null: nowhere.</param>
        /// <param name="options">How to run; null: the defaults.</param>
        /// <param name="bufferRows">Elements that wait on each side at most. Default: 1,024.</param>
        public static Flow<TIn, TOut, Task<Job>> Flow<TIn, TOut>(Func<Source<TIn>, Sink<TOut>, Pipeline> build, Store? store = null,
            JobOptions? options = null, int bufferRows = BufferRows)
        {
            ArgumentNullException.ThrowIfNull(build);
            ArgumentOutOfRangeException.ThrowIfLessThan(bufferRows, 1);
            options ??= new JobOptions();
            if (options.Restart is { MaxRestarts: > 0 })
            {
                throw new PipelineException(
                    $"The job of a flow does not restart by itself, but {nameof(JobOptions)}.{nameof(JobOptions.Restart)} asks for it: the elements that it has taken would be lost unseen. " +
                    "Leave it out, and wrap the flow: RestartFlow.OnFailuresWithBackoff.");
            }

            return Akka.Streams.Dsl.Flow.FromGraph(
                new JobFlow<TIn, TOut>(build, store is VolatileStore ? null : store, options with { Restart = RestartPolicy.None }, bufferRows));
        }
    }

    extension(Pattern)
    {
        /// <summary>Finds a pattern among the elements of each key, as a flow: a result for each match.</summary>
        /// <remarks>Elements are matched as they come, by the clock (<c>Within</c> is real time). To match them by the time that they
        /// carry, give <paramref name="eventTime"/>: they then wait until the watermark has passed them, and one that is later than that is
        /// dropped.</remarks>
        /// <typeparam name="TKey">The key.</typeparam>
        /// <typeparam name="T">An element that comes in.</typeparam>
        /// <typeparam name="TOut">A result.</typeparam>
        /// <param name="keyOf">The key of an element.</param>
        /// <param name="pattern">What to look for among the elements of one key.</param>
        /// <param name="select">The result of a match.</param>
        /// <param name="eventTime">When an element happened; null: when it comes.</param>
        /// <param name="watermarks">How far elements may be out of order; null: they are in order. Only with
        /// <paramref name="eventTime"/>.</param>
        /// <param name="name">The pipeline's name. Default: <c>pattern</c>.</param>
        /// <param name="store">Where partial matches are kept, so that the next materialisation goes on with them; null: nowhere.</param>
        /// <param name="options">How to run; null: the defaults.</param>
        /// <param name="bufferRows">Elements that wait on each side at most, at least 1. Default: 1,024.</param>
        /// <returns>A flow that materialises to the job, once it has started.</returns>
        /// <example><code>
        /// logins.Via(Pattern.Flow(l => l.Account, threeFailures, m => new Alert(m.Key))).RunWith(alerts, system);
        /// </code></example>
        public static Flow<T, TOut, Task<Job>> Flow<TKey, T, TOut>(Func<T, TKey> keyOf, Pattern<T> pattern,
            Func<Match<TKey, T>, TOut> select, Func<T, DateTimeOffset>? eventTime = null, WatermarkStrategy? watermarks = null,
            string name = "pattern", Store? store = null, JobOptions? options = null, int bufferRows = BufferRows)
        {
            ArgumentNullException.ThrowIfNull(keyOf);
            ArgumentNullException.ThrowIfNull(pattern);
            ArgumentNullException.ThrowIfNull(select);
            return Pipeline.Flow<T, TOut>(
                name,
                rows => eventTime is null
                    ? rows.KeyBy(keyOf).Match("match", pattern).InProcessingTime().Select(select)
                    : rows.WithEventTime(eventTime, watermarks ?? Watermarks.Monotonic()).KeyBy(keyOf).Match("match", pattern).DropLate()
                        .Select(select),
                store, options, bufferRows);
        }
    }
}
